import t from 'tap';
import { encodeStock } from '../../protocol/codec.js';
import { close } from '../../protocol/close.js';
import { OUTBOX_BATCH_BYTES, OWN_BYTES_MAX, OWN_FRAMES_MAX } from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import type { MemoryClient } from '../support/in-memory.js';
import { statusOf } from './events.js';

const MEGABYTE = 'x'.repeat(1024 * 1024);
/** More than an in-memory wire takes. */
const FILLING = 'x'.repeat(100_000);

/** Says one event in a turn of work of its own. */
async function say(memory: InMemory, text: string): Promise<void> {
  memory.runtime.say(delta('t1', text));
  await settled();
}

/** A subscriber whose socket is full. */
async function laggard(memory: InMemory): Promise<MemoryClient> {
  const slow = await memory.subscriber('t1');
  slow.end.stall();
  await say(memory, FILLING);
  return slow;
}

/** Has a request of the client answered with a frame of so many bytes. */
async function answerOf(memory: InMemory, client: MemoryClient, bytes: number): Promise<void> {
  const id = client.request('thread/read', { threadId: 't1' });
  await settled();
  const empty = encodeStock({ id, result: '' }).length;
  memory.runtime.answer('thread/read', 'x'.repeat(bytes - empty));
  await settled();
}

/** Reads until nothing more comes. */
async function readAll(client: MemoryClient, messages: number): Promise<void> {
  client.end.resume();
  for (let i = 0; i < 2000 && client.received.length < messages; i += 1) await settled();
}

t.test('one that is behind is cut when the ring drops what it needs, and nobody else notices', async (t) => {
  const memory = await InMemory.within({ ringEntries: 10 });
  const quick = await memory.subscriber('t1');
  const slow = await laggard(memory);
  for (let i = 0; i < 10; i += 1) await say(memory, `${i}`);
  t.notOk(slow.closed, 'the ring holds all ten that it waits for');
  t.match((await statusOf(quick)).connections[1], { lagging: true });
  await say(memory, 'one more');
  t.ok(slow.closed);
  t.equal(quick.received.length, 12);
  t.match(await statusOf(quick), { tallies: { cuts: { fellBehind: 1 } }, connections: [{ lagging: false }] });
});

t.test('the bytes of a ring bound a laggard like its entries do', async (t) => {
  const memory = await InMemory.within({ ringBytes: 1024 * 1024 });
  const slow = await laggard(memory);
  for (let i = 0; i < 10; i += 1) await say(memory, FILLING);
  t.notOk(slow.closed);
  await say(memory, FILLING);
  t.ok(slow.closed);
});

t.test('one that reads in time is never cut, and has missed nothing', async (t) => {
  const memory = await InMemory.start();
  const slow = await memory.subscriber('t1');
  slow.end.stall();
  const texts = Array.from({ length: 10 }, (_, i) => `${i} ${MEGABYTE}`);
  for (const text of texts) await say(memory, text);
  await readAll(slow, texts.length);
  t.same(
    slow.received,
    texts.map((text) => delta('t1', text)),
  );
  t.notOk(slow.closed);
});

t.test('more entries come in one turn of work than a ring holds: whoever reads misses none', async (t) => {
  const memory = await InMemory.within({ ringEntries: 10 });
  const client = await memory.subscriber('t1');
  memory.runtime.say(...Array.from({ length: 1000 }, (_, i) => delta('t1', String(i))));
  await settled();
  t.equal(client.received.length, 1000);
});

t.test('its own frames are bounded by their number', async (t) => {
  const memory = await InMemory.start();
  const slow = await laggard(memory);
  slow.request('command/exec', { processId: 'p' });
  await settled();
  const params = memory.runtime.last('command/exec').params ?? {};
  const output = { method: 'command/exec/outputDelta', params };
  memory.runtime.say(...Array.from({ length: OWN_FRAMES_MAX }, () => output));
  await settled();
  t.notOk(slow.closed);
  memory.runtime.say(output);
  await settled();
  t.ok(slow.closed);
});

t.test('they are bounded by their bytes behind the first: an answer of any size cuts nobody', async (t) => {
  const memory = await InMemory.start();
  const slow = await laggard(memory);
  await answerOf(memory, slow, OWN_BYTES_MAX + MEGABYTE.length);
  await answerOf(memory, slow, OWN_BYTES_MAX / 2);
  await answerOf(memory, slow, OWN_BYTES_MAX / 2);
  t.notOk(slow.closed);
  await answerOf(memory, slow, 100);
  t.ok(slow.closed);
});

t.test('nor does a large answer get its reader cut by what comes behind it', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  await answerOf(memory, client, OWN_BYTES_MAX + MEGABYTE.length);
  await say(memory, 'behind it');
  await readAll(client, 2);
  t.same(client.received.at(-1), delta('t1', 'behind it'));
});

t.test('one that reads nothing for stallMs is cut, however little there is to read', async (t) => {
  const memory = await InMemory.within({ stallMs: 1000 });
  const slow = await laggard(memory);
  memory.advance(999);
  await settled();
  t.notOk(slow.closed);
  memory.advance(1);
  await settled();
  t.ok(slow.closed);
});

t.test('one that has read all in the end is left alone', async (t) => {
  const memory = await InMemory.within({ stallMs: 1000 });
  const slow = await laggard(memory);
  memory.advance(900);
  await readAll(slow, 1);
  memory.advance(10_000);
  await settled();
  t.notOk(slow.closed);
});

t.test('one that reads a little now and then is not', async (t) => {
  const memory = await InMemory.within({ stallMs: 1000 });
  const [slow, quick] = [await memory.subscriber('t1'), await memory.client()];
  slow.end.stall();
  memory.runtime.say(...Array.from({ length: 10 }, () => delta('t1', FILLING)));
  await settled();
  for (let read = 1; read <= 5; read += 1) {
    memory.advance(900);
    slow.end.resume();
    await Promise.resolve();
    slow.end.stall();
    await settled();
    t.equal(slow.received.length, read);
  }
  t.match(await statusOf(quick), { connections: [{ lagging: true }, {}] });
  // A quarter of it more: so often it is looked.
  memory.advance(1250);
  await settled();
  t.ok(slow.closed, 'until it stops');
});

t.test('what is written at one time is bounded', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  client.end.stall();
  const frame = 'x'.repeat(OUTBOX_BATCH_BYTES / 4);
  memory.runtime.say(...Array.from({ length: 12 }, () => delta('t1', frame)));
  await settled();
  await readAll(client, 12);
  t.equal(client.received.length, 12);
});

t.test('who comes back learns why it was cut, and what it had not read', async (t) => {
  const memory = await InMemory.within({ stallMs: 1000 });
  const slow = await memory.client({ experimentalApi: true }, 'json');
  const { connections } = await statusOf(slow);
  slow.end.stall();
  await answerOf(memory, slow, MEGABYTE.length);
  memory.advance(1000);
  await settled();
  const again = await memory.greeted({ previousConnectionId: connections[0]?.connectionId }, 'json');
  const { previous } = again.threadcast;
  t.match(previous, { reason: close.slowConsumer.reason, at: '1970-01-01T00:00:01.000Z' });
  t.ok((previous?.pendingBytes ?? 0) > MEGABYTE.length / 2);
});

t.test('messages written before a close arrive before it', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  memory.runtime.say(delta('t1', 'last'));
  await memory.broker.stop();
  await settled();
  t.same(client.received, [delta('t1', 'last')]);
  t.same(client.end.peerReason, close.shutdown);
});
