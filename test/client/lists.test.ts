import t from 'tap';
import { byHand, quiet } from './hand.js';
import type { Hand } from './hand.js';
import type { WatchedList } from '../../client/index.js';

const LIST = 'thread/list';
const PRESENCE = 'broker/clients/list';
const thread = (id: string, type = 'idle'): object => ({ id, name: null, status: { type, activeFlags: [] } });
const ids = (list: WatchedList): string => list.state.threads.map(({ id }) => id).join(' ');
let seq = 0;
const lobby = (method: string, params: object): object => ({ log: 'lobby', seq: (seq += 1), method, params });

t.beforeEach(() => {
  seq = 0;
});

t.test('a list is kept up to date by what everyone is told', async (t) => {
  const { client, socket, clock } = byHand(t);
  const list = client.list({ searchTerm: 'bug' });
  t.equal(list.state.phase, 'loading');
  socket.greets();
  t.same(socket.asked(LIST).params, { limit: 50, sortKey: 'recency_at', searchTerm: 'bug' });
  socket.answers(LIST, { data: [thread('a'), thread('b'), thread('c')], nextCursor: 'more' });
  await quiet();
  t.match(list.state, { phase: 'live', more: 'some' });
  const before = list.state.threads;
  socket.says(
    lobby('thread/name/updated', { threadId: 'b', threadName: 'n' }),
    lobby('thread/status/changed', {
      threadId: 'c',
      status: { type: 'active', activeFlags: ['waitingOnApproval'] },
    }),
    lobby('thread/archived', { threadId: 'a' }),
  );
  t.match(list.state.threads, [
    { id: 'c', status: { type: 'active' } },
    { id: 'b', name: 'n' },
  ]);
  t.equal(list.state.threads.length, 2);
  t.equal(socket.count(LIST), 2, 'when one was updated is asked for, as its turn begins');
  t.same(
    before.map(({ name }) => name),
    [null, null, null],
  );
  socket.says(
    lobby('thread/started', { thread: thread('d') }),
    lobby('thread/started', { thread: thread('e') }),
  );
  t.equal(socket.count(LIST), 2, 'at once, and then not again for a while');
  socket.says(lobby('thread/archived', { threadId: 'x' }));
  socket.says(lobby('thread/name/updated', { threadId: 'c', threadName: 'new' }));
  socket.answers(LIST, { data: [thread('x'), thread('c')], nextCursor: 'more' });
  await quiet();
  t.equal(ids(list), 'c b', 'what has changed since counts for more than the answer');
  t.equal(list.state.threads[0]?.name, 'new');
  clock.tick(clock.now() + 1_000);
  t.equal(socket.count(LIST), 3);
  socket.answers(LIST, { data: [thread('d'), thread('c')], nextCursor: 'more' });
  await quiet();
  t.equal(ids(list), 'd c b', 'what was behind stays where it joins up');
  list.close();
});

t.test('more of it comes page by page', async (t) => {
  const { client, socket } = byHand(t);
  socket.greets();
  const list = client.list();
  socket.answers(LIST, { data: [thread('a')], nextCursor: 'more' });
  await quiet();
  const more = list.loadMore();
  t.equal(list.state.more, 'loading');
  t.equal(socket.asked(LIST).params?.['cursor'], 'more');
  socket.answers(LIST, { data: [thread('b'), {}, null], nextCursor: null });
  t.equal(await more, true);
  t.same([ids(list), list.state.more, await list.loadMore()], ['a b', 'none', false]);
});

t.test('after a cut it is asked for again where what was said meanwhile cannot be had', async (t) => {
  const hand = byHand(t);
  hand.socket.greets();
  const list = hand.client.list();
  hand.socket.answers(LIST, { data: [thread('a')], nextCursor: null });
  await quiet();
  hand.socket.ends();
  t.equal(list.state.phase, 'catchingUp');
  hand.client.retryNow();
  hand.socket.greets({ epoch: 'L', seq: 0, recovered: true });
  t.same([list.state.phase, hand.socket.count(LIST)], ['live', 0]);
  const socket = hand.comesBack({ epoch: 'L2', seq: 0, recovered: false });
  t.same([list.state.phase, socket.count(LIST)], ['catchingUp', 1]);
  socket.answers(LIST, { data: [thread('z')], nextCursor: null });
  await quiet();
  t.same([list.state.phase, ids(list)], ['live', 'z']);
});

t.test('who is here is known for as long as somebody wants to know', async (t) => {
  const { client, socket } = byHand(t);
  const who = (): string => client.presence.state.map(({ connectionId }) => connectionId).join(' ');
  const changed = (clients: object[] | null, gone: string[] | null): object => ({
    method: 'broker/clients/changed',
    params: { clients, gone, total: 1 },
  });
  socket.greets();
  t.equal(socket.count(PRESENCE), 0);
  const stop = client.presence.subscribe(() => {});
  socket.answers(PRESENCE, { data: [{ connectionId: 'a' }], nextCursor: 'more', total: 2 });
  await quiet();
  t.equal(socket.asked(PRESENCE).params?.['cursor'], 'more');
  socket.answers(PRESENCE, { data: [{ connectionId: 'b' }, 7, {}], nextCursor: null, total: 2 });
  await quiet();
  t.equal(who(), 'a b');
  socket.says(changed([{ connectionId: 'c' }, { connectionId: 'b', lagging: true }], ['a', 'nobody']));
  t.equal(who(), 'b c');
  t.match(client.presence.state[0], { lagging: true });
  socket.says(changed(null, null));
  socket.answers(PRESENCE, { data: [{ connectionId: 'z' }], nextCursor: null, total: 1 });
  await quiet();
  t.equal(who(), 'z');
  stop();
  socket.says(changed([{ connectionId: 'y' }], []));
  t.equal(who(), 'z');
});

/** A list with two pages of it loaded: a to d. */
async function twoPages(hand: Hand): Promise<WatchedList> {
  hand.socket.greets();
  const list = hand.client.list();
  hand.socket.answers(LIST, { data: [thread('a'), thread('b')], nextCursor: 'after b' });
  await quiet();
  const more = list.loadMore();
  hand.socket.answers(LIST, { data: [thread('c'), thread('d')], nextCursor: 'after d' });
  await more;
  return list;
}

t.test('pages stay only where nothing can be missing in between', async (t) => {
  const hand = byHand(t);
  const list = await twoPages(hand);
  const socket = hand.comesBack({ epoch: 'L2', seq: 0, recovered: false });
  // The second of them has come up from behind, past two that are in no page now.
  socket.answers(LIST, { data: [thread('z'), thread('c')], nextCursor: 'after c' });
  await quiet();
  t.equal(ids(list), 'z c');
  list.loadMore().catch(() => {});
  t.equal(socket.asked(LIST).params?.['cursor'], 'after c');
});

t.test('a list that was being loaded anew when the wire was cut is so after the cut', async (t) => {
  const hand = byHand(t);
  const list = await twoPages(hand);
  hand.socket.says(lobby('thread/started', { thread: thread('e') }));
  hand.socket.ends();
  await quiet();
  hand.client.retryNow();
  hand.socket.greets({ epoch: 'L', seq: seq, recovered: true });
  t.same([list.state.phase, hand.socket.count(LIST)], ['catchingUp', 1]);
  hand.socket.answers(LIST, { data: [thread('e'), thread('a'), thread('b')], nextCursor: 'after b' });
  await quiet();
  t.same([list.state.phase, ids(list)], ['live', 'e a b c d']);
});

t.test('a list that is refused for a moment is asked for again, but not at once', async (t) => {
  const { client, socket, clock } = byHand(t);
  socket.greets();
  const list = client.list();
  for (const asked of [1, 2, 3]) {
    t.equal(socket.count(LIST), asked);
    socket.refuses(LIST, 'overloaded', -32001);
    await quiet();
    t.equal(socket.count(LIST), asked);
    clock.tick(clock.now() + 1_000);
  }
  socket.answers(LIST, { data: [thread('a')], nextCursor: null });
  await quiet();
  t.same([list.state.phase, ids(list)], ['live', 'a']);
});

t.test('threads that change all the time hold up no list', async (t) => {
  const { client, socket, clock } = byHand(t);
  socket.greets();
  const list = client.list();
  socket.answers(LIST, { data: [thread('a')], nextCursor: null });
  await quiet();
  socket.says(lobby('thread/started', { thread: thread('b') }));
  for (let n = 0; n < 5; n += 1) {
    socket.says(lobby('thread/name/updated', { threadId: 'a', threadName: `${n}` }));
    socket.answers(LIST, { data: [thread('b'), thread('a')], nextCursor: null });
    // oxlint-disable-next-line no-await-in-loop -- one answer after the other
    await quiet();
  }
  t.same([ids(list), socket.count(LIST)], ['b a', 2]);
  let told = 0;
  list.subscribe(() => (told += 1));
  clock.tick(clock.now() + 1_000);
  socket.says(lobby('thread/started', { thread: thread('c') }));
  list.close();
  socket.answers(LIST, { data: [thread('c')], nextCursor: null });
  await quiet();
  t.equal(told, 0, 'nobody is told of a list that is closed');
});

t.test('so many threads are held of a list', async (t) => {
  const hand = byHand(t);
  const list = await twoPages(hand);
  const more = list.loadMore();
  const many = Array.from({ length: 9_996 }, (_, n) => thread(`n${n}`));
  hand.socket.answers(LIST, { data: many, nextCursor: 'more' });
  await more;
  t.same([list.state.threads.length, await list.loadMore()], [10_000, false]);
  hand.socket.says(lobby('thread/started', { thread: thread('e') }));
  hand.socket.answers(LIST, { data: [thread('e'), thread('a')], nextCursor: 'after a' });
  await quiet();
  t.equal(ids(list), 'e a', 'beyond it the first page is what is left');
});

t.test('clients that come and go all the time hold up no list of them', async (t) => {
  const { client, socket, clock } = byHand(t);
  const who = (): string => client.presence.state.map(({ connectionId }) => connectionId).join(' ');
  const changed = (clients: object[] | null, gone: string[] | null): object => ({
    method: 'broker/clients/changed',
    params: { clients, gone, total: 1 },
  });
  socket.greets();
  client.presence.subscribe(() => {});
  socket.says(changed([{ connectionId: 'new' }], ['gone']), changed(null, null), changed(null, null));
  socket.answers(PRESENCE, { data: [{ connectionId: 'a' }, { connectionId: 'gone' }], nextCursor: null });
  await quiet();
  t.equal(who(), 'a new', 'what was told meanwhile counts for more than the answer');
  t.equal(socket.count(PRESENCE), 1);
  while (clock.tick(clock.now() + 1_000));
  t.equal(socket.count(PRESENCE), 2, 'and once more for what was too much to be told');
  const many = Array.from({ length: 10_001 }, (_, n) => ({ connectionId: `n${n}` }));
  socket.answers(PRESENCE, { data: many, nextCursor: 'more' });
  await quiet();
  t.same([client.presence.state.length, socket.count(PRESENCE)], [10_000, 2]);
});
