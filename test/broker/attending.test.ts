import t from 'tap';
import { SUBSCRIPTIONS_PER_CONNECTION_MAX } from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import { approval, APPROVAL, itemStarted, turnStarted } from './events.js';

/** Requests that subscribe as a side effect: `thread/guardianReview` stands for all of them. */
const REVIEW = 'thread/guardianReview';

t.test('who leaves a thread is not subscribed again by what was still on its way', async (t) => {
  const memory = await InMemory.start();
  const clients = [await memory.subscriber('t1'), await memory.client()];
  for (const client of clients) {
    client.request(REVIEW, { threadId: 't1' });
    const left = client.request('thread/unsubscribe', { threadId: 't1' });
    await settled();
    t.match(client.answerTo(left)?.result, { status: 'unsubscribed' });
    memory.runtime.answer(REVIEW, {});
  }
  memory.runtime.say(delta('t1', 'x'));
  await settled();
  for (const client of clients) t.notOk(client.methods.includes('item/agentMessage/delta'));
});

t.test('a subscriber is not asked again', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  memory.runtime.say(approval(0));
  await settled();
  for (let i = 0; i < 5; i += 1) {
    client.request(REVIEW, { threadId: 't1' });
    await settled();
    memory.runtime.answer(REVIEW, {});
    memory.advance(2_000);
    await settled();
  }
  t.equal(client.requests.length, 1);
  const late = await memory.client();
  late.request(REVIEW, { threadId: 't1' });
  await settled();
  memory.runtime.answer(REVIEW, {});
  await settled();
  t.match(late.requests, [{ method: APPROVAL }], 'who is new there is asked at once');
});

for (const wire of ['stock', 'json'] as const) {
  t.test(`${wire}: of a thread that speaks meanwhile for the first time nothing comes twice`, async (t) => {
    const memory = await InMemory.start();
    const client = await memory.client({ experimentalApi: true }, wire);
    client.request(REVIEW, { threadId: 'new' });
    await settled();
    memory.runtime.say(turnStarted('new'), itemStarted('new'), delta('new', 'a'));
    memory.runtime.answer(REVIEW, {});
    memory.runtime.say(delta('new', 'b'));
    await settled();
    const texts = client.received.flatMap(({ method, params }) =>
      method === 'item/agentMessage/delta' ? [params?.['delta']] : [],
    );
    t.same(texts, ['a', 'b']);
    if (wire === 'stock') return;
    const ofLog = client.received.filter(({ method, log }) => method === 'broker/log/reset' || log === 'new');
    t.match(ofLog[0], { method: 'broker/log/reset', params: { log: 'new', seq: 0 } }, 'the position first');
    t.same(
      ofLog.slice(1).map(({ seq }) => seq),
      [1, 2, 3, 4],
    );
  });
}

t.test('it is for the asker, and for nobody else, where the broker did not know the thread', async (t) => {
  const memory = await InMemory.start();
  const [asker, other] = [await memory.client(), await memory.client()];
  asker.request(REVIEW, { threadId: 'elsewhere' });
  await settled();
  memory.runtime.answer(REVIEW, {});
  memory.runtime.say(delta('elsewhere', 'x'));
  await settled();
  t.ok(asker.methods.includes('item/agentMessage/delta'));
  t.notOk(other.methods.includes('item/agentMessage/delta'));
});

t.test('what has done nothing subscribes nobody', async (t) => {
  const memory = await InMemory.start();
  await memory.subscriber('t1');
  const client = await memory.client();
  for (const message of [
    'Invalid request: missing field `x`',
    'thread not found: t1',
    'thread not loaded: t1',
  ]) {
    client.request(REVIEW, { threadId: 't1' });
    await settled();
    memory.runtime.fail(REVIEW, message);
    const left = client.request('thread/unsubscribe', { threadId: 't1' });
    await settled();
    t.match(client.answerTo(left)?.result, { status: 'notSubscribed' }, message);
  }
});

t.test('one that is subscribed needs no room for one more', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  for (let i = 0; i < SUBSCRIPTIONS_PER_CONNECTION_MAX; i += 1) {
    client.request('thread/resume', { threadId: `t${i}` });
    await settled();
    memory.runtime.answer('thread/resume', { thread: { id: `t${i}` } });
  }
  await settled();
  const over = client.request(REVIEW, { threadId: 'another' });
  const own = client.request(REVIEW, { threadId: 't5' });
  await settled();
  t.match(client.answerTo(over)?.error, { data: { reason: 'overloaded' } });
  memory.runtime.answer(REVIEW, {});
  await settled();
  t.ok(client.answerTo(own)?.result);
});
