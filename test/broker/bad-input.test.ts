import t from 'tap';
import { close } from '../../protocol/close.js';
import { JSON_DEPTH_MAX, NAME_CHARS_MAX } from '../../protocol/limits.js';
import { delta, InMemory, MemoryClient, settled } from '../support/in-memory.js';

const invalid: readonly (readonly [string, string | Buffer, string])[] = [
  ['malformed JSON', '{bad', 'notJson'],
  ['nothing', '', 'notJson'],
  ['an array', '[]', 'invalidRequest'],
  ['a batch', '[{"id":1,"method":"thread/list","params":{}}]', 'invalidRequest'],
  ['a plain value', '5', 'invalidRequest'],
  ['null', 'null', 'invalidRequest'],
  ['an object that is no message', '{"id":5}', 'invalidRequest'],
  ['a method that is no string', '{"id":5,"method":7}', 'invalidRequest'],
  ['an id that is an object', '{"id":{"a":1},"method":"thread/list"}', 'invalidRequest'],
  ['an id that is null', '{"id":null,"method":"thread/list"}', 'invalidRequest'],
  ['an id that is a fraction', '{"id":7.5,"method":"thread/list"}', 'invalidRequest'],
  [
    'an id that is too long',
    `{"id":"${'x'.repeat(NAME_CHARS_MAX + 1)}","method":"thread/list"}`,
    'invalidRequest',
  ],
  ['an answer without an id', '{"result":{}}', 'invalidRequest'],
  [
    'JSON one too deep',
    `{"id":1,"method":"a","params":${'['.repeat(JSON_DEPTH_MAX)}${']'.repeat(JSON_DEPTH_MAX)}}`,
    'tooDeep',
  ],
  ['brackets without end', '['.repeat(100_000), 'tooDeep'],
];

t.test('what is no message is answered with an error, and harms nobody', async (t) => {
  const memory = await InMemory.start();
  const other = await memory.subscriber('t1');
  const client = await memory.client();
  for (const [what, frame, reason] of invalid) {
    client.raw(frame);
    await settled();
    const answer = client.received.pop();
    t.equal(answer?.error?.data?.reason, reason, what);
    t.equal(answer?.id, null, what);
  }
  client.request('thread/list');
  memory.runtime.say(delta('t1', 'still here'));
  await settled();
  t.equal(memory.runtime.received.at(-1)?.method, 'thread/list', 'the connection lives');
  t.same(other.methods, ['item/agentMessage/delta'], 'and so do the others');
});

t.test('JSON exactly as deep as allowed passes', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  const nested = '['.repeat(JSON_DEPTH_MAX - 1) + ']'.repeat(JSON_DEPTH_MAX - 1);
  client.raw(`{"id":1,"method":"new/method","params":${nested}}`);
  await settled();
  t.equal(memory.runtime.received.at(-1)?.method, 'new/method');
});

t.test('brackets inside strings do not count as depth', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  client.raw(JSON.stringify({ id: 1, method: 'new/method', params: { text: `\\"${'['.repeat(500)}` } }));
  await settled();
  t.equal(memory.runtime.received.at(-1)?.method, 'new/method');
});

t.test('a member that stands twice is refused: the two sides could read it differently', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  client.raw('{"id":1,"method":"thread/list","params":{},"method":"fs/remove"}');
  await settled();
  t.equal(client.answerTo(1)?.error?.data?.reason, 'invalidRequest');
  t.same(memory.runtime.received, []);
});

for (const [what, frame, options] of [
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), {}],
  ['a binary frame', Buffer.from('{"id":1,"method":"thread/list"}'), { binary: true }],
] as const) {
  t.test(`${what}: the connection is closed with badFrame`, async (t) => {
    const memory = await InMemory.start();
    const client = new MemoryClient().attach(memory.broker, options);
    client.raw(frame);
    await settled();
    t.same(client.end.peerReason, close.badFrame);
  });
}

t.test('answers to nothing and unknown notifications are dropped', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  client.answer(99, {});
  client.answer('zero', {});
  client.raw('{"method":"nope/note"}');
  client.raw('{"id":1,"result":{},"id":1}');
  client.request('broker/status');
  await settled();
  t.same(memory.runtime.received, []);
  t.match(client.received, [{ result: { counters: { strayAnswers: 3, clientNotifications: 1 } } }]);
});
