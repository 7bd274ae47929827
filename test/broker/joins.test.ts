import t from 'tap';
import { SNAPSHOT_TURNS_MAX } from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import { itemCompleted, join, statusOf, turnCompleted, turnStarted } from './events.js';
import { answerTurns, asked, beside, refuse, resultOf, V1 } from './joining.js';

const malformed: readonly unknown[] = [
  'x',
  5,
  [],
  {},
  { epoch: 'e' },
  { seq: 1 },
  { epoch: 5, seq: 1 },
  { epoch: 'e', seq: '1' },
  { epoch: 'e', seq: -1 },
  { epoch: 'e', seq: 1.5 },
  { epoch: 'e', seq: 2 ** 53 },
  { epoch: 'e', seq: 1e300 },
  { epoch: 'e'.repeat(257), seq: 1 },
];

t.test('a since that is none is refused, and subscribes nobody', async (t) => {
  const memory = await InMemory.start();
  const { client } = await beside(memory);
  for (const since of malformed)
    t.match(
      (await join(client, since))?.error,
      { code: -32600, data: { reason: 'invalidParams' } },
      JSON.stringify(since),
    );
  for (const threadId of [null, 5, {}, 'x'.repeat(257)])
    t.match((await join(client, null, threadId))?.error?.data, { reason: 'invalidParams' });
  t.same(asked(memory), []);
  t.match(await statusOf(client), { threads: [{ subscribers: 1 }] });
});

t.test('only what the log holds is recovered; else it is a snapshot', async (t) => {
  const memory = await InMemory.within({ ringEntries: 10 });
  const { client } = await beside(memory);
  for (let i = 0; i < 30; i += 1) memory.runtime.say(delta('t1', String(i)));
  const { epoch, seq } = (await statusOf(client)).threads[0] ?? {};
  t.equal(seq, 30);
  for (const since of [
    { epoch, seq: 20 },
    { epoch, seq: 30 },
  ]) {
    client.received.length = 0;
    t.match((await join(client, since))?.result, { epoch, seq: 30, recovered: true, snapshot: null });
    const replayed = client.received.slice(1).map((message) => message.seq);
    t.same(
      replayed,
      Array.from({ length: 30 - since.seq }, (_, i) => since.seq + 1 + i),
    );
  }
  t.same(asked(memory), []);
  for (const since of [
    { epoch, seq: 19 },
    { epoch, seq: 0 },
    { epoch, seq: 31 },
    { epoch, seq: Number.MAX_SAFE_INTEGER },
    { epoch: 'of another life', seq: 30 },
    null,
    undefined,
  ]) {
    client.received.length = 0;
    const id = client.request('broker/thread/join', { threadId: 't1', since });
    await settled();
    await answerTurns(memory, { id: 'turn' });
    t.match(client.received, [{ id, result: { epoch, seq: 30, recovered: false, pendingRequests: [] } }]);
    t.equal(client.received.length, 1, 'and nothing of the log');
    t.match(resultOf(client, id).snapshot, { thread: { id: 't1', turns: [{ id: 'turn' }] } });
  }
});

t.test('an unknown, an archived and a deleted thread', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client(V1, 'json');
  for (const [message, reason] of [
    ['no rollout found for thread id x', 'threadNotFound'],
    ['thread not found: x', 'threadNotFound'],
    ['invalid thread id: x', 'threadNotFound'],
    ['thread x is archived', 'threadArchived'],
    ['disk full', 'runtimeFailed'],
  ] as const) {
    const id = client.request('broker/thread/join', { threadId: 'x' });
    await settled();
    t.match(memory.runtime.last('thread/resume').params, { threadId: 'x', excludeTurns: true });
    await refuse(memory, 'thread/resume', message);
    t.match(client.answerTo(id)?.error, { message, data: { reason } });
  }
  t.match(await statusOf(client), { threads: [], connections: [{ threads: [] }] });
});

t.test('one that is deleted while it is joined is loaded again, and that fails', async (t) => {
  const memory = await InMemory.start();
  const { client } = await beside(memory);
  const id = client.request('broker/thread/join', { threadId: 't1' });
  await settled();
  memory.runtime.say({ method: 'thread/deleted', params: { threadId: 't1' } });
  await answerTurns(memory, { id: 'turn' });
  t.equal(client.answerTo(id), undefined);
  await refuse(memory, 'thread/resume', 'no rollout found');
  t.match(client.answerTo(id)?.error?.data, { reason: 'threadNotFound' });
  t.match(await statusOf(client), { threads: [] });
});

t.test('a page of a life of the thread that is over is not taken for one of the next', async (t) => {
  const memory = await InMemory.start();
  const { client } = await beside(memory);
  const id = client.request('broker/thread/join', { threadId: 't1' });
  await settled();
  memory.runtime.say({ method: 'thread/closed', params: { threadId: 't1' } });
  await memory.subscriber('t1');
  await answerTurns(memory, { id: 'old' });
  t.equal(client.answerTo(id), undefined, 'it is asked once more');
  memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
  await settled();
  await answerTurns(memory, { id: 'new' });
  t.match(resultOf(client, id).snapshot, { thread: { turns: [{ id: 'new' }] } });
});

t.test('a thread before its first turn can be joined', async (t) => {
  const memory = await InMemory.start();
  const { client } = await beside(memory);
  for (const message of ['thread t1 is not materialized yet', 'no rollout found']) {
    const id = client.request('broker/thread/join', { threadId: 't1' });
    await settled();
    await refuse(memory, 'thread/turns/list', message);
    t.match(resultOf(client, id), { recovered: false, snapshot: { thread: { turns: [] } } });
  }
});

t.test('a thread that is not loaded is loaded first, and its answer is the base', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client(V1, 'json');
  const id = client.request('broker/thread/join', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/resume', { thread: { id: 't1', turns: [] }, model: 'm', cwd: '/x' });
  await settled();
  t.match(memory.runtime.last('thread/turns/list').params, {
    threadId: 't1',
    limit: SNAPSHOT_TURNS_MAX,
    itemsView: 'full',
  });
  await answerTurns(memory, { id: 'b' }, { id: 'a' });
  t.match(resultOf(client, id), {
    seq: 0,
    snapshot: { model: 'm', cwd: '/x', thread: { id: 't1', turns: [{ id: 'a' }, { id: 'b' }] } },
  });
  memory.runtime.say(delta('t1', 'x'));
  await settled();
  t.match(client.received.at(-1), { log: 't1', seq: 1 });
});

t.test(
  'joins that wait at the same time share one call, and each gets its own place in what follows',
  async (t) => {
    const memory = await InMemory.start();
    const [a, b, c] = [
      await memory.client(V1, 'json'),
      await memory.client(V1, 'msgpack'),
      await memory.client(V1, 'json'),
    ];
    const ids = [a, b, c].map((client) => client.request('broker/thread/join', { threadId: 't1' }));
    await settled();
    memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
    memory.runtime.say(turnStarted(), itemCompleted('while it waits'));
    c.vanish();
    await settled();
    memory.runtime.say(turnCompleted());
    await answerTurns(memory, { id: 'turn', status: 'inProgress' });
    t.same(asked(memory), ['thread/resume', 'thread/turns/list']);
    memory.runtime.say(delta('t1', 'next'));
    await settled();
    for (const [i, client] of [a, b].entries()) {
      const { seq, snapshot } = resultOf(client, ids[i]);
      t.equal(seq, 3);
      t.match(snapshot?.thread.turns, [
        { id: 'turn', status: 'completed', items: [{ text: 'while it waits' }] },
      ]);
      t.match(client.received.at(-1), { log: 't1', seq: 4 });
    }
    t.match(await statusOf(a), { threads: [{ subscribers: 2 }] });
  },
);

t.test('an answer that is no page fails the join', async (t) => {
  const memory = await InMemory.start();
  const { client } = await beside(memory);
  const id = client.request('broker/thread/join', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/turns/list', { odd: true });
  await settled();
  t.match(client.answerTo(id)?.error, { data: { reason: 'runtimeFailed' } });
});

t.test('a join of a joined thread moves the subscription', async (t) => {
  const memory = await InMemory.start();
  const { other } = await beside(memory);
  memory.runtime.say(delta('t1', 'one'), delta('t1', 'two'));
  await settled();
  const { epoch } = (await statusOf(other)).threads[0] ?? {};
  other.received.length = 0;
  t.match(await join(other, { epoch, seq: 1 }), { result: { recovered: true, seq: 2 } });
  memory.runtime.say(delta('t1', 'three'));
  await settled();
  t.same(
    other.received.slice(1).map((message) => message.seq),
    [2, 3],
  );
  t.match(await statusOf(other), { threads: [{ subscribers: 1 }] });
});

t.test('the stock wire has no positions, and no join', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  t.match((await join(client))?.error, { code: -32600, data: { reason: 'wrongWire' } });
});
