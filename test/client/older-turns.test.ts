import t from 'tap';
import { byHand, quiet, recovered, snapshot, turnOf } from './hand.js';
import type { Hand } from './hand.js';
import type { WatchedThread } from '../../client/index.js';

const JOIN = 'broker/thread/join';
const LIST = 'thread/turns/list';
const ids = (thread: WatchedThread): string => thread.state.turns.map(({ id }) => id).join(' ');
const page = (nextCursor: string | null): object => ({ initialTurnsPage: { nextCursor } });

/** A thread of which the newest three turns are held, and more can be had. */
function watching(hand: Hand): WatchedThread {
  hand.socket.greets();
  const thread = hand.client.watch('t1');
  hand.socket.answers(JOIN, snapshot(10, [turnOf('g'), turnOf('h'), turnOf('i')], page('before g')));
  return thread;
}

t.test('older turns come page by page, until there are none', async (t) => {
  const hand = byHand(t);
  const thread = watching(hand);
  t.equal(thread.state.older, 'some');
  const first = thread.loadOlder();
  const same = thread.loadOlder();
  t.equal(thread.state.older, 'loading');
  t.same(hand.socket.asked(LIST).params, {
    threadId: 't1',
    cursor: 'before g',
    limit: 20,
    sortDirection: 'desc',
    itemsView: 'full',
  });
  hand.socket.answers(LIST, { data: [turnOf('g'), turnOf('f'), turnOf('e')], nextCursor: 'before e' });
  t.same([await first, await same, hand.socket.count(LIST)], [true, true, 1]);
  t.same([ids(thread), thread.state.older], ['e f g h i', 'some']);
  const last = thread.loadOlder();
  hand.socket.answers(LIST, { data: [turnOf('d')], nextCursor: null });
  t.equal(await last, true);
  t.same([ids(thread), thread.state.older], ['d e f g h i', 'none']);
  t.equal(await thread.loadOlder(), false);
  t.equal(hand.socket.count(LIST), 2);
});

/** The same with two older turns loaded. */
async function loaded(hand: Hand): Promise<WatchedThread> {
  const thread = watching(hand);
  const loading = thread.loadOlder();
  hand.socket.answers(LIST, { data: [turnOf('f'), turnOf('e')], nextCursor: 'before e' });
  await loading;
  return thread;
}

t.test(
  'they stay where a snapshot joins up with them, and what is before them is asked for as before',
  async (t) => {
    const hand = byHand(t);
    const thread = await loaded(hand);
    const kept = thread.state.turns[0];
    hand
      .comesBack()
      .answers(JOIN, snapshot(90, [turnOf('h'), turnOf('i', 'failed'), turnOf('j')], page('before h')));
    t.equal(ids(thread), 'e f g h i j');
    t.equal(thread.state.turns[0], kept);
    t.equal(thread.state.turns[4]?.status, 'failed');
    thread.loadOlder().catch(() => {});
    t.equal(hand.socket.asked(LIST).params?.['cursor'], 'before e');
  },
);

t.test('they are let go of where turns may be missing in between', async (t) => {
  const hand = byHand(t);
  const thread = await loaded(hand);
  hand.comesBack().answers(JOIN, snapshot(90, [turnOf('x'), turnOf('y')], page('before x')));
  t.equal(ids(thread), 'x y');
  thread.loadOlder().catch(() => {});
  t.equal(hand.socket.asked(LIST).params?.['cursor'], 'before x');
});

t.test('they are let go of where one of them was left in the middle', async (t) => {
  const hand = byHand(t);
  hand.socket.greets();
  const thread = hand.client.watch('t1');
  hand.socket.answers(JOIN, snapshot(10, [turnOf('g', 'inProgress'), turnOf('h', 'inProgress')], page(null)));
  hand.comesBack().answers(JOIN, snapshot(90, [turnOf('h'), turnOf('i')], page('before h')));
  t.same([ids(thread), thread.state.older], ['h i', 'some']);
});

t.test('a page that was to stand in front of what is gone is asked for anew', async (t) => {
  const hand = byHand(t);
  const thread = watching(hand);
  const loading = thread.loadOlder();
  const { id } = hand.socket.asked(LIST);
  hand.socket.says({ method: 'broker/log/reset', params: { log: 't1', epoch: 'E2', seq: 0 } });
  hand.socket.answers(JOIN, { ...snapshot(1, [turnOf('x')], page('before x')), epoch: 'E2' });
  hand.socket.says({ id, result: { data: [turnOf('f')], nextCursor: 'before f' } });
  await quiet();
  t.same([ids(thread), hand.socket.asked(LIST).params?.['cursor']], ['x', 'before x']);
  hand.socket.answers(LIST, { data: [turnOf('w')], nextCursor: null });
  t.equal(await loading, true);
  t.equal(ids(thread), 'w x');
});

t.test('a page that fails can be asked for again; one that leads to itself is the last', async (t) => {
  const hand = byHand(t);
  const thread = watching(hand);
  const loading = thread.loadOlder();
  hand.socket.refuses(LIST, 'overloaded', -32001);
  await t.rejects(loading, { name: 'CallError', reason: 'overloaded' });
  t.equal(thread.state.older, 'some');
  const again = thread.loadOlder();
  hand.socket.answers(LIST, { data: [], nextCursor: 'before g' });
  t.equal(await again, false);
  t.equal(thread.state.older, 'none');
});

t.test('nothing changes where nothing was missed', async (t) => {
  const hand = byHand(t);
  const thread = await loaded(hand);
  const { turns } = thread.state;
  hand.comesBack().answers(JOIN, recovered(10));
  t.equal(thread.state.turns, turns);
});

t.test('so many turns are held; beyond it the oldest are let go of', async (t) => {
  const hand = byHand(t);
  const thread = watching(hand);
  const loading = thread.loadOlder();
  const many = Array.from({ length: 9_997 }, (_, n) => turnOf(`n${n}`));
  hand.socket.answers(LIST, { data: many, nextCursor: 'more' });
  await loading;
  t.equal(thread.state.turns.length, 10_000);
  t.equal(await thread.loadOlder(), false);
  hand.socket.says({
    log: 't1',
    seq: 11,
    method: 'turn/started',
    params: { threadId: 't1', turn: turnOf('j', 'inProgress') },
  });
  t.same(hand.socket.asked(JOIN).params, { threadId: 't1' });
  hand.socket.answers(JOIN, snapshot(11, [turnOf('i'), turnOf('j', 'inProgress')], page('before i')));
  t.same([ids(thread), thread.state.older], ['i j', 'some']);
});
