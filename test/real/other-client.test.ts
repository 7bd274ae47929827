import assert from 'node:assert/strict';
import tap, { type Test } from 'tap';
import { StateDir } from '../../broker/ops/state-dir.js';
import { member, parse, text, type Json } from '../codex/json.js';
import type { Client } from '../conformance/client.js';
import { of, startTurn, turnEnds } from '../conformance/scenarios/steps.js';
import { AcpEditor, brokerAsCodex, noAdapter } from './other-client.js';
import { attach, COMMAND_APPROVAL, setStage, type Stage } from './stage.js';
import { eventsOf } from './transcripts.js';

/** What the adapter tells beside the turns, in no order to them: the title, for one, is made up by another thread. */
const BESIDE = ['_auth/status_update', 'session_info_update', 'available_commands_update'];

/** What an editor is told from its start on, when its user says, allows, forbids and stops something. */
async function story(t: Test, stage: Stage, codex: string): Promise<readonly Json[]> {
  const editor = await AcpEditor.start(t, stage, codex);
  const sessionId = await editor.open();
  t.equal(await editor.prompt(sessionId, 'hello'), 'end_turn');
  for (const [kind, end] of [
    ['allow_once', 'end_turn'],
    ['reject_once', 'cancelled'],
  ] as const) {
    const ended = editor.prompt(sessionId, 'run true');
    (await editor.permission())(kind);
    t.equal(await ended, end, kind);
  }
  const held = stage.model.hold('think');
  const ended = editor.prompt(sessionId, 'think');
  const turn = await held;
  turn.say('well');
  await editor.shows('well');
  editor.cancel(sessionId);
  t.equal(await ended, 'cancelled');
  turn.finish();
  t.equal(await editor.end(), 0);
  t.strictSame(editor.shown, ['You ', 'said ', 'hello', 'That ', 'is done.', 'well']);
  const told = JSON.stringify(editor.received.all.filter((body) => !isBeside(body)));
  const same = parse(told.replaceAll(stage.home.root, '~').replaceAll(sessionId, 'SESSION'));
  assert(Array.isArray(same));
  return same;
}

function isBeside(body: Json): boolean {
  const kinds = [member(body, 'method'), member(body, 'params', 'update', 'sessionUpdate')];
  return BESIDE.some((kind) => kinds.includes(kind));
}

void tap.test('an ACP editor is told the same by Codex and by a broker', { skip: noAdapter }, async (t) => {
  const [alone, behind] = [await setStage(t), await setStage(t)];
  const expected = await story(t, alone, alone.codex);
  t.strictSame(await story(t, behind, await brokerAsCodex(behind)), expected);
});

/** An editor whose `codex` is a broker, and a client that comes to it over a WebSocket, on the same thread. */
async function setScene(
  t: Test,
  stage: Stage,
): Promise<{ codex: string; editor: AcpEditor; client: Client; threadId: string; stateDir: StateDir }> {
  const codex = await brokerAsCodex(stage);
  const editor = await AcpEditor.start(t, stage, codex);
  const threadId = await editor.open();
  await editor.prompt(threadId, 'hello');
  const stateDir = new StateDir(stage.stateDir);
  const url = stateDir.running()?.listen.find((each) => each.startsWith('ws:'));
  assert(url !== undefined, 'no broker has announced itself');
  const client = await attach(t, url, 'client');
  await client.call('thread/resume', { threadId, excludeTurns: true });
  return { codex, editor, client, threadId, stateDir };
}

/** What the client got of what the agent said, piece by piece. */
function heard(client: Client, threadId: string): readonly string[] {
  return eventsOf(client, threadId)
    .filter((event) => member(event, 'method') === 'item/agentMessage/delta')
    .map((event) => text(event, 'params', 'delta'));
}

void tap.test('an ACP editor and a WebSocket client share a thread', { skip: noAdapter }, async (suite) => {
  const stage = await setStage(suite);
  const { codex, editor, client, threadId, stateDir } = await setScene(suite, stage);
  const before = editor.shown.length;

  await suite.test('each sees the turns of the other', async (t) => {
    t.equal(await editor.prompt(threadId, 'from the editor'), 'end_turn');
    await turnEnds([client], threadId);
    await startTurn(client, threadId, 'from the WebSocket');
    await turnEnds([client], threadId);
    await editor.shows('from the WebSocket');
    const words = ['You ', 'said ', 'from the editor', 'You ', 'said ', 'from the WebSocket'];
    t.strictSame(heard(client, threadId), words);
    t.strictSame(editor.shown.slice(before), words);
  });

  await suite.test('both are asked, and the first answer counts', async (t) => {
    const first = editor.prompt(threadId, 'run true');
    const asked = await client.request(COMMAND_APPROVAL);
    (await editor.permission())('allow_once');
    t.match(await client.notification('serverRequest/resolved', of(threadId)), { requestId: asked.id });
    t.equal(await first, 'end_turn');

    const second = editor.prompt(threadId, 'run true');
    const answer = await editor.permission();
    client.answer(await client.request(COMMAND_APPROVAL), { decision: 'accept' });
    t.equal(await second, 'end_turn', 'the other one has answered');
    answer('reject_once');
    t.equal(await editor.prompt(threadId, 'go on'), 'end_turn', 'a late answer changes nothing');
    await turnEnds([client, client, client], threadId);
  });

  await suite.test('an editor that joins in the middle of a turn misses nothing of it', async (t) => {
    const held = stage.model.hold('think');
    const ended = editor.prompt(threadId, 'think');
    const turn = await held;
    turn.say('first ');
    await editor.shows('first ');
    // The same command: it finds the broker that runs.
    const other = await AcpEditor.start(t, stage, codex);
    await other.load(threadId);
    turn.say('second');
    turn.finish();
    t.equal(await ended, 'end_turn');
    await other.shows('second');
    t.strictSame(other.shown.slice(-2), ['first ', 'second']);
    t.equal(await other.end(), 0);
    t.not(stateDir.running(), null, 'its end is not that of the broker');
    await turnEnds([client], threadId);
  });

  suite.strictSame(heard(client, threadId), editor.shown.slice(before), 'both have seen the same');
  suite.equal(await editor.end(), 0);
  suite.equal(stateDir.running(), null, 'the broker ends with the editor that has started it');
  await client.disconnect();
  suite.strictSame(client.transcript.at(-1)?.body, { wire: 'closed 4000' });
});
