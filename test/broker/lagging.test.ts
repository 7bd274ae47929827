import fc from 'fast-check';
import t from 'tap';
import { OUTBOX_BATCH_BYTES } from '../../protocol/limits.js';
import { statusResult } from '../../protocol/schemas.js';
import type { Wire } from '../../protocol/wires.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import type { Message } from '../support/in-memory.js';
import { statusOf } from './events.js';
import { HandTransport } from './hand-transport.js';

const THREADS = ['t1', 't2', 't3'];

/** A client on a wire by hand, subscribed to all threads, with a command that it runs. */
async function attached(memory: InMemory, wire: Wire = 'stock'): Promise<HandTransport> {
  const client = await new HandTransport('websocket', wire).attach(memory.broker);
  for (const threadId of THREADS) {
    client.request('thread/resume', { threadId });
    await settled();
    memory.runtime.answer('thread/resume', { thread: { id: threadId } });
  }
  client.request('command/exec', { processId: 'p' });
  await settled();
  client.frames.length = 0;
  return client;
}

const parsed = ({ frames }: HandTransport): Message[] =>
  frames.map((frame) => JSON.parse(Buffer.from(frame).toString('utf8')) as Message);

/** The numbers that the events carry, in the order in which they came. */
const numbers = (client: HandTransport): number[] =>
  parsed(client).map(({ params }) => Number(params?.['delta'] ?? params?.['n']));

/** Says the next event in one of the logs, or of the client's own stream. */
function speaker(memory: InMemory): (where: number, pad?: string) => void {
  const { processId } = memory.runtime.last('command/exec').params ?? {};
  let last = 0;
  return (where, pad = '') => {
    last += 1;
    const threadId = THREADS[where];
    if (threadId !== undefined) memory.runtime.say({ ...delta(threadId, String(last)), pad });
    else if (where === THREADS.length) memory.runtime.say({ method: 'brand/new', params: { n: last }, pad });
    else memory.runtime.say({ method: 'command/exec/outputDelta', params: { processId, n: last }, pad });
  };
}

type Step = { readonly say: number } | { readonly does: 'settle' | 'drain' | 'drainFull' | 'stall' };

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ say: fc.nat(THREADS.length + 1) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('settle', 'drain', 'drainFull', 'stall') }) },
);

t.test('order is that of the runtime, across logs and own frames, whatever stalls in between', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array<Step>(step, { maxLength: 80 }), async (steps) => {
      const memory = await InMemory.start();
      const client = await attached(memory);
      const say = speaker(memory);
      let said = 0;
      for (const one of steps) {
        if ('say' in one) {
          say(one.say);
          said += 1;
        } else if (one.does === 'settle') await settled();
        else if (one.does === 'stall') client.stalled = true;
        else if (client.pendingBytes > 0) {
          // A socket drains in a turn of work of its own: what was said before that has been told by then.
          await Promise.resolve();
          client.drain(one.does === 'drainFull');
        }
      }
      await settled();
      while (client.pendingBytes > 0) client.drain();
      return t.same(
        numbers(client),
        Array.from({ length: said }, (_, i) => i + 1),
      );
    }),
    { numRuns: 150 },
  );
});

t.test('so it is when what waits takes many batches', async (t) => {
  const memory = await InMemory.start();
  const client = await attached(memory);
  const say = speaker(memory);
  client.stalled = true;
  say(0);
  await settled();
  for (let i = 0; i < 60; i += 1) say((i * 7) % 5, 'x'.repeat(OUTBOX_BATCH_BYTES / 10));
  await settled();
  t.equal(client.frames.length, 1, 'nothing is written while its socket is full');
  let drains = 0;
  for (; client.pendingBytes > 0; drains += 1) client.drain(true);
  t.ok(drains > 5, `${drains} batches`);
  t.same(
    numbers(client),
    Array.from({ length: 61 }, (_, i) => i + 1),
  );
});

t.test('an own frame stands where it was made, also between the entries of one log', async (t) => {
  const memory = await InMemory.start();
  const client = await attached(memory, 'json');
  client.stalled = true;
  const say = speaker(memory);
  say(0);
  await settled();
  say(0);
  client.request('thread/unsubscribe', { threadId: 't2' });
  say(0);
  say(1);
  await settled();
  client.drain();
  t.match(parsed(client), [
    { log: 't1', seq: 1 },
    { log: 't1', seq: 2 },
    { result: { status: 'unsubscribed' } },
    { log: 't1', seq: 3 },
  ]);
  t.equal(client.frames.length, 4, 'and nothing of what it has left');
});

t.test('who unsubscribes while it lags still gets what was said before', async (t) => {
  const memory = await InMemory.start();
  const client = await attached(memory);
  client.stalled = true;
  const say = speaker(memory);
  say(0);
  await settled();
  say(1);
  say(0);
  client.request('thread/unsubscribe', { threadId: 't1' });
  say(0);
  say(1);
  memory.runtime.say({ method: 'thread/closed', params: { threadId: 't2' } });
  say(2);
  await settled();
  client.drain();
  t.same(
    parsed(client).map((one) => one.params?.['delta'] ?? one.method ?? 'answer'),
    ['1', '2', '3', 'answer', '5', 'thread/closed', '6'],
  );
});

t.test('a join moves the subscription of one that lags: nothing twice, nothing lost', async (t) => {
  const memory = await InMemory.start();
  const client = await attached(memory, 'json');
  const other = await memory.client();
  client.stalled = true;
  const say = speaker(memory);
  say(0);
  await settled();
  say(0);
  say(1);
  await settled();
  const { epoch } = (await statusOf(other)).threads[0] ?? {};
  client.request('broker/thread/join', { threadId: 't1', since: { epoch, seq: 1 } });
  say(0);
  await settled();
  client.drain();
  t.same(
    parsed(client).map(({ log, seq }) => (log === undefined ? 'answer' : `${log} ${seq}`)),
    ['t1 1', 't2 1', 'answer', 't1 2', 't1 3'],
  );
});

t.test('status tells who lags, and by how much', async (t) => {
  const memory = await InMemory.start();
  const client = await attached(memory);
  const other = await memory.client();
  client.stalled = true;
  const say = speaker(memory);
  say(0, 'x'.repeat(1000));
  await settled();
  say(0, 'x'.repeat(1000));
  say(4, 'x'.repeat(1000));
  await settled();
  const [lagging] = statusResult.parse(await statusOf(other)).connections;
  t.match(lagging, { lagging: true, wire: 'stock', threads: THREADS });
  t.ok((lagging?.pendingBytes ?? 0) > 3000, `${lagging?.pendingBytes} bytes`);
  client.drain();
  await settled();
  t.match((await statusOf(other)).connections[0], { lagging: false, pendingBytes: 0 });
});

t.test('the others get the same writes, lagging ones or not', async (t) => {
  const writes: unknown[] = [];
  for (const laggards of [0, 5]) {
    const memory = await InMemory.start();
    const slow: HandTransport[] = [];
    for (let i = 0; i < 5; i += 1) slow.push(await attached(memory));
    const quick = await attached(memory);
    const say = speaker(memory);
    for (const client of slow.slice(0, laggards)) client.stalled = true;
    say(0);
    await settled();
    const before = (await statusOf(await memory.client())).counters;
    for (let i = 0; i < 20; i += 1) {
      say(0);
      say(1);
      await settled();
    }
    const { counters } = await statusOf(await memory.client());
    t.equal(quick.frames.length, 41);
    writes.push([
      (counters['writes'] ?? 0) - (before['writes'] ?? 0) + laggards * 20,
      counters['eventsParsed'],
    ]);
  }
  t.same(writes[0], writes[1]);
});
