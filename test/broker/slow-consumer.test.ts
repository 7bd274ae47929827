import t from 'tap';
import { close } from '../../protocol/close.js';
import { OUTBOX_BATCH_BYTES, OUTBOX_BYTES_MAX, OUTBOX_FRAMES_MAX } from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';

const MEGABYTE = 'x'.repeat(1024 * 1024);

t.test('a client that does not read is cut with slowConsumer; the others get everything', async (t) => {
  const memory = await InMemory.start();
  const [slow, quick] = [await memory.subscriber('t1'), await memory.subscriber('t1')];
  slow.end.stall();
  const enough = OUTBOX_BYTES_MAX / MEGABYTE.length + 3;
  for (let i = 0; i < enough; i += 1) {
    memory.runtime.say(delta('t1', MEGABYTE));
    await settled();
  }
  t.ok(slow.closed);
  t.equal(quick.received.length, enough);
  memory.runtime.say(delta('t1', 'x'));
  quick.request('broker/status');
  await settled();
  t.match(quick.received.at(-1), {
    result: { counters: { slowConsumers: 1 }, connections: [{ connectionId: 'c2' }] },
  });
});

t.test('small frames are bounded by their number', async (t) => {
  const memory = await InMemory.start();
  const slow = await memory.subscriber('t1');
  slow.end.stall();
  memory.runtime.say(delta('t1', 'x'.repeat(100_000)));
  await settled();
  memory.runtime.say(...Array.from({ length: OUTBOX_FRAMES_MAX }, () => delta('t1', '')));
  await settled();
  t.notOk(slow.closed);
  memory.runtime.say(delta('t1', ''));
  await settled();
  t.ok(slow.closed);
});

t.test('one that is behind and reads again has missed nothing', async (t) => {
  const memory = await InMemory.start();
  const slow = await memory.subscriber('t1');
  slow.end.stall();
  const sent: unknown[] = [];
  for (let i = 0; i < 10; i += 1) {
    const event = delta('t1', `${i} ${MEGABYTE}`);
    sent.push(event);
    memory.runtime.say(event);
    await settled();
  }
  slow.end.resume();
  for (let i = 0; i < 50; i += 1) await settled();
  t.same(slow.received, sent);
  t.notOk(slow.closed);
});

t.test('a large answer does not get its reader cut by what comes behind it', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  client.request('thread/read', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/read', { history: MEGABYTE.repeat(OUTBOX_BYTES_MAX / MEGABYTE.length + 4) });
  await settled();
  memory.runtime.say(delta('t1', 'behind it'));
  for (let i = 0; i < 1000 && client.received.length < 2; i += 1) await settled();
  t.same(client.received.at(-1), delta('t1', 'behind it'));
});

t.test('what is written at one time is bounded', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  client.end.stall();
  const frame = 'x'.repeat(OUTBOX_BATCH_BYTES / 4);
  memory.runtime.say(...Array.from({ length: 12 }, () => delta('t1', frame)));
  client.end.resume();
  for (let i = 0; i < 50; i += 1) await settled();
  t.equal(client.received.length, 12);
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
