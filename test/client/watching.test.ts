import t from 'tap';
import {
  byHand,
  delta,
  entry,
  message,
  quiet,
  recovered,
  snapshot,
  textOf,
  turnOf,
  watching,
} from './hand.js';

const JOIN = 'broker/thread/join';

t.test('archived and deleted threads are gone; unarchived, one is there again', async (t) => {
  const { thread, socket, client } = watching(t);
  socket.says({ log: 'lobby', seq: 1, method: 'thread/archived', params: { threadId: 't1' } });
  t.match(thread.state, { phase: 'gone', error: { reason: 'threadArchived' } });
  t.equal(client.connection.state.status, 'live');
  await t.rejects(thread.submit('hello'), { name: 'CallError', reason: 'threadArchived' });
  socket.says({ log: 'lobby', seq: 2, method: 'thread/unarchived', params: { threadId: 't1' } });
  socket.answers(JOIN, snapshot(1, []));
  t.match(thread.state, { phase: 'live', error: null });
  socket.says({ log: 'lobby', seq: 3, method: 'thread/deleted', params: { threadId: 't1' } });
  t.match(thread.state, { phase: 'gone', error: { reason: 'threadNotFound' } });
});

t.test(
  'a join that is refused for a moment is tried again, later each time; for good, the thread is gone',
  async (t) => {
    const hand = byHand(t);
    const { clock, socket, client } = hand;
    socket.greets();
    const thread = client.watch('t1');
    const waits: number[] = [];
    for (let tries = 1; tries <= 4; tries += 1) {
      socket.refuses(JOIN, 'runtimeRestarting', -32001);
      const from = clock.now();
      while (socket.count(JOIN) === tries) clock.tick(clock.now() + 1);
      waits.push(clock.now() - from);
    }
    t.same(waits, [250, 500, 1_000, 2_000]);
    t.match(thread.state, { phase: 'joining', error: { reason: 'runtimeRestarting' } });
    socket.refuses(JOIN, 'threadNotFound');
    t.match(thread.state, { phase: 'gone', error: { reason: 'threadNotFound' } });
  },
);

t.test('a failure that stays is one after some tries', async (t) => {
  const { clock, socket, client } = byHand(t);
  socket.greets();
  const thread = client.watch('t1');
  for (let tries = 1; thread.state.phase !== 'gone' && tries < 20; tries += 1) {
    socket.refuses(JOIN, 'runtimeFailed', -32603);
    clock.tick(clock.now() + 60_000);
  }
  t.equal(socket.count(JOIN), 6);
  t.equal(thread.state.error?.reason, 'runtimeFailed');
});

t.test('a thread that the runtime lets go of is loaded again', async (t) => {
  const { thread, socket, clock } = watching(t);
  socket.says({ log: 'lobby', seq: 1, method: 'thread/closed', params: { threadId: 't1' } });
  t.same([thread.state.phase, socket.count(JOIN)], ['catchingUp', 1]);
  clock.tick(clock.now() + 1_000);
  t.same(socket.asked(JOIN).params, { threadId: 't1' });
});

t.test('a new thread is followed from its first event on', async (t) => {
  const { client, socket } = byHand(t);
  socket.greets();
  const starting = client.startThread({ cwd: '/' });
  socket.answers('thread/start', {
    thread: { id: 't1', turns: [] },
    model: 'm',
    threadcast: { epoch: 'E', seq: 0 },
  });
  // In the same breath: nobody has had a chance to say that it is to be watched.
  socket.says(
    entry(1, 'turn/started', { turn: turnOf('a', 'inProgress') }),
    entry(2, 'item/started', { item: message('i', '') }),
    delta(3, 'hi'),
  );
  const thread = await starting;
  t.same([textOf(thread), thread.state.phase, socket.count(JOIN)], ['hi', 'live', 0]);
});

t.test('several watchers share one join; the last one leaves', async (t) => {
  const { client, socket, thread } = watching(t);
  const other = client.watch('T1'.toLowerCase());
  t.same([socket.count(JOIN), other.state], [1, thread.state]);
  thread.close();
  thread.close();
  t.equal(socket.count('thread/unsubscribe'), 0);
  other.close();
  t.same(socket.asked('thread/unsubscribe').params, { threadId: 't1' });
  await t.rejects(other.submit('hello'), { name: 'ConnectionError', reason: 'closed' });
});

t.test('listeners are told once, however much has come', async (t) => {
  const { thread, socket } = watching(t);
  await quiet();
  let told = 0;
  const stop = thread.subscribe(() => (told += 1));
  socket.says(delta(11, 'x'), delta(12, 'y'), delta(13, 'z'));
  t.equal(told, 0);
  await quiet();
  t.equal(told, 1);
  stop();
  socket.says(delta(14, '!'));
  await quiet();
  t.equal(told, 1);
});

t.test('archived while it was joined, it is gone, though its log could still be had', async (t) => {
  const hand = watching(t);
  const socket = hand.comesBack({ epoch: 'L', seq: 1, recovered: true });
  socket.says({ log: 'lobby', seq: 1, method: 'thread/archived', params: { threadId: 't1' } });
  socket.answers(JOIN, recovered(10));
  t.same([hand.thread.state.phase, socket.count(JOIN)], ['gone', 1]);
  t.equal(hand.client.connection.state.status, 'live');
  socket.says({ log: 'lobby', seq: 2, method: 'thread/unarchived', params: { threadId: 't1' } });
  t.same(socket.asked(JOIN).params, { threadId: 't1' });
  socket.says({ method: 'broker/log/reset', params: { log: 'lobby', epoch: 'L2', seq: 0 } });
  socket.answers(JOIN, snapshot(1, []));
  t.equal(hand.thread.state.phase, 'live');
});

t.test('where the lobby begins anew, what was gone is asked for again', async (t) => {
  const { thread, socket } = watching(t);
  socket.says({ log: 'lobby', seq: 1, method: 'thread/archived', params: { threadId: 't1' } });
  socket.says({ log: 'lobby', seq: 2, method: 'thread/closed', params: { threadId: 't1' } });
  t.equal(thread.state.phase, 'gone', 'what is archived is let go of, too');
  socket.says({ method: 'broker/log/reset', params: { log: 'lobby', epoch: 'L2', seq: 0 } });
  t.equal(socket.count(JOIN), 2);
  socket.answers(JOIN, snapshot(1, []));
  t.equal(thread.state.phase, 'live');
});

t.test('let go of while it is joined, it is left when it has been', async (t) => {
  const { client, socket } = byHand(t);
  socket.greets();
  client.watch('t1').close();
  t.equal(socket.count('thread/unsubscribe'), 0, 'the broker would subscribe behind it');
  socket.answers(JOIN, snapshot(1, []));
  t.same(socket.asked('thread/unsubscribe').params, { threadId: 't1' });
  client.watch('t2').close();
  const again = client.watch('t2');
  const [first, second] = socket.sent.filter(({ params }) => params?.['threadId'] === 't2');
  socket.says({ id: first?.id, result: snapshot(1, []) }, { id: second?.id, result: snapshot(2, []) });
  t.same([again.state.phase, again.state.position?.seq], ['live', 2]);
  t.equal(socket.count('thread/unsubscribe'), 1, 'somebody watches it by then');
});

t.test('a listener may let go of the thread that it is told of, and of all', async (t) => {
  const hand = watching(t);
  const { thread, client, clock } = hand;
  const socket = hand.comesBack();
  socket.answers(JOIN, recovered(11));
  client.on('item/agentMessage/delta', () => thread.close());
  socket.says(delta(11, ' two'));
  t.equal(thread.state.phase, 'catchingUp');
  client.on('warning', () => client.close());
  socket.says({ method: 'warning', params: {} }, { method: 'warning', params: {} });
  t.equal(client.connection.state.status, 'closed');
  t.equal(clock.tick(clock.now() + 1_000_000), false, 'nothing is left that the clock would wake');
});

t.test('what is asked of a client that is closed fails', async (t) => {
  const { client } = byHand(t);
  client.close();
  const thread = client.watch('t1');
  await t.rejects(thread.submit('hello'), { name: 'ConnectionError', reason: 'closed' });
  await t.rejects(client.startThread(), { name: 'ConnectionError', reason: 'closed' });
  thread.close();
});

t.test('a listener that subscribes anew each time is told once each time', async (t) => {
  const { thread, socket, client } = watching(t);
  await quiet();
  let told = 0;
  let heard = 0;
  const again = (): void => {
    told += 1;
    stop();
    if (told < 1_000) stop = thread.subscribe(again);
  };
  let stop = thread.subscribe(again);
  const onceMore = (): void => {
    heard += 1;
    off();
    if (heard < 1_000) off = client.on('item/agentMessage/delta', onceMore);
  };
  let off = client.on('item/agentMessage/delta', onceMore);
  socket.says(delta(11, 'x'));
  await quiet();
  t.same([told, heard], [1, 1]);
});
