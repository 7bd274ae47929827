import t from 'tap';
import { close } from '../../protocol/close.js';
import { delta, InMemory, MemoryClient, settled } from '../support/in-memory.js';

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

t.test(
  'the runtime’s end fails what is in flight and what comes, and closes every client with 4001',
  async (t) => {
    const memory = await InMemory.start();
    const [a, b] = [await memory.subscriber('t1'), new MemoryClient().attach(memory.broker)];
    const waiting = a.request('thread/start');
    await settled();
    t.ok(memory.broker.ready());
    memory.runtime.exit('it fell over');
    t.notOk(memory.broker.ready());
    t.equal(memory.exit?.summary, 'it fell over');
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
    memory.runtime.send = (bytes) => {
      const { id } = JSON.parse(Buffer.from(bytes).toString()) as { id: number };
      memory.runtime.say({ id, ...answer });
    };
    await t.rejects(memory.broker.start());
    t.notOk(memory.broker.ready());
  });
}
