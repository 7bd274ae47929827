import t from 'tap';
import { SAID_AGAIN_MS_MAX } from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import type { MemoryClient, Message } from '../support/in-memory.js';
import { APPROVAL, approval, join, OBSERVER, resolved, statusOf } from './events.js';

const HUMAN = { experimentalApi: true, requiredHumanApproval: true };

const answersTo = (memory: InMemory): Message[] =>
  memory.runtime.received.filter(({ method }) => method === undefined);

/** Where t1 stands. */
async function position(client: MemoryClient): Promise<object> {
  const { epoch, seq } = (await statusOf(client)).threads[0] ?? {};
  return { epoch, seq };
}

t.test('who answered, and how, is told on v1; on the stock wire only that it is over', async (t) => {
  const memory = await InMemory.start();
  const stock = await memory.subscriber('t1');
  const [json, msgpack] = [
    await memory.subscriber('t1', HUMAN, 'json'),
    await memory.subscriber('t1', HUMAN, 'msgpack'),
  ];
  const [, second] = (await statusOf(stock)).connections;
  memory.runtime.say(approval(7));
  await settled();
  const id = stock.requests[0]?.id;
  json.answer(id, { decision: 'accept' });
  await settled();
  memory.runtime.say(resolved(7));
  await settled();
  const by = { connectionId: second?.connectionId, clientName: 'test' };
  for (const client of [json, msgpack])
    t.same(client.received.at(-1), {
      log: 't1',
      seq: 2,
      method: 'serverRequest/resolved',
      params: { threadId: 't1', requestId: id, by, outcome: 'answered' },
    });
  t.same(stock.received.at(-1), {
    method: 'serverRequest/resolved',
    params: { threadId: 't1', requestId: id },
  });
});

t.test('an answer that comes too late changes nothing; on v1 its sender is told what did', async (t) => {
  const memory = await InMemory.start();
  const [stock, json, late] = [
    await memory.subscriber('t1'),
    await memory.subscriber('t1', HUMAN, 'json'),
    await memory.subscriber('t1', HUMAN, 'msgpack'),
  ];
  memory.runtime.say(approval(0));
  await settled();
  const id = stock.requests[0]?.id;
  json.answer(id, { decision: 'accept' });
  late.answer(id, { decision: 'decline' });
  stock.answer(id, { decision: 'decline' });
  await settled();
  const told = {
    method: 'broker/request/alreadyResolved',
    params: { requestId: id, outcome: 'answered', by: { clientName: 'test' } },
  };
  t.match(late.received.at(-1), told);
  t.equal(late.received.at(-1)?.log, undefined);
  memory.runtime.say(resolved(0));
  await settled();
  late.answerError(id);
  await settled();
  t.match(late.received.at(-1), told, 'also when the runtime has resolved it');
  t.same(stock.methods, [APPROVAL, 'serverRequest/resolved']);
  t.equal(answersTo(memory).length, 1);
});

t.test('nobody who was never asked is told anything of it', async (t) => {
  const memory = await InMemory.start();
  const asked = await memory.subscriber('t1');
  const [outsider, observer] = [
    await memory.client(HUMAN, 'json'),
    await memory.subscriber('t1', OBSERVER, 'json'),
  ];
  memory.runtime.say(approval(0));
  await settled();
  const id = asked.requests[0]?.id;
  observer.received.length = 0;
  const strays = async (): Promise<number | undefined> => (await statusOf(outsider)).counters['strayAnswers'];
  for (const after of ['open', 'answered', 'resolved']) {
    if (after === 'answered') asked.answer(id, { decision: 'accept' });
    if (after === 'resolved') memory.runtime.say(resolved(0));
    await settled();
    const before = (await strays()) ?? 0;
    outsider.answer(id, { decision: 'accept' });
    observer.answer(id, { decision: 'accept' });
    await settled();
    t.equal(await strays(), before + 2, after);
    t.same(outsider.received, [], after);
  }
  t.same(observer.methods, ['serverRequest/resolved']);
  t.equal(answersTo(memory).length, 1);
});

t.test('the outcome of one that all refused, and of one that nobody answered', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.subscriber('t1', HUMAN, 'json'), await memory.subscriber('t1', HUMAN, 'json')];
  memory.runtime.say(approval(0), approval(1));
  await settled();
  const [first, second] = a.requests.map(({ id }) => id);
  a.answerError(first);
  b.answerError(first, 'the last word');
  await settled();
  memory.runtime.say(resolved(0), resolved(1));
  await settled();
  t.match(answersTo(memory), [{ id: 0, error: { message: 'the last word' } }]);
  const [, by] = (await statusOf(a)).connections;
  t.match(
    a.received.slice(-2).map(({ params }) => params),
    [
      { requestId: first, outcome: 'refused', by: { connectionId: by?.connectionId } },
      { requestId: second, outcome: 'cancelled', by: null },
    ],
  );
});

t.test('whoever joins is given what is open with the answer, and nothing twice', async (t) => {
  const memory = await InMemory.start();
  const first = await memory.subscriber('t1', HUMAN, 'json');
  const since = await position(first);
  memory.runtime.say(
    approval(0),
    approval(1),
    resolved(1),
    approval(2, { kind: 'humanCommand' }),
    delta('t1', 'x'),
  );
  memory.runtime.say({ id: 3, method: 'item/tool/call', params: { threadId: 't1' } });
  await settled();
  first.answer(first.requests[0]?.id, { decision: 'accept' });
  memory.runtime.say(approval(4, { additionalPermissions: {} }));
  await settled();
  const [, , human, , last] = first.requests.map(({ id }) => id);
  const again = await memory.client(HUMAN, 'json');
  const { pendingRequests } = (await join(again, since))?.result as { pendingRequests: Message[] };
  t.match(pendingRequests, [
    { id: human, method: APPROVAL, params: { kind: 'humanCommand' } },
    { id: last, method: APPROVAL, params: { additionalPermissions: {} } },
  ]);
  t.equal(pendingRequests.length, 2);
  t.same(
    again.received.slice(1).map(({ seq, method }) => [seq, method]),
    [
      [1, undefined],
      [2, undefined],
      [3, 'serverRequest/resolved'],
      [4, undefined],
      [5, 'item/agentMessage/delta'],
      [6, undefined],
      [7, undefined],
    ],
  );
  memory.advance(SAID_AGAIN_MS_MAX);
  memory.runtime.say(approval(4, { additionalPermissions: {} }));
  await settled();
  t.equal(again.received.length, 8, 'said again it is the same');
  again.answer(human, { decision: 'accept' });
  await settled();
  t.same(answersTo(memory).at(-1), { id: 2, result: { decision: 'accept' } });
  const plain = await memory.client({}, 'json');
  const { result } = (await join(plain, since)) ?? {};
  t.same((result as { pendingRequests: Message[] }).pendingRequests, [
    { id: last, method: APPROVAL, params: { threadId: 't1', turnId: 'turn', itemId: 'item' } },
  ]);
});

t.test('who was asked and joins again is asked by the answer, not by the entry once more', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1', HUMAN, 'json');
  const since = await position(client);
  memory.runtime.say(approval(0), delta('t1', 'x'));
  await settled();
  t.equal(client.requests.length, 1);
  client.received.length = 0;
  t.match((await join(client, since))?.result, { pendingRequests: [{ id: 0, method: APPROVAL }] });
  t.same(client.received.slice(1), [
    { log: 't1', seq: 1 },
    { log: 't1', seq: 2, ...delta('t1', 'x') },
  ]);
});

t.test('who has resumed, and joins before it is asked, is asked once', async (t) => {
  const memory = await InMemory.start();
  const first = await memory.subscriber('t1', HUMAN, 'json');
  const since = await position(first);
  memory.runtime.say(approval(0));
  const client = await memory.subscriber('t1', HUMAN, 'json');
  t.match((await join(client, since))?.result, { pendingRequests: [{ id: 0 }] });
  memory.runtime.say(approval(0));
  memory.advance(SAID_AGAIN_MS_MAX);
  await settled();
  t.same(client.requests, []);
});

t.test('what is asked behind a join is asked in the log', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1', HUMAN, 'json');
  const since = await position(client);
  t.ok((await join(client, since))?.result);
  memory.runtime.say(approval(0));
  await settled();
  t.match(client.received.at(-1), { log: 't1', seq: 1, method: APPROVAL, id: 0 });
});

t.test(
  'an observer is shown what is asked of others, also when it comes later, and is never asked',
  async (t) => {
    const memory = await InMemory.start();
    const asked = await memory.subscriber('t1');
    const observers = [
      await memory.subscriber('t1', OBSERVER, 'json'),
      await memory.subscriber('t1', OBSERVER, 'msgpack'),
      await memory.subscriber('t1', OBSERVER),
    ];
    const since = await position(asked);
    memory.runtime.say(approval(0));
    await settled();
    const opened = {
      method: 'broker/request/opened',
      params: { requestId: asked.requests[0]?.id, method: APPROVAL, params: { threadId: 't1' } },
    };
    const [json, msgpack, stock] = observers;
    for (const one of [json, msgpack]) t.match(one?.received, [{ log: 't1', seq: 1 }, opened]);
    t.same(stock?.received, []);
    const joined = await memory.client(OBSERVER, 'json');
    t.match((await join(joined, since))?.result, { pendingRequests: [] });
    t.match(joined.received.slice(1), [{ log: 't1', seq: 1 }, opened]);
    const resumed = await memory.subscriber('t1', OBSERVER, 'json');
    memory.advance(SAID_AGAIN_MS_MAX);
    await settled();
    t.match(resumed.received, [opened]);
    json?.answer(asked.requests[0]?.id, { decision: 'accept' });
    await settled();
    t.same(answersTo(memory), []);
  },
);

t.test('a thread of which everyone is told unasked begins with a reset', async (t) => {
  const memory = await InMemory.start();
  const [client, stock] = [await memory.client(HUMAN, 'json'), await memory.client()];
  memory.runtime.say(delta('child', 'x'), approval(0, {}, 'child'));
  await settled();
  t.match(client.received, [
    { method: 'broker/log/reset', params: { log: 'child', epoch: String, seq: 0, reason: 'subscribed' } },
    { log: 'child', seq: 1 },
    { log: 'child', seq: 2, method: APPROVAL },
  ]);
  t.same(stock.methods, ['item/agentMessage/delta', APPROVAL]);
  const { epoch } = client.received[0]?.params ?? {};
  t.match(
    await join(client, { epoch, seq: 1 }, 'child'),
    { result: { recovered: true, seq: 2 } },
    'it can be rejoined',
  );
});

t.test('a resolved without a thread names no id of the runtime', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  memory.runtime.say({ method: 'serverRequest/resolved', params: { requestId: 0 } });
  await settled();
  t.same(client.received, []);
});
