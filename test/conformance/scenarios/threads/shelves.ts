import { text, type Json } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { of, startThread, status, wholeTurn } from '../steps.js';

const NOTHING = '00000000-0000-7000-8000-000000000000';

/**
 * Threads are sorted into sections and projects, and things are attached to them, mostly by clients that are not
 * subscribed. Everybody is told of it; of projects only those that know of them.
 */
export const shelves: Scenario = {
  name: 'shelves',
  long: true,
  covers: [
    'threadSection/create',
    'threadSection/list',
    'threadSection/update',
    'threadSection/delete',
    'thread/section/move',
    'thread/section/changed',
    'project/create',
    'project/import',
    'project/list',
    'project/read',
    'project/update',
    'project/move',
    'project/delete',
    'project/changed',
    'thread/project/updated',
    'thread/metadata/update',
    'thread/attachment/add',
    'thread/attachment/list',
    'thread/attachmentOwner/list',
    'thread/attachment/remove',
    'thread/attachment/updated',
  ],
  async run({ clients: { a, b, c, d }, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const optOutNotificationMethods = [
      'thread/section/changed',
      'project/changed',
      'thread/attachment/updated',
    ];
    await d.connect({ experimentalApi: true, optOutNotificationMethods });
    const first = await startThread(a, work);
    await wholeTurn([a], first, 'first');
    await status([b, c, d], first, 'idle');
    const second = await startThread(b, work);
    await wholeTurn([b], second, 'second');
    await status([a, c, d], second, 'idle');
    await settle();

    await sections([a, b, c], first, second);
    await settle();
    const project = await projects([a, b, c, d], work, first);
    await settle();
    await metadata([a, b, c, d], project, first);
    await settle();
    await attachments([a, b, c], first);
  },
};

/** Each is told, in whatever order they ask. */
async function told(clients: readonly Client[], method: string, threadId: string): Promise<void> {
  for (const client of clients) await client.notification(method, of(threadId));
}

async function sections(
  clients: readonly [Client, Client, Client],
  first: string,
  second: string,
): Promise<void> {
  const [a, b, c] = clients;
  const moved = async (threadId: string): Promise<void> =>
    await told(clients, 'thread/section/changed', threadId);
  const appearance = { icon: 'star', color: null };
  const made = await b.call('threadSection/create', { name: 'Garden', appearance });
  const garden = text(made, 'section', 'id');
  await c.call('threadSection/create', { name: 'Kitchen' });
  const page = await c.call('threadSection/list', { limit: 2 });
  await a.call('threadSection/list', { cursor: text(page, 'nextCursor') });

  await c.call('thread/section/move', { threadId: first, sectionId: garden });
  await moved(first);
  await b.call('thread/section/move', { threadId: second, sectionId: garden, beforeThreadId: first });
  await moved(second);
  await a.call('thread/list', { sectionId: garden, sortKey: 'section_position', sortDirection: 'asc' });
  await a.call('thread/section/move', { threadId: second, sectionId: null });
  await moved(second);
  await a.call('thread/list', { sectionId: null });
  await a.call('thread/read', { threadId: first });
  await b.call('threadSection/update', { sectionId: garden, name: 'Orchard', appearance: null });
  await c.call('threadSection/delete', { sectionId: garden });
  await a.call('thread/list', { sectionId: null });

  await b.refused('thread/section/move', { threadId: first, sectionId: garden });
  await b.refused('thread/section/move', { threadId: first });
  await b.refused('thread/section/move', { threadId: NOTHING, sectionId: null });
  await b.refused('threadSection/delete', { sectionId: garden });
  await b.refused('threadSection/update', { sectionId: garden, name: 'Gone' });
  await b.refused('threadSection/create', { name: '' });
}

/** Of projects a client is told only if it knows the experimental methods. */
async function projects(
  [a, b, c, d]: readonly [Client, Client, Client, Client],
  work: string,
  threadId: string,
): Promise<string> {
  const changed = async (): Promise<void> => {
    for (const client of [a, b]) await client.notification('project/changed');
  };
  const roots = [{ path: work }];
  const made = await b.call('project/create', { name: 'House', roots, idempotencyKey: 'key 1' });
  await changed();
  const house = text(made, 'project', 'id');
  await b.call('project/create', { name: 'House', roots, idempotencyKey: 'key 1' });
  const imported = {
    name: 'Boat',
    roots,
    idempotencyKey: 'key 2',
    threads: [threadId],
    metadata: { at: 'sea' },
  };
  const boat = text(await a.call('project/import', imported), 'project', 'id');
  await changed();
  await told([a, b, d], 'thread/project/updated', threadId);
  await b.call('project/list', {});
  await b.call('project/list', { sortKey: 'recencyAt' });
  await d.call('project/update', { projectId: house, name: 'Mansion', metadata: { at: 'hill' } });
  await changed();
  await b.call('project/move', { projectId: boat, beforeProjectId: house });
  await changed();
  await d.call('project/read', { projectId: house });
  await b.call('thread/list', { projectId: boat });
  await a.call('project/delete', { projectId: boat });
  await changed();

  await c.refused('project/list', {});
  await b.refused('project/read', { projectId: boat });
  await b.refused('project/delete', { projectId: NOTHING });
  await b.refused('project/create', { name: 'No key', roots });
  await b.refused('project/create', { name: 'Relative', roots: [{ path: 'here' }], idempotencyKey: 'key 3' });
  await b.refused('project/move', { projectId: house, beforeProjectId: NOTHING });
  return house;
}

async function metadata(
  [a, b, c, d]: readonly [Client, Client, Client, Client],
  projectId: string,
  threadId: string,
): Promise<void> {
  await b.call('thread/metadata/update', { threadId, projectId });
  await told([a, b, d], 'thread/project/updated', threadId);
  await c.call('thread/metadata/update', { threadId, gitInfo: { branch: 'main', sha: null } });
  await b.call('thread/metadata/update', { threadId, daybreakEnabled: true });
  await a.call('thread/read', { threadId });
  await b.call('thread/metadata/update', { threadId, projectId: '' });
  await told([a, b, d], 'thread/project/updated', threadId);
  await c.refused('thread/metadata/update', { threadId, projectId });
  await c.refused('thread/metadata/update', { threadId, daybreakEnabled: false });
  await b.refused('thread/metadata/update', { threadId });
  await b.refused('thread/metadata/update', { threadId, projectId: NOTHING });
  await b.refused('thread/metadata/update', { threadId: NOTHING, gitInfo: { branch: 'main' } });
}

async function attachments(clients: readonly [Client, Client, Client], threadId: string): Promise<void> {
  const [a, b, c] = clients;
  const key = { attachmentType: 'note', identityKey: 'on the door' };
  const changed = async (): Promise<void> => await told(clients, 'thread/attachment/updated', threadId);
  const add = async (client: Client, identityKey: string, payload: Json): Promise<void> => {
    await client.call('thread/attachment/add', { threadId, ...key, identityKey, payload });
  };
  await add(c, 'on the door', { text: 'back soon' });
  await changed();
  await add(b, 'on the door', { text: 'gone' });
  await add(a, 'on the wall', ['a', 1, null]);
  await changed();
  // All at once: a cursor into it holds the second in which it was made.
  await c.call('thread/attachment/list', { threadId, limit: 2 });
  await b.call('thread/attachmentOwner/list', { ...key });
  await b.call('thread/attachmentOwner/list', { ...key, archived: true });
  await a.call('thread/attachment/remove', { threadId, ...key });
  await changed();
  await a.call('thread/attachment/remove', { threadId, ...key });
  await b.call('thread/attachment/list', { threadId: NOTHING });
  await b.refused('thread/attachment/add', { threadId, ...key });
  await b.refused('thread/attachment/add', { threadId: NOTHING, ...key, payload: null });
}
