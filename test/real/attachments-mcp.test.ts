import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import tap, { type Test } from 'tap';
import { isObject, member, text, type Json } from '../codex/json.js';
import type { ModelTurn } from '../codex/model-turn.js';
import type { Client } from '../conformance/client.js';
import { startThread, startTurn, status, turnEnds } from '../conformance/scenarios/steps.js';
import { program } from '../support/built.js';
import { attach, noCodex, setStage, startBroker, type Stage } from './stage.js';
import { received } from './transcripts.js';

const ELICITATION = 'mcpServer/elicitation/request';

/** An operator's thread and a reviewer's, each in its own folder, and a client that is live on both. */
interface Pair {
  readonly stage: Stage;
  readonly client: Client;
  readonly operator: string;
  readonly reviewer: string;
  /** The reviewer's folder. */
  readonly folder: string;
}

/** Codex has `threadcast mcp` in its config. `more`: lines behind its table. */
async function pair(t: Test, more: readonly string[] = []): Promise<Pair> {
  const stage = await setStage(t);
  const [command, main] = program('broker/main');
  const args = [main, 'mcp', '--state-dir', stage.stateDir];
  const config = [
    '[mcp_servers.threadcast]',
    // Written alike in JSON and in TOML.
    `command = ${JSON.stringify(command)}`,
    `args = ${JSON.stringify(args)}`,
    'startup_timeout_sec = 60',
    ...more,
    '',
  ];
  await appendFile(path.join(stage.home.home, 'config.toml'), config.join('\n'));
  const socket = path.join(stage.stateDir, 'threadcast.sock');
  const { url } = await startBroker(t, stage, { options: ['--listen', `unix://${socket}`] });
  const client = await attach(t, url, 'client');
  const folder = path.join(stage.home.root, 'reviewer');
  await mkdir(folder);
  const operator = await startThread(client, stage.home.work);
  const reviewer = await startThread(client, folder);
  for (const threadId of [operator, reviewer]) await toolsAreThere(client, threadId);
  const edge = { parentThreadId: operator, childThreadId: reviewer, roleLabel: 'reviewer' };
  await client.call('thread/attachment/create', edge);
  return { stage, client, operator, reviewer, folder };
}

async function toolsAreThere(client: Client, threadId: string): Promise<void> {
  await client.notification(
    'mcpServer/startupStatus/updated',
    (params) => member(params, 'status') === 'ready' && member(params, 'threadId') === threadId,
  );
}

/** The operator's model calls a tool, and repeats what it was answered. */
function calls(stage: Stage, tool: string, args: object): void {
  stage.model.script = (turn: ModelTurn): void => {
    if (turn.request.output === null) turn.call(tool, args, 'mcp__threadcast');
    else turn.say(turn.request.output);
  };
}

/** What the operator's agent was answered by its tool. */
async function answerOf({ client, operator }: Pair): Promise<string> {
  const call = await client.notification(
    'item/completed',
    (params) => member(params, 'threadId') === operator && member(params, 'item', 'type') === 'mcpToolCall',
  );
  return JSON.stringify(member(call, 'item', 'result', 'content'));
}

function elicitations(client: Client): readonly Json[] {
  return received(client).filter((body) => isObject(body) && body['method'] === ELICITATION);
}

void tap.test('an agent works with the thread that is attached to its own', { skip: noCodex }, async (t) => {
  const its = await pair(t);
  const { stage, client, operator, reviewer, folder } = its;
  const turn = stage.model.hold(({ threadId }) => threadId === reviewer);

  calls(stage, 'send_to_attached_thread', { attachment: 'reviewer', message: 'Please review.' });
  await startTurn(client, operator, 'have it reviewed');
  t.match(await answerOf(its), /Sent as message .* of your child thread/);
  await turnEnds([client], operator);
  const held = await turn;
  t.match(held.request.text, /^\[Message from the attached parent thread .*\]\n\nPlease review\.$/);
  t.match(JSON.stringify(held.request.body), `<cwd>${folder}</cwd>`, 'it works in its own folder');
  t.notMatch(JSON.stringify(held.request.body), `<cwd>${stage.home.work}</cwd>`);

  held.say('It looks', ' fine');
  await client.notification('item/agentMessage/delta', (params) => text(params, 'delta') === ' fine');
  calls(stage, 'read_attached_thread', { attachment: 'reviewer' });
  await startTurn(client, operator, 'how far is it?');
  t.match(await answerOf(its), /Status: a turn is running.*Please review\..*It looks fine.*still running/);
  await turnEnds([client], operator);

  held.say(' to me.');
  held.finish();
  await turnEnds([client], reviewer);
  await status([client], reviewer, 'idle');
  await startTurn(client, operator, 'what does it say?');
  const answer = await answerOf(its);
  t.match(answer, /Status: idle.*It looks fine to me\./);
  t.notMatch(answer, /still running/);
  await turnEnds([client], operator);
  t.strictSame(elicitations(client), [], 'nobody was asked whether it may');
});

void tap.test('who wants to be asked before a message is sent, is asked', { skip: noCodex }, async (t) => {
  const more = ['[mcp_servers.threadcast.tools.send_to_attached_thread]', 'approval_mode = "prompt"'];
  const its = await pair(t, more);
  const { stage, client, operator, reviewer } = its;
  calls(stage, 'send_to_attached_thread', { attachment: 'reviewer', message: 'Please review.' });
  await startTurn(client, operator, 'have it reviewed');
  const declined = await client.request(ELICITATION);
  t.match(declined.params, { threadId: operator, _meta: { tool_name: 'send_to_attached_thread' } });
  client.answer(declined, { action: 'decline', content: null, _meta: null });
  await turnEnds([client], operator);

  const turn = stage.model.hold(({ threadId }) => threadId === reviewer);
  await startTurn(client, operator, 'have it reviewed, please');
  client.answer(await client.request(ELICITATION), { action: 'accept', content: null, _meta: null });
  await turnEnds([client], operator);
  const held = await turn;
  t.match(held.request.text, /Please review\.$/);
  t.equal(
    received(client).filter(
      (body) => member(body, 'method') === 'turn/started' && member(body, 'params', 'threadId') === reviewer,
    ).length,
    1,
    'what was declined was not sent',
  );
});
