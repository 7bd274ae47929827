import { pino } from 'pino';
import t from 'tap';
import { RuntimeHold } from '../../broker/connection/runtime-hold.js';
import type { Outbox } from '../../broker/connection/outbox.js';
import { HOLD_HIGH_BYTES, HOLD_LOW_BYTES, OWN_BYTES_MAX } from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import { statusOf } from './events.js';
import { HandTransport } from './hand-transport.js';

const MEGABYTE = 'x'.repeat(1024 * 1024);

interface Marks {
  readonly hold: RuntimeHold;
  readonly link: { paused: boolean; calls: number };
  readonly advance: (ms: number) => void;
}

function marks(): Marks {
  const link = { paused: false, calls: 0 };
  const set = (paused: boolean) => (): void => {
    link.paused = paused;
    link.calls += 1;
  };
  let now = 0;
  const clock = { now: () => now, after: () => () => {} };
  const hold = new RuntimeHold({ pause: set(true), resume: set(false) }, clock, pino({ level: 'silent' }));
  return { hold, link, advance: (ms) => (now += ms) };
}

const queue = (queuedBytes: number): Outbox => ({ id: 'c1', queuedBytes }) as Outbox;

t.test('the runtime waits from one mark to the other', async (t) => {
  const { hold, link, advance } = marks();
  const client = queue(0) as { queuedBytes: number } & Outbox;
  for (const [bytes, paused] of [
    [HOLD_HIGH_BYTES, false],
    [HOLD_HIGH_BYTES + 1, true],
    [HOLD_HIGH_BYTES, true],
    [HOLD_LOW_BYTES, true],
    [HOLD_LOW_BYTES - 1, false],
    [HOLD_HIGH_BYTES, false],
  ] as const) {
    Object.assign(client, { queuedBytes: bytes });
    hold.changed(client);
    advance(10);
    t.equal(link.paused, paused, `${bytes} bytes`);
    t.equal(hold.heldFor(client) !== null, paused);
  }
  t.equal(link.calls, 2);
});

t.test('it waits for the last of those that hold it, and each has its own time', async (t) => {
  const { hold, link, advance } = marks();
  const [a, b] = [queue(HOLD_HIGH_BYTES + 1), queue(HOLD_HIGH_BYTES + 1)];
  hold.changed(a);
  advance(100);
  hold.changed(b);
  advance(10);
  t.same([hold.heldFor(a), hold.heldFor(b), hold.heldFor(queue(0))], [110, 10, null]);
  Object.assign(a, { queuedBytes: 0 });
  hold.changed(a);
  t.equal(link.paused, true);
  Object.assign(b, { queuedBytes: 0 });
  hold.changed(b);
  t.equal(link.paused, false);
  t.equal(link.calls, 2);
});

/** A stdio client that is subscribed to t1 and does not read, and somebody else. */
async function stalled(): Promise<{
  memory: InMemory;
  stdio: HandTransport;
  other: Awaited<ReturnType<InMemory['client']>>;
}> {
  const memory = await InMemory.within({ stallMs: 1000, ringEntries: 10 });
  const stdio = await new HandTransport('stdio').attach(memory.broker);
  stdio.request('thread/resume', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
  await settled();
  stdio.frames.length = 0;
  stdio.stalled = true;
  return { memory, stdio, other: await memory.subscriber('t1') };
}

t.test(
  'a stdio client that does not read makes the runtime wait, and status says who and for how long',
  async (t) => {
    const { memory, stdio, other } = await stalled();
    memory.runtime.say(delta('t1', MEGABYTE.slice(2000)));
    await settled();
    t.equal(memory.runtime.paused, false);
    memory.runtime.say(delta('t1', 'x'.repeat(2000)));
    await settled();
    t.equal(memory.runtime.paused, true);
    memory.advance(5_000);
    const [who] = (await statusOf(other)).connections;
    t.match(await statusOf(other), {
      runtime: { heldUpBy: [{ connectionId: who?.connectionId, ms: 5000 }] },
    });
    t.equal(other.received.length, 2, 'what was read before is everyone’s');
    stdio.drain();
    await settled();
    t.equal(memory.runtime.paused, false);
    t.same((await statusOf(other)).runtime.heldUpBy, []);
  },
);

t.test('it is never cut and loses nothing, however long it takes and however much there is', async (t) => {
  const { memory, stdio } = await stalled();
  for (let i = 0; i < 100; i += 1) {
    memory.runtime.say(delta('t1', `${i} ${MEGABYTE}`));
    await settled();
  }
  memory.advance(600_000);
  await settled();
  t.equal(stdio.reason, null);
  t.ok(stdio.pendingBytes > OWN_BYTES_MAX);
  stdio.drain();
  await settled();
  t.equal(stdio.frames.length, 100);
  t.ok(stdio.frames.every((frame, i) => Buffer.from(frame).includes(`"delta":"${i} x`)));
});

t.test('when it goes the runtime goes on', async (t) => {
  const { memory, stdio, other } = await stalled();
  memory.runtime.say(delta('t1', MEGABYTE.repeat(2)));
  await settled();
  t.equal(memory.runtime.paused, true);
  stdio.pendingBytes = 0;
  stdio.end();
  await settled();
  t.equal(memory.runtime.paused, false);
  t.same((await statusOf(other)).runtime.heldUpBy, []);
});

t.test('a runtime that is started again waits too', async (t) => {
  const { memory, stdio } = await stalled();
  memory.runtime.say(delta('t1', MEGABYTE.repeat(2)));
  await settled();
  memory.runtime.exit();
  memory.runtime.paused = false;
  memory.advance(250);
  t.equal(memory.runtime.starts, 2);
  t.equal(memory.runtime.paused, true);
  stdio.drain();
  await settled();
  t.equal(memory.runtime.paused, false);
});

t.test('a WebSocket never makes anybody wait', async (t) => {
  const memory = await InMemory.start();
  const slow = await memory.subscriber('t1');
  slow.end.stall();
  for (let i = 0; i < 5; i += 1) {
    memory.runtime.say(delta('t1', MEGABYTE));
    await settled();
  }
  t.equal(memory.runtime.paused, false);
});
