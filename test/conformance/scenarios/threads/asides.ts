import { execFileSync } from 'node:child_process';
import { member, type Json } from '../../../codex/json.js';
import type { ScriptedModel } from '../../../codex/model.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { startThread, startTurn, status, turnEnds, wholeTurn } from '../steps.js';

const NOBODY = '00000000-0000-7000-8000-000000000000';
const SAMPLE = 'thread/sample';

/**
 * Things that are asked beside a thread's turns, all of them by clients that are not subscribed: what the model would
 * say, what is remembered, what has changed in the folder. Nobody else hears of them.
 */
export const asides: Scenario = {
  name: 'asides',
  long: true,
  covers: [
    SAMPLE,
    'thread/sample/cancel',
    'thread/memoryMode/set',
    'thread/memory/read',
    'memory/status',
    'memory/reset',
    'rollout/compress',
    'thread/prepareApprovedPlan',
    'thread/increment_elicitation',
    'thread/decrement_elicitation',
    'getConversationSummary',
    'gitDiffToRemote',
  ],
  features: ['memories'],
  async prepare({ root, work }) {
    const git = (...args: string[]): void => {
      const author = ['-c', 'user.name=Someone', '-c', 'user.email=someone@example.com'];
      execFileSync('git', [...author, ...args], {
        cwd: work,
        env: { ...AT_ONE_TIME, HOME: root },
        stdio: 'ignore',
      });
    };
    execFileSync('git', ['init', '--bare', '-q', '-b', 'main', `${root}/remote`]);
    git('init', '-q', '-b', 'main');
    git('commit', '-q', '--allow-empty', '-m', 'first');
    git('remote', 'add', 'origin', `${root}/remote`);
    git('push', '-q', '-u', 'origin', 'main');
    git('commit', '-q', '--allow-empty', '-m', 'second');
  },
  async run({ clients: { a, b, c, d }, model, work, root, settle }) {
    for (const client of [a, b, d]) await client.connect();
    await c.connect({});
    const threadId = await startThread(a, work);
    await b.call('thread/prepareApprovedPlan', { threadId, markdown: '# The plan\nTo do it.' });
    const turnId = await wholeTurn([a], threadId, 'first');
    await status([b, c, d], threadId, 'idle');
    await settle();
    await samples([a, b, c, d], model, { threadId, expectedTurnId: turnId });
    await settle();
    await memories(b, threadId);
    await settle();
    await folder(c, threadId, work, root);
    await elicitations(a, b, threadId);
    await b.refused('thread/prediction/request', { threadId, sourceTurnId: turnId });
    await c.refused('thread/prediction/request', { threadId, sourceTurnId: turnId });
    await b.call('thread/prepareApprovedPlan', { threadId, markdown: 'Late' });
    await b.refused('thread/prepareApprovedPlan', { threadId: NOBODY, markdown: 'x' });
  },
};

/** So that a commit has the same name in each run. */
const AT_ONE_TIME = {
  ...process.env,
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
};

/** Only who asked for a sample can call it off. */
async function samples(
  [a, b, c, d]: readonly [Client, Client, Client, Client],
  model: ScriptedModel,
  source: { readonly threadId: string; readonly expectedTurnId: string },
): Promise<void> {
  await b.call(SAMPLE, { ...source, prompt: 'What now?' });
  const held = model.hold(({ text: words }) => words === 'Slowly?');
  const id = b.ask(SAMPLE, { ...source, prompt: 'Slowly?' });
  await held;
  await d.call('thread/sample/cancel', { requestId: id });
  await b.call('thread/sample/cancel', { requestId: NOBODY });
  await b.call('thread/loaded/list', {});
  await b.call('thread/sample/cancel', { requestId: id });
  await b.answered(id);
  await b.call('thread/sample/cancel', { requestId: id });
  await b.refused('thread/sample/cancel', {});
  await b.refused('thread/sample/cancel', { requestId: true });

  const running = model.hold('running');
  const turnId = await startTurn(a, source.threadId, 'running');
  const turn = await running;
  await b.refused(SAMPLE, { ...source, prompt: 'Now?' });
  turn.finish();
  await turnEnds([a], source.threadId);
  await status([b, c, d], source.threadId, 'idle');
  await b.refused(SAMPLE, { ...source, prompt: 'Too old?' });
  await b.refused(SAMPLE, { threadId: NOBODY, expectedTurnId: turnId, prompt: 'Where?' });
  await c.refused(SAMPLE, { ...source, prompt: 'May I?' });
}

async function memories(client: Client, threadId: string): Promise<void> {
  await client.call('thread/memoryMode/set', { threadId, mode: 'disabled' });
  await client.call('thread/memory/read', { threadId });
  await client.call('memory/status', {});
  await client.call('memory/status', { minConsolidatedThreads: 1 });
  await client.call('memory/reset');
  await client.call('rollout/compress');
  await client.refused('thread/memoryMode/set', { threadId, mode: 'no such mode' });
  await client.refused('thread/memoryMode/set', { threadId: NOBODY, mode: 'enabled' });
  await client.refused('thread/memory/read', { threadId: NOBODY });
  await client.refused('memory/status', { minConsolidatedThreads: 0 });
}

/** The old methods, without a thread in them. */
async function folder(client: Client, threadId: string, work: string, root: string): Promise<void> {
  const found: Json = await client.call('getConversationSummary', { conversationId: threadId });
  const rolloutPath = member(found, 'summary', 'path') ?? null;
  await client.call('getConversationSummary', { rolloutPath });
  await client.call('gitDiffToRemote', { cwd: work });
  await client.refused('getConversationSummary', { conversationId: NOBODY });
  await client.refused('getConversationSummary', { rolloutPath: `${root}/nowhere` });
  await client.refused('getConversationSummary', {});
  await client.refused('gitDiffToRemote', { cwd: root });
}

/** A counter that all clients of a thread share. */
async function elicitations(a: Client, b: Client, threadId: string): Promise<void> {
  await a.call('thread/increment_elicitation', { threadId });
  await b.call('thread/increment_elicitation', { threadId });
  await a.call('thread/decrement_elicitation', { threadId });
  await a.call('thread/decrement_elicitation', { threadId });
  await b.refused('thread/decrement_elicitation', { threadId });
  await b.refused('thread/increment_elicitation', { threadId: NOBODY });
}
