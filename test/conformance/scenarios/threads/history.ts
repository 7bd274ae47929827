import { isList, member, text, type Json } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { startThread, status, wholeTurn } from '../steps.js';

const NOBODY = '00000000-0000-7000-8000-000000000000';

/** What was said in a thread, read page by page, in both directions, found by its words; by those that do not watch it. */
export const history: Scenario = {
  name: 'history',
  long: true,
  covers: [
    'thread/turns/list',
    'thread/items/list',
    'thread/items/read',
    'thread/timeline/list',
    'thread/search',
    'thread/searchOccurrences',
  ],
  async run({ clients: { a, b, c }, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const threadId = await startThread(a, work);
    for (const method of ['thread/turns/list', 'thread/items/list', 'thread/searchOccurrences'])
      await b.refused(method, { threadId, searchTerm: 'nothing' });
    const turnIds: string[] = [];
    for (const words of ['kites', 'boats', 'more kites', 'nothing']) {
      turnIds.push(await wholeTurn([a], threadId, words));
      await status([b, c], threadId, 'idle');
    }
    await settle();
    const other = await startThread(a, work);
    await wholeTurn([a], other, 'no kites');
    await status([b, c], other, 'idle');
    await settle();

    await turns(c, threadId);
    await items(b, threadId, turnIds);
    await timeline(b, threadId);
    await searches(b, threadId);
    await refusals(b, c, threadId);
  },
};

/** Pages there and back again. */
async function turns(client: Client, threadId: string): Promise<void> {
  const list = async (more: { readonly [name: string]: Json }): Promise<Json> =>
    await client.call('thread/turns/list', { threadId, ...more });
  const newest = await list({ limit: 2 });
  const older = await list({ limit: 1, cursor: text(newest, 'nextCursor'), itemsView: 'full' });
  await list({ limit: 9, cursor: text(older, 'nextCursor'), itemsView: 'notLoaded' });
  await list({ cursor: text(older, 'backwardsCursor'), sortDirection: 'asc' });
  const oldest = await list({ limit: 1, sortDirection: 'asc', itemsView: 'summary' });
  await list({ limit: 1, sortDirection: 'asc', cursor: text(oldest, 'nextCursor') });
}

async function items(client: Client, threadId: string, turnIds: readonly string[]): Promise<void> {
  const [first = '', second = ''] = turnIds;
  const list = async (more: { readonly [name: string]: Json }): Promise<Json> =>
    await client.call('thread/items/list', { threadId, ...more });
  const page = await list({ limit: 3 });
  const next = await list({ limit: 3, cursor: text(page, 'nextCursor') });
  await list({ cursor: text(next, 'backwardsCursor'), sortDirection: 'desc', limit: 2 });
  const one = await list({ turnId: second, sortDirection: 'desc' });
  const found = member(one, 'data');
  const itemId = isList(found) ? text(found[0], 'item', 'id') : '';
  await list({ turnId: second, cursor: { type: 'item', itemId }, sortDirection: 'desc' });
  await client.call('thread/items/read', { threadId, turnId: second, itemIds: [itemId] });
  await client.call('thread/items/read', { threadId, turnId: first, itemIds: [itemId, NOBODY] });
}

async function timeline(client: Client, threadId: string): Promise<void> {
  const page = await client.call('thread/timeline/list', { threadId, limit: 4 });
  await client.call('thread/timeline/list', { threadId, cursor: text(page, 'nextCursor') });
}

async function searches(client: Client, threadId: string): Promise<void> {
  await client.call('thread/search', { searchTerm: 'kites', sortKey: 'created_at', sortDirection: 'asc' });
  await client.call('thread/search', { searchTerm: 'boats' });
  await client.call('thread/search', { searchTerm: 'no such word' });
  await client.call('thread/search', { searchTerm: 'boats', archived: true });
  const page = await client.call('thread/searchOccurrences', { threadId, searchTerm: 'KITES', limit: 3 });
  const cursor = text(page, 'nextCursor');
  await client.call('thread/searchOccurrences', { threadId, searchTerm: 'KITES', cursor });
}

async function refusals(client: Client, plain: Client, threadId: string): Promise<void> {
  const refused = async (method: string, more: { readonly [name: string]: Json }): Promise<void> => {
    await client.refused(method, { threadId, ...more });
  };
  await refused('thread/turns/list', { cursor: 'no cursor' });
  await refused('thread/turns/list', { itemsView: 'no such view' });
  await refused('thread/turns/list', { sortDirection: 'sideways' });
  await refused('thread/turns/list', { threadId: NOBODY });
  await refused('thread/items/list', { cursor: 'no cursor' });
  await refused('thread/items/list', { threadId: NOBODY });
  await refused('thread/items/list', { cursor: { type: 'item', itemId: 'x' } });
  await refused('thread/items/read', { turnId: NOBODY, itemIds: [] });
  await refused('thread/timeline/list', { threadId: NOBODY });
  await refused('thread/timeline/list', { cursor: 'no cursor' });
  await refused('thread/search', { searchTerm: '' });
  await refused('thread/searchOccurrences', { searchTerm: '' });
  await refused('thread/searchOccurrences', {});
  const whole = { threadId, turnId: NOBODY, itemIds: [NOBODY], searchTerm: 'kites' };
  for (const method of [
    'thread/items/read',
    'thread/timeline/list',
    'thread/search',
    'thread/searchOccurrences',
  ])
    await plain.refused(method, whole);
  // Wrong in two ways.
  await plain.refused('thread/search', {});
}
