import t from 'tap';
import { GRACE_MS } from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import type { MemoryClient } from '../support/in-memory.js';
import { approval, join, resolved, statusOf, turnCompleted, turnStarted } from './events.js';

const V1 = { experimentalApi: true };

/** How often the runtime was asked to let go of t1. */
const unloads = (memory: InMemory): number =>
  memory.runtime.received.filter(({ method }) => method === 'thread/unsubscribe').length;

/** A broker in which somebody was subscribed to t1 and has left; and one who looks on. */
async function left(...said: readonly object[]): Promise<{ memory: InMemory; asker: MemoryClient }> {
  const memory = await InMemory.start();
  const asker = await memory.client(V1, 'json');
  const client = await memory.subscriber('t1', V1, 'json');
  memory.runtime.say(...said);
  await settled();
  client.vanish();
  await settled();
  return { memory, asker };
}

t.test('a thread that nobody watches stays loaded for so long, then the runtime is asked once', async (t) => {
  const { memory, asker } = await left(delta('t1', 'x'));
  memory.advance(GRACE_MS - 1);
  await settled();
  t.equal(unloads(memory), 0);
  t.match(await statusOf(asker), { threads: [{ threadId: 't1', seq: 1 }], memory: { logs: 2 } });
  memory.advance(1);
  await settled();
  t.same(memory.runtime.last('thread/unsubscribe').params, { threadId: 't1' });
  t.match(await statusOf(asker), { threads: [], memory: { bytes: 0, logs: 1 } });
  memory.runtime.answer('thread/unsubscribe', { status: 'unsubscribed' });
  memory.runtime.say({ method: 'thread/closed', params: { threadId: 't1' } }, delta('t1', 'last words'));
  memory.advance(3 * GRACE_MS);
  await settled();
  t.equal(unloads(memory), 1);
  t.same(asker.methods, ['thread/closed']);
});

t.test('the grace of this broker may be another one', async (t) => {
  const memory = await InMemory.within({ graceMs: 1000 });
  const client = await memory.subscriber('t1');
  client.request('thread/unsubscribe', { threadId: 't1' });
  await settled();
  memory.advance(999);
  t.equal(unloads(memory), 0);
  memory.advance(1);
  t.equal(unloads(memory), 1);
});

t.test('who comes back in time finds it as it was, and the time begins anew', async (t) => {
  const { memory, asker } = await left(delta('t1', 'x'));
  const { epoch } = (await statusOf(asker)).threads[0] ?? {};
  memory.advance(GRACE_MS - 1);
  t.match(await join(asker, { epoch, seq: 0 }), { result: { recovered: true, seq: 1 } });
  memory.advance(GRACE_MS);
  t.equal(unloads(memory), 0);
  asker.vanish();
  await settled();
  memory.advance(GRACE_MS - 1);
  t.equal(unloads(memory), 0);
  memory.advance(1);
  t.equal(unloads(memory), 1);
});

t.test('after it the epoch has ended: who comes back loads the thread and gets a snapshot', async (t) => {
  const { memory, asker } = await left(delta('t1', 'x'));
  const { epoch } = (await statusOf(asker)).threads[0] ?? {};
  memory.advance(GRACE_MS);
  const id = asker.request('broker/thread/join', { threadId: 't1', since: { epoch, seq: 1 } });
  await settled();
  memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
  await settled();
  memory.runtime.answer('thread/turns/list', { data: [] });
  await settled();
  const result = asker.answerTo(id)?.result as { epoch: string; seq: number; recovered: boolean };
  t.match(result, { seq: 0, recovered: false });
  t.not(result.epoch, epoch);
});

t.test('not while a turn runs', async (t) => {
  const { memory } = await left(turnStarted());
  memory.advance(2 * GRACE_MS);
  t.equal(unloads(memory), 0);
  memory.runtime.say(turnCompleted());
  memory.advance(GRACE_MS - 1);
  t.equal(unloads(memory), 0);
  memory.advance(1);
  t.equal(unloads(memory), 1);
});

t.test('nor while one runs that began before the broker knew of it', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  client.request('thread/resume', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/resume', { thread: { id: 't1', status: { type: 'active' } } });
  await settled();
  client.vanish();
  await settled();
  memory.advance(2 * GRACE_MS);
  t.equal(unloads(memory), 0);
  memory.runtime.say(turnCompleted());
  memory.advance(GRACE_MS);
  t.equal(unloads(memory), 1);
});

t.test('nor while a request is open', async (t) => {
  const { memory } = await left(approval(0));
  memory.advance(2 * GRACE_MS);
  t.equal(unloads(memory), 0);
  memory.runtime.say(resolved(0));
  memory.advance(GRACE_MS - 1);
  t.equal(unloads(memory), 0);
  memory.advance(1);
  t.equal(unloads(memory), 1);
});

t.test('nor while somebody joins', async (t) => {
  const { memory, asker } = await left();
  asker.request('broker/thread/join', { threadId: 't1' });
  await settled();
  memory.advance(2 * GRACE_MS);
  t.equal(unloads(memory), 0);
  asker.vanish();
  await settled();
  memory.runtime.answer('thread/turns/list', { data: [] });
  await settled();
  memory.advance(GRACE_MS);
  t.equal(unloads(memory), 1, 'it was in vain');
});

t.test('nor while a resume is in flight, or a start that may be about it', async (t) => {
  for (const [method, params] of [
    ['thread/resume', { threadId: 't1' }],
    ['thread/resume', { threadId: 'x', path: '/rollout' }],
    ['thread/fork', { threadId: 't1' }],
  ] as const) {
    const { memory, asker } = await left();
    asker.request(method, params);
    await settled();
    memory.advance(2 * GRACE_MS);
    t.equal(unloads(memory), 0, method);
    memory.runtime.say({ id: memory.runtime.last(method).id, error: { code: -1, message: 'no' } });
    await settled();
    memory.advance(GRACE_MS);
    t.equal(unloads(memory), 1, method);
  }
  const { memory, asker } = await left();
  asker.request('thread/resume', { threadId: 'another' });
  await settled();
  memory.advance(GRACE_MS);
  t.equal(unloads(memory), 1, 'one that is about another thread does not matter');
});

t.test('a client that subscribes and leaves, again and again, is one unload', async (t) => {
  const memory = await InMemory.start();
  for (let i = 0; i < 20; i += 1) {
    const client = await memory.subscriber('t1');
    memory.advance(GRACE_MS / 10);
    client.vanish();
    await settled();
    memory.advance(GRACE_MS / 10);
  }
  t.equal(unloads(memory), 0);
  memory.advance(GRACE_MS);
  t.equal(unloads(memory), 1);
});

t.test('a thread that is gone is not unloaded', async (t) => {
  for (const method of ['thread/closed', 'thread/archived', 'thread/deleted']) {
    const { memory } = await left();
    memory.runtime.say({ method, params: { threadId: 't1' } });
    memory.advance(2 * GRACE_MS);
    t.equal(unloads(memory), 0, method);
  }
});

t.test('over the bytes of all logs an idle one goes early; the thread stays loaded', async (t) => {
  const memory = await InMemory.within({ memoryBytes: 1000 });
  const [asker, client] = [await memory.client(V1, 'json'), await memory.subscriber('t1')];
  memory.runtime.say(delta('t1', 'x'.repeat(500)));
  await settled();
  const { epoch } = (await statusOf(asker)).threads[0] ?? {};
  client.vanish();
  await settled();
  const busy = await memory.subscriber('t2');
  memory.runtime.say(delta('t2', 'x'.repeat(500)));
  await settled();
  t.match(await statusOf(asker), {
    threads: [
      { threadId: 't1', entries: 0 },
      { threadId: 't2', entries: 1 },
    ],
  });
  t.equal(await join(asker, { epoch, seq: 1 }), undefined, 'it has to be loaded for a snapshot');
  t.notOk(busy.closed);
});

for (const [why, said] of [
  ['a turn runs', turnStarted()],
  ['a request is open', approval(0)],
] as const) {
  t.test(`the log of a thread in which ${why} does not go`, async (t) => {
    const memory = await InMemory.within({ memoryBytes: 1000 });
    const [asker, client] = [await memory.client(V1, 'json'), await memory.subscriber('t1')];
    memory.runtime.say(said);
    await settled();
    client.vanish();
    await memory.subscriber('t2');
    for (let i = 0; i < 5; i += 1) {
      memory.runtime.say(delta('t2', 'x'.repeat(500)));
      await settled();
    }
    t.match(await statusOf(asker), {
      threads: [
        { threadId: 't1', entries: 1 },
        { threadId: 't2', entries: 1 },
      ],
    });
    const { epoch } = (await statusOf(asker)).threads[0] ?? {};
    t.match(await join(asker, { epoch, seq: 0 }), { result: { recovered: true, seq: 1 } });
  });
}

t.test('one that went and has grown again may go again', async (t) => {
  const memory = await InMemory.within({ memoryBytes: 1000 });
  const [asker, client] = [await memory.client(), await memory.subscriber('t1')];
  client.vanish();
  await memory.subscriber('t2');
  for (let round = 0; round < 3; round += 1) {
    memory.runtime.say(delta('t1', 'x'.repeat(500)));
    await settled();
    memory.runtime.say(delta('t2', 'x'.repeat(500)));
    await settled();
    t.match(
      await statusOf(asker),
      { threads: [{ threadId: 't1', entries: 0 }, { threadId: 't2' }] },
      `round ${round}`,
    );
  }
});
