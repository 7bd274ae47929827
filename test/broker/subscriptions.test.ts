import t from 'tap';
import { SUBSCRIPTIONS_PER_CONNECTION_MAX } from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import { itemStarted, turnStarted } from './events.js';

for (const method of ['thread/start', 'thread/resume', 'thread/fork']) {
  t.test(`${method} subscribes the asker; what the thread said before the answer follows it`, async (t) => {
    const memory = await InMemory.start();
    const [a, b] = [await memory.client(), await memory.client()];
    const id = a.request(method, { threadId: 'origin' });
    await settled();
    memory.runtime.say({ method: 'mcpServer/startupStatus/updated', params: { threadId: 'new', name: 'm' } });
    memory.runtime.answer(method, { thread: { id: 'new' } });
    memory.runtime.say(delta('new', 'x'));
    await settled();
    const order = a.received.map((message) => message.method ?? 'answer');
    t.same(
      order,
      method === 'thread/resume'
        ? // It names its thread, so another that speaks meanwhile is the runtime's own.
          ['mcpServer/startupStatus/updated', 'answer', 'item/agentMessage/delta']
        : ['answer', 'mcpServer/startupStatus/updated', 'item/agentMessage/delta'],
    );
    t.equal(a.received.find((message) => message.method === undefined)?.id, id);
    t.equal(b.methods.includes('item/agentMessage/delta'), method === 'thread/resume');
  });
}

t.test('what subscribes as a side effect does so whatever the answer is', async (t) => {
  const memory = await InMemory.start();
  await memory.subscriber('t1');
  memory.runtime.say(turnStarted('t1'), itemStarted('t1'), delta('t1', 'so far'));
  const stock = await memory.client();
  stock.request('thread/revert', { threadId: 't1', beforeTurnId: 'none' });
  const json = await memory.client({ experimentalApi: true }, 'json');
  json.request('thread/guardianReview', { threadId: 't1' });
  await settled();
  memory.runtime.fail('thread/revert', 'turn not found');
  memory.runtime.answer('thread/guardianReview', {});
  memory.runtime.say(delta('t1', ', live'));
  await settled();
  const texts = (client: typeof stock): unknown[] =>
    client.received.flatMap(({ method, params }) =>
      method === 'item/agentMessage/delta' ? [params?.['delta']] : [],
    );
  t.same(texts(stock), ['so far', ', live']);
  t.same(texts(json), ['so far', ', live']);
  t.match(
    json.received.find(({ method }) => method === 'broker/log/reset'),
    { params: { log: 't1', seq: 3, reason: 'subscribed' } },
  );
  t.match(json.received.at(-1), { log: 't1', seq: 4 });
  stock.request('thread/guardianReview', { threadId: 'nobody knows it' });
  await settled();
  memory.runtime.fail('thread/guardianReview', 'thread not loaded');
  const left = stock.request('thread/unsubscribe', { threadId: 'nobody-knows-it' });
  await settled();
  t.match(stock.answerTo(left)?.result, { status: 'notLoaded' });
});

t.test('what the runtime cannot read subscribes nobody', async (t) => {
  const memory = await InMemory.start();
  await memory.subscriber('t1');
  const client = await memory.client();
  client.request('thread/realtime/start', { threadId: 't1' });
  await settled();
  memory.runtime.fail('thread/realtime/start', 'Invalid request: missing field `outputModality`');
  const left = client.request('thread/unsubscribe', { threadId: 't1' });
  await settled();
  t.match(client.answerTo(left)?.result, { status: 'notSubscribed' });
});

t.test('what came before the answer is told after it, once, and the answer is as it was', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  const id = client.request('thread/start');
  await settled();
  const said = [turnStarted('new'), itemStarted('new'), delta('new', 'x')];
  memory.runtime.say(...said);
  memory.runtime.answer('thread/start', { thread: { id: 'new' } });
  await settled();
  t.same(client.received, [{ id, result: { thread: { id: 'new' } } }, ...said]);
});

t.test('a resume by path does not know its thread before the answer', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  a.request('thread/resume', { threadId: 'whatever', path: '/a/rollout' });
  await settled();
  memory.runtime.say(delta('t7', 'early'));
  memory.runtime.answer('thread/resume', { thread: { id: 't7' } });
  await settled();
  t.same(
    a.received.map((message) => message.method ?? 'answer'),
    ['answer', 'item/agentMessage/delta'],
  );
  t.same(b.methods, []);
});

t.test('an opening that fails, or an answer without a thread, subscribes nobody', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.client();
  const refused = a.request('thread/resume', { threadId: 't1' });
  await settled();
  memory.runtime.say({
    id: memory.runtime.last('thread/resume').id,
    error: { code: -32600, message: 'no rollout' },
  });
  a.request('thread/start');
  await settled();
  memory.runtime.answer('thread/start', { odd: true });
  await settled();
  memory.runtime.say({ method: 'thread/closed', params: { threadId: 't1' } });
  await settled();
  t.equal(a.answerTo(refused)?.error?.message, 'no rollout');
  t.same(memory.broker.listen, []);
  a.request('broker/status');
  await settled();
  t.match(a.received.at(-1)?.result, { connections: [{ threads: [] }] });
});

t.test('unsubscribe is answered here, and ends one subscription', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.subscriber('t1'), await memory.subscriber('t1')];
  memory.runtime.received.length = 0;
  const ids = ['t1', 't1', 'unknown'].map((threadId) => a.request('thread/unsubscribe', { threadId }));
  await settled();
  t.same(
    ids.map((id) => a.answerTo(id)?.result),
    [{ status: 'unsubscribed' }, { status: 'notSubscribed' }, { status: 'notLoaded' }],
  );
  a.received.length = 0;
  memory.runtime.say(delta('t1', 'x'));
  await settled();
  t.same(a.methods, []);
  t.same(b.methods, ['item/agentMessage/delta']);
  t.same(memory.runtime.received, [], 'b is still subscribed');
});

t.test('the runtime says what is wrong with what cannot be a thread’s id', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  for (const params of [{}, { threadId: 5 }, { threadId: 'no id' }, []]) {
    const id = client.request('thread/unsubscribe', params);
    await settled();
    t.same(memory.runtime.last('thread/unsubscribe').params, params);
    memory.runtime.answer('thread/unsubscribe', 'so it says');
    await settled();
    t.equal(client.answerTo(id)?.result, 'so it says');
  }
});

t.test('but a thread that it has is known by any id, and never unsubscribed for all', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.subscriber('an odd id'), await memory.subscriber('an odd id')];
  memory.runtime.received.length = 0;
  const id = a.request('thread/unsubscribe', { threadId: 'an odd id' });
  await settled();
  t.same(a.answerTo(id)?.result, { status: 'unsubscribed' });
  t.same(memory.runtime.received, []);
  memory.runtime.say(delta('an odd id', 'x'));
  await settled();
  t.equal(b.methods.length, 1);
});

for (const method of ['thread/closed', 'thread/archived', 'thread/deleted']) {
  t.test(`${method} ends all subscriptions, and last words do not look like a new thread’s`, async (t) => {
    const memory = await InMemory.start();
    const [a, b] = [await memory.subscriber('t1'), await memory.client()];
    memory.runtime.say({ method, params: { threadId: 't1' } }, delta('t1', 'last words'));
    await settled();
    t.same(a.methods, [method]);
    t.notOk(b.methods.includes('item/agentMessage/delta'));
    a.request('thread/resume', { threadId: 't1' });
    await settled();
    memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
    memory.runtime.say(delta('t1', 'again'));
    await settled();
    t.equal(a.methods.at(-1), 'item/agentMessage/delta', 'it can be resumed');
  });
}

t.test('one connection can be subscribed to so many threads and no more', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.client();
  for (let i = 0; i < SUBSCRIPTIONS_PER_CONNECTION_MAX; i += 1) {
    a.request('thread/resume', { threadId: `t${i}` });
    await settled();
    memory.runtime.answer('thread/resume', { thread: { id: `t${i}` } });
  }
  const over = a.request('thread/start');
  await settled();
  t.match(a.answerTo(over)?.error, { code: -32001, data: { reason: 'overloaded' } });
  a.request('thread/unsubscribe', { threadId: 't0' });
  a.request('thread/start');
  await settled();
  t.equal(memory.runtime.last('thread/start').method, 'thread/start');
});
