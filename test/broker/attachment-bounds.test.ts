import t from 'tap';
import {
  ATTACHMENTS_PAGE,
  ATTACHMENTS_PAGE_MAX,
  CHANGES_WAITING_MAX,
  MESSAGES_IN_FLIGHT_MAX,
  REQUESTS_PER_CONNECTION_MAX,
  STATES_ASKED_MAX,
  UNKEPT_ENTRIES_MAX,
} from '../../protocol/limits.js';
import { StoreError } from '../../broker/attachments/store.js';
import { settled } from '../support/in-memory.js';
import { MemoryStore } from '../support/memory-store.js';
import { attached } from './attached.js';

t.test('messages in flight', async (t) => {
  const stage = await attached();
  const { attachment } = await stage.create('parent', 'child');
  const { attachmentId } = attachment;
  for (let i = 0; i < MESSAGES_IN_FLIGHT_MAX; i += 1) await stage.send(attachmentId, 'parent', 'x');
  const more = { attachmentId, from: 'parent', input: [{ type: 'text', text: 'x' }] };
  t.match((await stage.answer('broker/attachment/send', more)).error, {
    code: -32001,
    data: { reason: 'overloaded' },
  });
  stage.ends('child', 'turn-1');
  t.equal(await stage.reason('broker/attachment/send', more), null, 'one is answered');
});

t.test('changes that wait for the disk', async (t) => {
  const store = new MemoryStore();
  const stage = await attached(store);
  let turn = (): void => {};
  store.disk = new Promise((resolve) => (turn = resolve));
  const perClient = REQUESTS_PER_CONNECTION_MAX;
  const clients = await Promise.all(
    Array.from({ length: CHANGES_WAITING_MAX / perClient + 1 }, () => stage.broker.client()),
  );
  // The first is being written, the others wait.
  stage.client.request('thread/attachment/create', { parentThreadId: 'parent', childThreadId: 'child' });
  await stage.settled();
  for (const client of clients) {
    for (let i = 0; i < perClient; i += 1)
      client.request('thread/attachment/delete', { attachmentId: 'none' });
  }
  await stage.settled();
  const refused = clients.flatMap(({ received }) => received);
  t.equal(refused.length, perClient, 'one client too many');
  t.ok(refused.every(({ error }) => error?.data?.reason === 'overloaded'));
  const first = clients[0];
  const id = first?.request('thread/attachments/list', {});
  await stage.settled();
  t.match(first?.answerTo(id)?.error?.data, { reason: 'overloaded' }, 'and too many requests of one client');
  turn();
  await stage.settled();
  t.ok(
    clients.every(({ received }) => received.length >= perClient),
    'all are answered',
  );
});

t.test('what a list gives', async (t) => {
  const store = new MemoryStore();
  const count = ATTACHMENTS_PAGE_MAX + 1;
  const stage = await attached(store);
  for (let i = 0; i < count; i += 1) stage.threads.set(`c${i}`, {});
  for (let i = 0; i < count; i += 1) await stage.create('parent', `c${i}`);
  const lengthOf = async (method: string, params: object): Promise<unknown> =>
    ((await stage.ask(method, params)) as { data: unknown[] }).data.length;
  t.equal(await lengthOf('thread/attachments/list', {}), ATTACHMENTS_PAGE);
  t.equal(await lengthOf('thread/attachments/list', { limit: ATTACHMENTS_PAGE_MAX }), ATTACHMENTS_PAGE_MAX);
  const of = { threadId: 'parent' };
  t.equal(await lengthOf('broker/attachment/messages/list', of), ATTACHMENTS_PAGE);
  t.equal(
    await lengthOf('broker/attachment/messages/list', { ...of, limit: ATTACHMENTS_PAGE_MAX }),
    ATTACHMENTS_PAGE_MAX,
  );
});

t.test('threads that the runtime is asked about after a restart', async (t) => {
  const store = new MemoryStore();
  const before = await attached(store);
  for (let i = 0; i < 3 * STATES_ASKED_MAX; i += 1) before.threads.set(`c${i}`, {});
  for (let i = 0; i < 3 * STATES_ASKED_MAX; i += 1) await before.create('parent', `c${i}`);
  let atOnce = 0;
  const seen: number[] = [];
  const after = await attached(store, before.threads, (stage) => {
    const read = stage.answers.get('thread/read');
    stage.answers.set('thread/read', (params) => {
      atOnce += 1;
      queueMicrotask(() => (atOnce = 0));
      seen.push(atOnce);
      return read?.(params) ?? null;
    });
  });
  t.equal(Math.max(...seen), STATES_ASKED_MAX);
  t.equal(seen.length, 3 * STATES_ASKED_MAX + 1);
  t.match(await after.ask('thread/attachments/list', {}), { data: { length: 3 * STATES_ASKED_MAX } });
});

t.test('entries of the trail that wait for a disk that takes none', async (t) => {
  const store = new MemoryStore();
  const stage = await attached(store);
  const { attachment } = await stage.create('parent', 'child');
  store.failure = new StoreError('The disk is full');
  for (let i = 0; i < UNKEPT_ENTRIES_MAX; i += 1) {
    for (const method of ['thread/archived', 'thread/unarchived']) {
      stage.runtime.say({ method, params: { threadId: 'child' } });
      await settled();
    }
  }
  store.failure = null;
  stage.broker.advance(60_000);
  await stage.settled();
  const kinds = (await stage.audit({ attachmentId: attachment.attachmentId })).map(({ kind }) => kind);
  t.same(
    kinds,
    [...Array.from({ length: UNKEPT_ENTRIES_MAX }, () => 'stateChanged'), 'created'],
    'the newest',
  );
});
