import { member, text, type Json } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import { lastStatusUntold, threadsApart } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { of, startThread, startTurn, status, turnEnds, wholeTurn } from '../steps.js';
import { warnedApart } from './warned-apart.js';

const NOBODY = '00000000-0000-7000-8000-000000000000';

/**
 * Threads of all kinds: named, archived, forked whole and in part, attached to another, of a sub-agent, in two folders.
 * Lists of them, filtered, sorted, and page by page.
 */
export const lists: Scenario = {
  name: 'lists',
  long: true,
  covers: ['thread/list', 'thread/loaded/list', 'thread/fork'],
  features: ['multi_agent'],
  freedoms: [lastStatusUntold, warnedApart, ...threadsApart],
  async run({ clients: { a, b, c }, work, home, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const everybody = [a, b, c];
    const first = await startThread(a, work);
    const turnId = await wholeTurn([a], first, 'kites');
    const secondTurn = await wholeTurn([a], first, 'more kites');
    for (let turns = 0; turns < 2; turns += 1) await status([b, c], first, 'idle');
    await a.call('thread/name/set', { threadId: first, name: 'About kites' });
    for (const each of everybody) await each.notification('thread/name/updated', of(first));
    const second = await startThread(b, home, { threadSource: 'somewhere' });
    await wholeTurn([b], second, 'boats');
    await status([a, c], second, 'idle');
    await settle();
    await forks(everybody, first, turnId, secondTurn);
    await settle();

    const parent = await startThread(a, work);
    await startTurn(a, parent, 'spawn kites');
    await turnEnds([a], parent);
    await status([b, c], parent, 'idle');
    await settle();
    await c.call('thread/archive', { threadId: second });
    for (const each of everybody) await each.notification('thread/archived', of(second));
    await settle();

    await filters(b, { first, parent, work, home });
    await pages(c);
    await refusals(c, b, first);
  },
};

/** Up to a turn, before a turn, from a file, and as a part of its source. */
async function forks(
  everybody: readonly Client[],
  threadId: string,
  turnId: string,
  secondTurn: string,
): Promise<void> {
  const [a, b, c] = everybody;
  const fork = async (client: Client | undefined, more: { readonly [name: string]: Json }): Promise<Json> => {
    const made = await client?.call('thread/fork', { threadId, excludeTurns: true, ...more });
    const id = member(made, 'thread', 'id');
    // One that is attached is hidden: nobody is told of it.
    if (more['attachToSource'] === true) return made ?? null;
    for (const each of everybody)
      await each.notification('thread/started', (params) => member(params, 'thread', 'id') === id);
    return made ?? null;
  };
  await fork(a, { lastTurnId: turnId });
  await fork(b, { beforeTurnId: secondTurn, model: 'another-model', approvalPolicy: 'never' });
  const attached = text(await fork(b, { attachToSource: true }), 'thread', 'id');
  const source = await b?.call('thread/read', { threadId });
  await fork(b, { path: text(source, 'thread', 'path') });
  await b?.call('thread/list', { attachedToThreadId: threadId });
  await b?.call('thread/list', { includeAttachedThreads: true, searchTerm: 'kites' });
  await b?.call('thread/read', { threadId: attached });
  await b?.refused('thread/delete', { threadId });
  await c?.refused('thread/fork', { threadId, beforeTurnId: secondTurn });
  await b?.refused('thread/fork', { threadId, excludeTurns: true, beforeTurnId: NOBODY });
  await b?.refused('thread/fork', { threadId, excludeTurns: true, lastTurnId: NOBODY });
  await b?.refused('thread/fork', { threadId, excludeTurns: true, lastTurnId: turnId, beforeTurnId: turnId });
  await b?.refused('thread/fork', { threadId, path: '/nowhere.jsonl' });
  await b?.refused('thread/fork', { threadId: NOBODY, excludeTurns: true });
}

interface Known {
  readonly first: string;
  readonly parent: string;
  readonly work: string;
  readonly home: string;
}

async function filters(client: Client, { first, parent, work, home }: Known): Promise<void> {
  for (const filter of [
    { archived: true },
    { archived: false, useStateDbOnly: true },
    { cwd: home, archived: true },
    { cwd: [work, home] },
    { cwd: '/nowhere' },
    { searchTerm: 'kites' },
    { modelProviders: ['mock'] },
    { modelProviders: ['another'] },
    { modelProviders: [] },
    { sourceKinds: ['subAgentThreadSpawn'] },
    { sourceKinds: ['cli', 'exec'] },
    { parentThreadId: parent },
    { ancestorThreadId: parent },
    { sectionId: null },
    { projectId: null },
    { excludedThreadIds: [first] },
    { currentAccountOnly: true },
    { sortKey: 'updated_at', sortDirection: 'asc' },
    { sortKey: 'recency_at' },
  ])
    await client.call('thread/list', filter);
}

/** Some at a time, to the end. There is no way back: that cursor knows seconds only, and threads were made in each. */
async function pages(client: Client): Promise<void> {
  const page = await client.call('thread/list', { limit: 2 });
  const next = await client.call('thread/list', { limit: 2, cursor: text(page, 'nextCursor') });
  await client.call('thread/list', { cursor: text(next, 'nextCursor') });
  let loaded = await client.call('thread/loaded/list', { limit: 2 });
  for (
    let cursor = member(loaded, 'nextCursor');
    typeof cursor === 'string';
    cursor = member(loaded, 'nextCursor')
  )
    loaded = await client.call('thread/loaded/list', { limit: 3, cursor });
}

async function refusals(plain: Client, client: Client, threadId: string): Promise<void> {
  await plain.refused('thread/list', { parentThreadId: threadId });
  await plain.refused('thread/list', { includeAttachedThreads: true });
  for (const filter of [
    { cursor: 'no cursor' },
    { sortKey: 'size' },
    { sortDirection: 'sideways' },
    { sourceKinds: ['nowhere'] },
    { originators: ['somebody'] },
    { excludedThreadIds: ['no id'] },
    { parentThreadId: threadId, ancestorThreadId: threadId },
    { parentThreadId: 'no id' },
    { limit: -1 },
  ])
    await client.refused('thread/list', filter);
  await client.refused('thread/loaded/list', { cursor: 'no cursor' });
}
