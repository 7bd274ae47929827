import t from 'tap';
import { byHand, quiet, watching } from './hand.js';

const status = (of: { client: { connection: { state: { status: string } } } }): string =>
  of.client.connection.state.status;

t.test('tries come later each time, by chance up to a bound that ends', async (t) => {
  const chances: number[] = [];
  let chance = 0;
  const hand = byHand(t, {
    random: () => {
      chances.push(chance);
      return chance;
    },
  });
  const waits: number[] = [];
  for (chance of [1, 1, 0.25, 1, 1, 1, 1, 1, 1, 0]) {
    hand.socket.ends();
    await quiet();
    const { retryAt, attempt } = hand.client.connection.state;
    t.equal(attempt, waits.length + 1);
    waits.push((retryAt ?? 0) - hand.clock.now());
    hand.clock.tick(retryAt ?? 0);
  }
  t.same(waits, [500, 1_000, 500, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 0]);
  t.equal(hand.sockets.length, 11);
});

t.test('a connection that does not hold counts as no success; one that does, as one', async (t) => {
  const hand = byHand(t, { random: () => 1 });
  const waits: number[] = [];
  for (const heldMs of [0, 9_000, 10_001, 0]) {
    hand.socket.greets();
    const until = hand.clock.now() + heldMs;
    while (hand.clock.tick(until));
    hand.socket.ends(4429, 'tooMany');
    await quiet();
    waits.push((hand.client.connection.state.retryAt ?? 0) - hand.clock.now());
    hand.client.retryNow();
  }
  t.same(waits, [500, 1_000, 500, 1_000]);
  t.match(hand.client.connection.state.lastCut, { code: 4429, reason: 'tooMany' });
});

t.test('it tries at once when the network is back', async (t) => {
  const hand = byHand(t);
  hand.socket.ends();
  await quiet();
  t.equal(status(hand), 'waiting');
  hand.wake('doubt');
  t.equal(hand.sockets.length, 1, 'a doubt is no reason to');
  hand.wake('retry');
  t.same([status(hand), hand.sockets.length], ['connecting', 2]);
  hand.clock.tick(hand.clock.now() + 1_000);
  t.equal(hand.sockets.length, 2, 'and not again when the wait would have been over');
});

t.test('the bar can tell: cut because of what, with how much on its way', async (t) => {
  const hand = watching(t);
  hand.socket.ends(4008, 'slowConsumer');
  t.match(hand.client.connection.state, {
    status: 'waiting',
    connectionId: null,
    lastCut: { code: 4008, reason: 'slowConsumer', pendingBytes: null },
    missed: null,
  });
  hand.client.retryNow();
  t.match(hand.client.connection.state, { status: 'connecting', attempt: 1, retryAt: null });
  hand.socket.greets(undefined, { previous: { reason: 'slowConsumer', pendingBytes: 77, at: 'x' } });
  t.match(hand.client.connection.state, { status: 'catchingUp', attempt: 0, lastCut: { pendingBytes: 77 } });
});

t.test('a cut without a close frame has the reason that the broker tells afterwards', async (t) => {
  const hand = watching(t);
  hand.comesBack(undefined, { previous: { reason: 'slowConsumer', pendingBytes: 5, at: 'x' } });
  t.match(hand.client.connection.state.lastCut, { code: 1006, reason: 'slowConsumer', pendingBytes: 5 });
});

for (const [code, reason] of [
  [4401, 'unauthorized'],
  [4403, 'forbidden'],
  [4400, 'badFrame'],
  [4413, 'tooLarge'],
] as const) {
  t.test(`after ${reason} it is over`, async (t) => {
    const hand = watching(t);
    const said = hand.thread.submit('x');
    await quiet();
    hand.socket.ends(code, reason);
    t.match(hand.client.connection.state, { status: 'closed', lastCut: { code, reason }, retryAt: null });
    await t.rejects(said, { name: 'ConnectionError' });
    await t.rejects(hand.client.call('thread/list', {}), { name: 'ConnectionError', reason: 'closed' });
    hand.wake('retry');
    hand.client.retryNow();
    hand.clock.tick(hand.clock.now() + 100_000);
    t.equal(hand.sockets.length, 1);
  });
}

t.test('an upgrade that was refused: the same is asked over HTTP, which tells why', async (t) => {
  const asked: unknown[] = [];
  let httpStatus = 401;
  const hand = byHand(t, {
    url: 'wss://broker.example:4500/rpc',
    token: () => 'secret',
    fetch: async (url, init) => {
      asked.push([url, init]);
      return await Promise.resolve({ status: httpStatus });
    },
  });
  t.same(hand.socket.offered, ['threadcast.v1.json', 'bearer.secret']);
  httpStatus = 503;
  hand.socket.ends();
  await quiet();
  t.equal(status(hand), 'waiting');
  httpStatus = 401;
  hand.client.retryNow();
  hand.socket.ends();
  await quiet();
  t.match(hand.client.connection.state, {
    status: 'closed',
    lastCut: { code: 4401, reason: 'unauthorized' },
  });
  const ask = [
    'https://broker.example:4500/metrics',
    { method: 'HEAD', headers: { authorization: 'Bearer secret' } },
  ];
  t.same(asked, [ask, ask]);
});

t.test('nobody answers over HTTP, either: it is the network', async (t) => {
  const hand = byHand(t, { fetch: async () => await new Promise(() => {}) });
  hand.socket.ends();
  await quiet();
  t.equal(status(hand), 'connecting');
  hand.clock.tick(hand.clock.now() + 5_000);
  await quiet();
  t.equal(status(hand), 'waiting');
});

t.test('what can be no token is not tried; a storage that cannot be read has none', async (t) => {
  const hand = byHand(t, { token: 'two words' });
  t.match(
    [hand.sockets.length, hand.client.connection.state],
    [0, { status: 'closed', lastCut: { reason: 'unauthorized' } }],
  );
  const other = byHand(t, {
    token: () => {
      throw new Error('forbidden storage');
    },
  });
  t.same(other.socket.offered, ['threadcast.v1.json']);
});

t.test('a socket that never opens, or is never greeted, is given up', async (t) => {
  const hand = byHand(t);
  while (hand.clock.tick(20_000));
  await quiet();
  t.equal(status(hand), 'waiting');
  hand.client.retryNow();
  hand.socket.onopen?.();
  while (hand.clock.tick(40_001));
  await quiet();
  t.equal(status(hand), 'waiting');
});

t.test(
  'calls wait for a connection, in their order, and end with the one that they were made on',
  async (t) => {
    const hand = byHand(t);
    const calls = ['one', 'two'].map(async (method) => await hand.client.call(method, {}));
    hand.socket.greets();
    t.same(
      hand.socket.sent.map(({ method }) => method),
      ['initialize', 'initialized', 'one', 'two'],
    );
    hand.socket.answers('one', { is: 1 });
    t.same(await calls[0], { is: 1 });
    hand.socket.ends();
    await t.rejects(calls[1] ?? Promise.resolve(), { name: 'ConnectionError', reason: 'connectionLost' });
  },
);

t.test('calls are bounded: so many on their way, so many that wait', async (t) => {
  const { client, socket } = byHand(t);
  const failed: unknown[] = [];
  for (let n = 0; n < 1_025; n += 1) client.call('some', { n }).catch((error: unknown) => failed.push(error));
  await quiet();
  t.match(failed, [{ reason: 'overloaded', code: -32001 }]);
  socket.greets();
  t.equal(socket.count('some'), 192);
  socket.says({ id: 1, result: {} });
  t.equal(socket.count('some'), 193);
});

t.test('a clock that goes back changes nothing but what is shown', async (t) => {
  let now = 1_000_000;
  const hand = byHand(t);
  const { clock } = hand;
  const other = byHand(t, {
    clock: { now: () => (now -= 60_000), after: (ms, run) => clock.after(ms, run) },
  });
  other.socket.greets();
  other.socket.ends();
  await quiet();
  clock.tick(clock.now() + 500);
  t.equal(other.sockets.length, 2);
});

t.test('`close` ends what waits', async (t) => {
  const hand = watching(t);
  const call = hand.client.call('some', {});
  hand.client.close();
  hand.client.close();
  await t.rejects(call, { name: 'ConnectionError' });
  t.equal(status(hand), 'closed');
  t.ok(hand.socket.closed);
});

t.test('a socket that cannot be made at all is told, and leaves nothing behind', async (t) => {
  let listening = 0;
  t.throws(
    () =>
      byHand(t, {
        wakeup: () => {
          listening += 1;
          return () => (listening -= 1);
        },
        socket: () => {
          throw new TypeError('no URL');
        },
      }),
    { message: 'no URL' },
  );
  t.equal(listening, 0);
});

t.test(
  'a line on which one message takes long is given longer each time, until it proves itself',
  async (t) => {
    const hand = watching(t);
    const waits: number[] = [];
    const doubted = (): number => {
      const from = hand.clock.now();
      hand.wake('doubt');
      while (hand.client.connection.state.connectionId !== null) hand.clock.tick(hand.clock.now() + 100);
      hand.client.retryNow();
      hand.socket.greets();
      return hand.clock.now() - from;
    };
    for (let n = 0; n < 6; n += 1) waits.push(doubted());
    t.same(waits, [3_000, 6_000, 12_000, 24_000, 48_000, 48_000]);
    hand.wake('doubt');
    hand.socket.answers('broker/clients/list', { data: [] });
    t.equal(doubted(), 3_000);
  },
);
