import t from 'tap';
import { encodeStock } from '../../protocol/codec.js';
import {
  REQUESTS_PER_CONNECTION_MAX,
  SNAPSHOT_BYTES_MAX,
  SNAPSHOT_TURNS_MAX,
  SUBSCRIPTIONS_PER_CONNECTION_MAX,
} from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import { join, statusOf } from './events.js';
import { answerTurns, asked, beside, resultOf, V1 } from './joining.js';

const RING_BYTES = 4 * 1024 * 1024;

t.test('a page that is too large is asked for again, smaller, and the last is taken as it is', async (t) => {
  const memory = await InMemory.start();
  const { client } = await beside(memory);
  const id = client.request('broker/thread/join', { threadId: 't1' });
  await settled();
  const large = { id: 'turn', items: [{ id: 'item', text: 'x'.repeat(SNAPSHOT_BYTES_MAX) }] };
  const pages: unknown[] = [];
  for (let page = 0; page < 4; page += 1) {
    t.equal(client.answerTo(id), undefined);
    const { limit, itemsView } = memory.runtime.last('thread/turns/list').params ?? {};
    pages.push([limit, itemsView]);
    await answerTurns(memory, large);
  }
  t.same(pages, [
    [SNAPSHOT_TURNS_MAX, 'full'],
    [5, 'full'],
    [1, 'full'],
    [1, 'summary'],
  ]);
  for (let i = 0; i < 1000 && client.answerTo(id) === undefined; i += 1) await settled();
  t.match(resultOf(client, id).snapshot?.thread.turns, [{ id: 'turn' }]);
});

t.test('a page is as large as it may be, or a byte more', async (t) => {
  const memory = await InMemory.start();
  const { client } = await beside(memory);
  for (const [bytes, calls] of [
    [SNAPSHOT_BYTES_MAX, 1],
    [SNAPSHOT_BYTES_MAX + 1, 2],
  ] as const) {
    memory.runtime.received.length = 0;
    client.request('broker/thread/join', { threadId: 't1' });
    await settled();
    const { id } = memory.runtime.last('thread/turns/list');
    const page = (pad: string): object => ({ id, result: { data: [{ id: 'turn', pad }], nextCursor: null } });
    const empty = encodeStock(page('')).length;
    memory.runtime.say(page('x'.repeat(bytes - empty)));
    await settled();
    t.equal(asked(memory).length, calls, `${bytes} bytes`);
    if (calls > 1) await answerTurns(memory);
  }
});

t.test(
  'an answer that is over the limit of a line is asked for smaller, too, and given up in the end',
  async (t) => {
    const memory = await InMemory.start();
    const { client } = await beside(memory);
    const id = client.request('broker/thread/join', { threadId: 't1' });
    await settled();
    const tooLong = async (): Promise<void> => {
      const head = `{"id":${String(memory.runtime.last('thread/turns/list').id)},"result":{"data":[`;
      memory.runtime.events.lineTooLong(70_000_000, Buffer.from(head));
      await settled();
    };
    for (let page = 1; page <= 4; page += 1) {
      t.equal(asked(memory).length, page);
      await tooLong();
    }
    t.match(client.answerTo(id)?.error, { data: { reason: 'tooLarge' } });
    const next = client.request('broker/thread/join', { threadId: 't1' });
    await settled();
    await tooLong();
    await answerTurns(memory);
    t.ok(client.answerTo(next)?.result, 'the next one is another one');
  },
);

t.test('thousands of joins in a loop: each is answered, and no more wait than may', async (t) => {
  const memory = await InMemory.start();
  const { client } = await beside(memory);
  const { epoch } = (await statusOf(client)).threads[0] ?? {};
  for (let i = 0; i < 3000; i += 1)
    client.request('broker/thread/join', { threadId: 't1', since: { epoch, seq: 0 } });
  await settled();
  t.equal(client.received.filter(({ result }) => result !== undefined).length, 3000);
  client.received.length = 0;
  for (let i = 0; i < 3000; i += 1) client.request('broker/thread/join', { threadId: 't1' });
  await settled();
  const refused = client.received.filter(({ error }) => error?.data?.reason === 'overloaded');
  t.equal(refused.length, 3000 - REQUESTS_PER_CONNECTION_MAX);
  t.same(asked(memory), ['thread/turns/list']);
  await answerTurns(memory);
  t.equal(client.received.length, 3000);
  t.match(await statusOf(client), { threads: [{ subscribers: 2 }] });
  const next = client.request('broker/thread/join', { threadId: 't1' });
  await settled();
  await answerTurns(memory);
  t.ok(client.answerTo(next)?.result, 'and there is room again');
});

t.test('one that joins and never reads is cut in time, whatever it asks for', async (t) => {
  const memory = await InMemory.within({ stallMs: 1000, ringBytes: RING_BYTES });
  const { client, other } = await beside(memory);
  for (let i = 0; i < 10; i += 1) memory.runtime.say(delta('t1', 'x'.repeat(100_000)));
  await settled();
  const { epoch } = (await statusOf(other)).threads[0] ?? {};
  client.end.stall();
  for (let i = 0; i < 500; i += 1)
    client.request('broker/thread/join', { threadId: 't1', since: { epoch, seq: 0 } });
  await settled();
  t.notOk(client.closed);
  const { connections, memory: held } = await statusOf(other);
  t.ok((connections[1]?.pendingBytes ?? 0) < 2 * RING_BYTES, `${connections[1]?.pendingBytes} bytes for it`);
  t.match(connections[1], { lagging: true });
  t.ok(held.bytes <= RING_BYTES, `${held.bytes} bytes in the logs`);
  memory.advance(1000);
  await settled();
  t.ok(client.closed);
  t.match(await statusOf(other), { threads: [{ subscribers: 1 }] });
});

t.test('frames that are made for a replay take no log over its bytes', async (t) => {
  const memory = await InMemory.within({ ringBytes: RING_BYTES });
  const stock = await memory.subscriber('t1');
  for (let i = 0; i < 40; i += 1) memory.runtime.say(delta('t1', 'x'.repeat(RING_BYTES / 50)));
  await settled();
  const { epoch } = (await statusOf(stock)).threads[0] ?? {};
  for (const wire of ['json', 'msgpack'] as const) {
    const client = await memory.client(V1, wire);
    t.match(await join(client, { epoch, seq: 0 }), { result: { recovered: true } });
    for (let i = 0; i < 1000 && client.received.length < 41; i += 1) await settled();
    t.equal(client.received.length, 41);
    const [thread] = (await statusOf(stock)).threads;
    t.ok((thread?.bytes ?? Infinity) <= RING_BYTES, `${wire}: ${thread?.bytes} of ${RING_BYTES} bytes`);
  }
});

t.test('a join counts among the subscriptions of its client', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client(V1, 'json');
  for (let i = 0; i < SUBSCRIPTIONS_PER_CONNECTION_MAX; i += 1) {
    client.request('thread/resume', { threadId: `t${i}` });
    await settled();
    memory.runtime.answer('thread/resume', { thread: { id: `t${i}` } });
  }
  const over = client.request('broker/thread/join', { threadId: 'one more' });
  await settled();
  memory.runtime.answer('thread/resume', { thread: { id: 'one more' } });
  await settled();
  await answerTurns(memory);
  t.match(client.answerTo(over)?.error?.data, { reason: 'overloaded' });
  const known = client.request('broker/thread/join', { threadId: 't0' });
  await settled();
  await answerTurns(memory);
  t.ok(client.answerTo(known)?.result, 'one that is joined already is no more');
});
