import t from 'tap';
import { isWaiting } from '../../client/index.js';
import { byHand, delta, entry, quiet, running, snapshot, textOf, turnOf, watching } from './hand.js';

const JOIN = 'broker/thread/join';

t.test('frames that are no messages change nothing', async (t) => {
  const { socket, thread, client } = watching(t);
  const { state } = thread;
  for (const frame of [
    '',
    'no json',
    '[]',
    'null',
    '7',
    '"x"',
    '{}',
    '{"id":99,"result":{}}',
    '{"id":null}',
    '{"method":7}',
    '{"log":7,"seq":"x"}',
    '{"id":{},"method":"item/tool/call"}',
  ])
    socket.says(frame);
  socket.onmessage?.({ data: new ArrayBuffer(3) });
  socket.onmessage?.({ data: { a: 'blob' } });
  socket.onerror?.();
  t.equal(thread.state, state);
  t.equal(client.connection.state.status, 'live');
});

t.test('events that are not what they should be change nothing but the position', async (t) => {
  const { socket, thread } = watching(t);
  const { turns, requests, thread: told } = thread.state;
  const methods = [
    'thread/somethingNew',
    'turn/started',
    'turn/completed',
    'turn/plan/updated',
    'turn/diff/updated',
    'item/started',
    'item/completed',
    'item/agentMessage/delta',
    'item/reasoning/summaryTextDelta',
    'thread/tokenUsage/updated',
    'error',
    'warning',
    'model/rerouted',
    'mcpServer/startupStatus/updated',
    'thread/settings/updated',
    'thread/status/changed',
    'serverRequest/resolved',
    'broker/turn/origin',
    'broker/attachment/changed',
    'broker/attachment/message',
    '__proto__',
    'constructor',
    'toString',
  ];
  let seq = 10;
  for (const params of [
    undefined,
    null,
    [],
    7,
    {},
    { turn: 7, item: [], thread: null, error: 'x', status: 1 },
  ])
    for (const method of methods) socket.says({ log: 't1', seq: (seq += 1), method, params });
  for (const more of [
    { itemId: 'nobody', delta: 'x' },
    { itemId: 'i', delta: 7 },
    { itemId: 'i', delta: { a: 1 } },
  ])
    socket.says(entry((seq += 1), 'item/agentMessage/delta', more));
  for (const summaryIndex of [-1, 1.5, 1e9, 'x', null])
    socket.says(
      entry((seq += 1), 'item/reasoning/summaryTextDelta', { itemId: 'i', delta: 'x', summaryIndex }),
    );
  socket.says(
    entry((seq += 1), 'item/started', { item: { id: 'x' } }),
    entry((seq += 1), 'item/started', { item: { type: 'x' } }),
  );
  t.same([thread.state.position?.seq, thread.state.phase], [seq, 'live']);
  t.same(thread.state.turns, turns);
  t.same([thread.state.requests, thread.state.thread], [requests, told]);
});

t.test('an item of a type that nobody knows is kept as it is', async (t) => {
  const { socket, thread } = watching(t);
  const item = { id: 'n', type: 'hologram', beams: [1, { a: 2 }] };
  socket.says(entry(11, 'item/completed', { item }));
  t.same(thread.state.turns[0]?.items[1], { id: 'n', item, inProgress: false, output: '', progress: [] });
});

t.test('a snapshot that lacks nearly all', async (t) => {
  const { client, socket } = byHand(t);
  socket.greets();
  const thread = client.watch('t1');
  socket.answers(JOIN, {
    epoch: 'E',
    seq: 1,
    recovered: false,
    snapshot: { thread: { turns: [null, 7, {}, turnOf('a')] } },
  });
  t.match(thread.state, {
    phase: 'live',
    older: 'none',
    requests: [],
    thread: { id: 't1', name: null, preview: '', cwd: '', status: { type: 'notLoaded' } },
  });
  t.equal(thread.state.turns.at(-1)?.id, 'a');
});

t.test('answers to a join that are none: it is tried again, and then the thread is gone', async (t) => {
  const { client, socket, clock } = byHand(t);
  socket.greets();
  const thread = client.watch('t1');
  for (const result of [null, 7, {}, { recovered: true, epoch: 'E', seq: 3 }, { epoch: 1, seq: 'x' }, []]) {
    const asked = socket.count(JOIN);
    socket.answers(JOIN, result);
    for (let step = 0; step < 100 && socket.count(JOIN) === asked; step += 1) clock.tick(clock.now() + 100);
  }
  t.match(thread.state, { phase: 'gone', error: { reason: 'invalidAnswer' } });
});

t.test('a broker that claims a place that nobody was at is asked for all', async (t) => {
  const hand = watching(t);
  const socket = hand.comesBack();
  socket.answers(JOIN, { epoch: 'E', seq: 3, recovered: true, pendingRequests: [] });
  hand.clock.tick(hand.clock.now() + 1_000);
  t.same(socket.asked(JOIN).params, { threadId: 't1' });
  socket.answers(JOIN, snapshot(3, [running('new')]));
  t.equal(textOf(hand.thread), 'new');
});

t.test('something else than a broker: it is said, and not tried again', async (t) => {
  const greetings: readonly ((hand: ReturnType<typeof byHand>) => void)[] = [
    ({ socket }) => {
      socket.protocol = '';
      socket.onopen?.();
    },
    ({ socket }) => {
      socket.onopen?.();
      socket.answers('initialize', { userAgent: 'another' });
    },
    ({ socket }) => {
      socket.onopen?.();
      socket.answers('initialize', {
        threadcast: { version: 2, connectionId: 'c', lobby: { epoch: 'E', seq: 0 } },
      });
    },
    ({ socket }) => {
      socket.onopen?.();
      socket.says({ id: 0, error: { code: -1, message: 'what?' } });
    },
  ];
  for (const greet of greetings) {
    const hand = byHand(t);
    greet(hand);
    await quiet();
    t.match(hand.client.connection.state, { status: 'closed', lastCut: { reason: 'notABroker' } });
    t.ok(hand.socket.closed);
  }
});

t.test('a broker whose runtime starts again is tried again', async (t) => {
  const hand = byHand(t);
  hand.socket.onopen?.();
  hand.socket.refuses('initialize', 'runtimeRestarting', -32001);
  await quiet();
  t.equal(hand.client.connection.state.status, 'waiting');
});

t.test('a message of 5 MB comes through; one that the broker would not take fails here', async (t) => {
  const { socket, thread, client } = watching(t);
  socket.says(delta(11, 'x'.repeat(5 * 1024 * 1024)));
  t.equal(String(textOf(thread)).length, 3 + 5 * 1024 * 1024);
  for (const text of [
    'x'.repeat(16 * 1024 * 1024),
    'ä'.repeat(8 * 1024 * 1024),
    '\u{1F600}'.repeat(4 * 1024 * 1024),
  ])
    await t.rejects(client.call('some', { text }), { name: 'CallError', reason: 'tooLarge' });
  const fits = client.call('some', { text: 'ä'.repeat(8 * 1024 * 1024 - 100) });
  socket.answers('some', {});
  t.same(await fits, {});
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  await t.rejects(client.call('some', cyclic), { name: 'TypeError' });
  t.equal(client.connection.state.status, 'live');
});

t.test('answers that are neither a result nor an error that can be read fail the call', async (t) => {
  const { socket, client } = watching(t);
  const [one, other] = [client.call('one', {}), client.call('other', {})];
  socket.says({ id: socket.asked('one').id }, { id: socket.asked('other').id, error: 'no' });
  await t.rejects(one, { name: 'CallError', reason: 'invalidAnswer' });
  await t.rejects(other, { name: 'CallError', reason: '' });
});

t.test('a listener that throws ends nothing; what it throws is told as unhandled', async (t) => {
  const { socket, thread, client } = watching(t);
  const unhandled = new Promise((resolve) => void process.once('unhandledRejection', resolve));
  client.on('item/agentMessage/delta', () => {
    throw new Error('mine');
  });
  const heard: unknown[] = [];
  const stop = client.on('*', (_, method) => heard.push(method));
  socket.says(delta(11, ' two'));
  stop();
  socket.says({ log: 'another', seq: 5, method: 'warning', params: {} }, { method: 'account/updated' });
  t.same([textOf(thread), heard], ['one two', ['item/agentMessage/delta']]);
  t.match(await unhandled, { message: 'mine' });
});

t.test('a status that lacks what it should have can be asked all the same', async (t) => {
  const { socket, thread, client } = watching(t);
  const list = client.list();
  socket.answers('thread/list', { data: [{ id: 't1', status: { type: 'active' } }], nextCursor: null });
  await quiet();
  for (const [seq, status] of [7, { type: 7 }, { type: 'active', activeFlags: [null] }].entries())
    socket.says({
      log: 'lobby',
      seq: seq + 1,
      method: 'thread/status/changed',
      params: { threadId: 't1', status },
    });
  const shown = [thread.state.thread, ...list.state.threads].filter((one) => one !== null);
  t.same(shown.map(isWaiting), [false, false]);
  t.match(shown, [{ status: { type: 'active' } }, { status: { type: 'active' } }]);
});
