import t from 'tap';
import { FakeClock } from '../sim/clock.js';
import { quiet, recovered, watching } from './hand.js';

const JOIN = 'broker/thread/join';

t.test('what is said survives a cut, and is the same for the broker', async (t) => {
  const hand = watching(t);
  const said = hand.thread.submit('hello', { model: 'm' });
  await quiet();
  const first = hand.socket.asked('broker/turn/submit').params;
  t.match(first, {
    threadId: 't1',
    model: 'm',
    input: [{ type: 'text', text: 'hello' }],
    clientUserMessageId: /^[0-9a-f]{32}$/,
  });
  const socket = hand.comesBack();
  await quiet();
  t.equal(socket.count('broker/turn/submit'), 0, 'not before the thread is there');
  socket.answers(JOIN, recovered(10));
  await quiet();
  t.same(socket.asked('broker/turn/submit').params, first);
  socket.answers('broker/turn/submit', { turn: { id: 'a' } });
  t.same(await said, { turnId: 'a' });
});

t.test('what is refused is; what is refused for a moment is tried again', async (t) => {
  const { thread, socket, clock } = watching(t);
  const said = thread.submit('hello');
  await quiet();
  socket.refuses('broker/turn/submit', 'runtimeRestarting', -32001);
  await quiet();
  clock.tick(clock.now() + 2_000);
  await quiet();
  t.equal(socket.count('broker/turn/submit'), 2);
  socket.refuses('broker/turn/submit', 'forbidden');
  await t.rejects(said, { name: 'CallError', reason: 'forbidden', code: -32600, message: 'it is forbidden' });
});

t.test('what is submitted while the wire is cut is bounded, and said in its order', async (t) => {
  const hand = watching(t);
  hand.socket.ends();
  const said = Array.from({ length: 64 }, async (_, n) => await hand.thread.submit(`${n}`));
  await t.rejects(hand.thread.submit('one more'), {
    name: 'CallError',
    reason: 'overloaded',
    code: -32001,
  });
  hand.client.retryNow();
  hand.socket.greets({ epoch: 'L', seq: 0, recovered: true }, { connectionId: 'c2' });
  hand.socket.answers(JOIN, recovered(10));
  await quiet();
  const asked = hand.socket.sent.filter(({ method }) => method === 'broker/turn/submit');
  t.same(
    asked.map(({ params: { input } = {} }) => (input as { text: string }[])[0]?.text),
    Array.from({ length: 64 }, (_, n) => `${n}`),
  );
  for (const { id } of asked) hand.socket.says({ id, result: { turn: { id: 'a' } } });
  t.equal((await Promise.all(said)).length, 64);
  const next = hand.thread.submit('and another');
  await quiet();
  hand.socket.answers('broker/turn/submit', { turn: { id: 'a' } });
  t.same(await next, { turnId: 'a' });
});

t.test(
  'what may have been said so long ago that the broker has forgotten it is not said again',
  async (t) => {
    const clock = new FakeClock();
    let asleepMs = 0;
    const hand = watching(t, {
      clock: { now: () => clock.now() + asleepMs, after: (ms, run) => clock.after(ms, run) },
    });
    const said = hand.thread.submit('hello');
    await quiet();
    hand.socket.ends();
    await quiet();
    asleepMs = 21 * 60 * 60_000;
    hand.client.retryNow();
    hand.socket.greets({ epoch: 'L', seq: 0, recovered: true }, { connectionId: 'c2' });
    hand.socket.answers(JOIN, recovered(10));
    await t.rejects(said, { name: 'ConnectionError', reason: 'connectionLost' });
    t.equal(hand.socket.count('broker/turn/submit'), 0);
  },
);

t.test('what is submitted is tried so often, and no longer than somebody watches', async (t) => {
  const { thread, socket, clock, client } = watching(t);
  const submitted = async (): Promise<void> => {
    await quiet();
    socket.refuses('broker/turn/submit', 'overloaded', -32001);
    await quiet();
  };
  const said = thread.submit('hello');
  for (let tries = 1; tries < 20; tries += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one try after the other
    await submitted();
    const until = clock.now() + 15_000;
    while (clock.tick(until));
  }
  await submitted();
  await t.rejects(said, { name: 'CallError', reason: 'overloaded' });
  t.equal(socket.count('broker/turn/submit'), 20);
  const other = client.watch('t1');
  const pausing = other.submit('hello');
  await submitted();
  other.close();
  await t.rejects(pausing, { name: 'ConnectionError', reason: 'closed' });
  t.equal(socket.count('broker/turn/submit'), 21);
});
