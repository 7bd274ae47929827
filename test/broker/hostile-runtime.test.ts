import t from 'tap';
import { close } from '../../protocol/close.js';
import { RESTART_MS_MIN, RESTART_TRIES_MAX } from '../../protocol/limits.js';
import { delta, InMemory, MemoryClient, settled } from '../support/in-memory.js';
import { itemCompleted, itemStarted, turnStarted } from './events.js';

const garbage: readonly (string | Buffer)[] = [
  'hello',
  '{',
  '{"method":"item/agentMessage/delta","params":{"threadId":"t1","delta":"half a li',
  '{"method":"item/agentMessage/delta","params":{"threadId":"t1"},"method":"x","emittedAtMs":1} {}',
  '[1,2]',
  'null',
  '"text"',
  '{"id":1}trailing',
  '{"id":999,"result":{}}',
  '{"id":"1","result":{}}',
  '{"result":{}}',
  '{}',
  Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.concat([
    Buffer.from('{"method":"item/agentMessage/delta","params":{"threadId":"t1","delta":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"},"emittedAtMs":1}'),
  ]),
];

t.test('what is no message never reaches a client, and ends nothing', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  for (const line of garbage) memory.runtime.sayRaw(line);
  memory.runtime.events.lineTooLong(70_000_000, Buffer.from('{'));
  memory.runtime.say(delta('t1', 'still here'));
  await settled();
  t.same(client.received, [delta('t1', 'still here')]);
  client.request('broker/status');
  await settled();
  t.match(client.received.at(-1), { result: { counters: { runtimeOddities: garbage.length + 1 } } });
});

t.test('odd shapes of known messages end nothing', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  memory.runtime.say(
    { method: 'serverRequest/resolved' },
    { method: 'serverRequest/resolved', params: { threadId: 't1', requestId: {} } },
    { method: 'thread/closed', params: { threadId: 5 } },
    { method: 'thread/closed' },
    { method: 'turn/started', params: [] },
    { method: 'item/commandExecution/requestApproval', id: { a: 1 }, params: { threadId: 't1' } },
    { method: 'item/commandExecution/requestApproval', id: null },
    { method: '', params: { threadId: '' } },
  );
  memory.runtime.sayRaw('{"method":"a\\qb","params":{"threadId":"t1"}}');
  memory.runtime.sayRaw('{"method":5,"params":{"threadId":"t1"}}');
  client.request('broker/status');
  await settled();
  t.ok(client.received.at(-1)?.result, 'the broker still answers');
});

t.test('odd shapes of the events that the fold follows end nothing', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  const params = { threadId: 't1', turnId: 'turn', itemId: 'item' };
  memory.runtime.say(
    delta('t1', 'of a turn that nobody began'),
    { method: 'item/started', params: { threadId: 't1' } },
    { method: 'item/started', params: { ...params, item: 5 } },
    { method: 'item/completed', params: { ...params, item: { id: 7 }, turnId: null } },
    { method: 'turn/started', params: { threadId: 't1', turn: null } },
    { method: 'turn/completed', params: { threadId: 't1', turn: { id: 'never begun' } } },
    { method: 'thread/settings/updated', params: { threadId: 't1', threadSettings: 'odd' } },
    { method: 'thread/status/changed', params: { threadId: 't1' } },
    turnStarted(),
    delta('t1', 'of an item that nobody began'),
    { method: 'item/agentMessage/delta', params: { ...params, delta: { not: 'text' } } },
    itemStarted(),
    { method: 'item/agentMessage/delta', params: { ...params, delta: 5 } },
    { method: 'item/reasoning/summaryTextDelta', params: { ...params, summaryIndex: 1e9, delta: 'x' } },
    { method: 'item/fileChange/patchUpdated', params },
    delta('t1', 'x'.repeat(10 * 1024 * 1024)),
    itemCompleted('once'),
    itemCompleted('twice'),
    delta('t1', 'after its end'),
    { method: 'thread/settings/updated', params: { threadId: 'nobody knows it' } },
  );
  const late = await memory.client({ experimentalApi: true }, 'json');
  const id = late.request('broker/thread/join', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/turns/list', { data: [], nextCursor: null });
  await settled();
  t.match(late.answerTo(id)?.result, {
    snapshot: { thread: { turns: [{ id: 'turn', items: [{ id: 'item', text: 'once' }] }] } },
  });
  t.notOk(client.closed);
});

t.test('an answer over the limit of a line is an error for who asked, and for nobody else', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  const [asked, other] = [a.request('thread/read'), b.request('thread/read')];
  await settled();
  const [first] = memory.runtime.received;
  for (const head of [
    `{"id":${String(first?.id)},"result":{"a`,
    '{"id":999,"result":[',
    '{"id":"x","result"',
    '{"method":"x"',
  ])
    memory.runtime.events.lineTooLong(70_000_000, Buffer.from(head));
  await settled();
  t.match(a.answerTo(asked)?.error, { data: { reason: 'tooLarge' } });
  t.equal(b.answerTo(other), undefined);
  memory.runtime.say({ id: first?.id, result: 'after all' });
  await settled();
  t.equal(a.received.length, 1);
});

t.test('an end of the runtime is no end of its clients', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.subscriber('t1');
  const waiting = a.request('thread/start');
  await settled();
  memory.runtime.exit('it fell over');
  t.notOk(memory.broker.ready());
  t.ok(memory.broker.accepts());
  await settled();
  t.match(a.answerTo(waiting)?.error, {
    code: -32001,
    message: 'The runtime has ended: it fell over',
    data: { reason: 'runtimeExited' },
  });
  t.equal(memory.exit, null);
  t.notOk(a.closed);
});

t.test(
  'one that ends again and again is given up: 4001 for everyone, and whoever runs us is told',
  async (t) => {
    const memory = await InMemory.start();
    const [a, b] = [await memory.subscriber('t1'), new MemoryClient().attach(memory.broker)];
    for (let tried = 0; tried < RESTART_TRIES_MAX; tried += 1) {
      memory.runtime.exit();
      memory.advance(RESTART_MS_MIN * 2 ** tried);
      await settled();
      memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
      await settled();
      t.ok(memory.broker.ready());
    }
    const waiting = a.request('thread/start');
    await settled();
    memory.runtime.exit('it fell over');
    t.equal(memory.exit?.summary, 'it fell over');
    t.notOk(memory.broker.accepts());
    await settled();
    t.match(a.answerTo(waiting)?.error, {
      code: -32001,
      message: 'The runtime is gone: it fell over',
      data: { reason: 'runtimeExited' },
    });
    t.same([a.end.peerReason, b.end.peerReason], [close.runtimeExited, close.runtimeExited]);
  },
);

t.test('stop tells every client and ends the runtime', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  await memory.broker.stop();
  t.same(client.end.peerReason, close.shutdown);
  t.ok(memory.runtime.closed);
  await memory.broker.stop();
});

for (const [what, answer] of [
  ['an error', { error: { code: -1, message: 'no room' } }],
  ['something else', { result: { odd: true } }],
] as const) {
  t.test(`an initialize answered with ${what} fails the start`, async (t) => {
    const memory = new InMemory();
    memory.runtime.initializeAnswer = answer;
    await t.rejects(memory.broker.start());
    t.notOk(memory.broker.ready());
  });
}
