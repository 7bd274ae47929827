import t from 'tap';
import { delta, InMemory, settled } from '../support/in-memory.js';
import { itemCompleted, itemStarted, turnCompleted, turnStarted } from './events.js';

/** Of a thread, of nothing, with members that are not known either. */
const news = {
  ofThread: { method: 'turn/sparkled', params: { threadId: 't1', brightness: 5 }, emittedAtMs: 1 },
  ofNothing: { method: 'server/sparkled', params: { everywhere: true }, emittedAtMs: 2 },
  withMore: {
    method: 'item/agentMessage/delta',
    params: { threadId: 't1', turnId: 'turn', itemId: 'item', delta: 'x', tone: { kind: 'calm' } },
    trace: '00-1',
    emittedAtMs: 3,
  },
};

t.test('a runtime newer than the table: what it says goes where it says', async (t) => {
  const memory = await InMemory.start();
  const [subscriber, other] = [await memory.subscriber('t1'), await memory.client()];
  memory.runtime.say(turnStarted(), itemStarted(), news.ofThread, news.ofNothing, news.withMore);
  await settled();
  t.same(subscriber.received.slice(-3), [news.ofThread, news.ofNothing, news.withMore]);
  t.same(other.received, [news.ofNothing]);
});

t.test('a runtime newer than the table: what it asks is put to all who may decide', async (t) => {
  const memory = await InMemory.start();
  const [a, b, other] = [await memory.subscriber('t1'), await memory.subscriber('t1'), await memory.client()];
  memory.runtime.say({ id: 0, method: 'item/mood/ask', params: { threadId: 't1', question: '?' } });
  await settled();
  t.match(
    [a, b].map(({ requests }) => requests),
    [[{ method: 'item/mood/ask' }], [{ method: 'item/mood/ask' }]],
  );
  t.same(other.requests, []);
  b.answer(b.requests[0]?.id, { mood: 'good' });
  await settled();
  t.same(memory.runtime.received.at(-1), { id: 0, result: { mood: 'good' } });
});

t.test('a runtime newer than the table: what clients ask of it is passed on and answered', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  const id = a.request('thread/sparkle', { threadId: 't1', more: [1, 2.5e10] });
  await settled();
  t.same(memory.runtime.last('thread/sparkle').params, { threadId: 't1', more: [1, 2.5e10] });
  memory.runtime.answer('thread/sparkle', { sparkled: true });
  await settled();
  t.same(a.received, [{ id, result: { sparkled: true } }]);
  t.same(b.received, []);
});

t.test('a runtime older than the table refuses in its own words', async (t) => {
  const memory = await InMemory.start();
  const [stock, json] = [
    await memory.subscriber('t1'),
    await memory.client({ experimentalApi: true }, 'json'),
  ];
  const words = 'Invalid request: unknown variant `thread/turns/list`';
  const page = stock.request('thread/turns/list', { threadId: 't1' });
  await settled();
  memory.runtime.fail('thread/turns/list', words);
  const join = json.request('broker/thread/join', { threadId: 't1' });
  await settled();
  memory.runtime.fail('thread/turns/list', words);
  await settled();
  t.same(stock.answerTo(page)?.error, { code: -32600, message: words });
  t.match(json.answerTo(join)?.error, { message: words, data: { reason: 'runtimeFailed' } });
  memory.runtime.say(delta('t1', 'goes on'));
  await settled();
  t.same(stock.received.at(-1), delta('t1', 'goes on'));
  t.notOk(json.methods.includes('item/agentMessage/delta'), 'who has no snapshot is not subscribed');
});

t.test('a runtime older than the table: lines without a time are as good', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  const timeless = { method: 'item/agentMessage/delta', params: { threadId: 't1', delta: 'x' } };
  memory.runtime.say(timeless);
  await settled();
  t.same(client.received, [timeless]);
});

t.test('a method that was renamed: everybody has all that is said, and the item as it ends', async (t) => {
  const memory = await InMemory.start();
  const early = await memory.subscriber('t1');
  const renamed = { ...delta('t1', 'so far'), method: 'item/agent/words' };
  memory.runtime.say(turnStarted(), itemStarted(), renamed);
  const late = await memory.subscriber('t1');
  memory.runtime.say(renamed, itemCompleted('so far, so far'), { ...turnCompleted(), method: 'turn/over' });
  await settled();
  const methods = ['item/agent/words', 'item/completed', 'turn/over'];
  t.same(early.methods.slice(-4), ['item/agent/words', ...methods]);
  t.same(late.methods.slice(-3), methods, 'only what was said before is not filled in');
});

t.test('a field of another type hurts nobody', async (t) => {
  const memory = await InMemory.start();
  const [client, bystander] = [await memory.subscriber('t1'), await memory.subscriber('t2')];
  memory.runtime.say(
    { method: 'turn/started', params: { threadId: 't1', turn: { id: 7, status: 3 } } },
    { method: 'item/started', params: { threadId: 't1', turnId: 7, item: { id: ['a'] } } },
    { method: 'item/agentMessage/delta', params: { threadId: 't1', turnId: 7, itemId: {}, delta: ['x'] } },
    { method: 'thread/status/changed', params: { threadId: 't1', status: 'idle' } },
    { method: 'thread/name/updated', params: { threadId: { id: 't1' }, threadName: 5 } },
    { method: 'item/completed', params: { threadId: ['t1'], item: null } },
    { method: 'fs/changed', params: { watchId: 5 } },
    { method: 'serverRequest/resolved', params: { threadId: 5, requestId: ['x'] } },
  );
  memory.runtime.say({ id: 1, method: 'item/tool/call', params: { threadId: 5 } });
  memory.runtime.say(delta('t2', 'unhurt'));
  const id = client.request('thread/read', { threadId: 5, includeTurns: 'yes' });
  await settled();
  memory.runtime.answer('thread/read', ['not', 'an', 'object']);
  await settled();
  t.same(bystander.received.at(-1), delta('t2', 'unhurt'));
  t.same(client.answerTo(id)?.result, ['not', 'an', 'object']);
  t.ok(client.methods.includes('turn/started'), 'what names its thread is for its subscribers');
});
