import t from 'tap';
import {
  ABANDONED_REQUESTS_MAX,
  REQUESTS_MAX,
  REQUESTS_PER_CONNECTION_MAX,
  RUNTIME_INBOX_BYTES_MAX,
} from '../../protocol/limits.js';
import { InMemory, settled } from '../support/in-memory.js';

t.test('ids come back to the byte, whatever they are', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  const ids = ['0', '-5', '9007199254740993', '"s"', '"\\u0041\\n"', '""'];
  for (const id of ids) {
    client.frames.length = 0;
    client.raw(`{"id":${id},"method":"thread/loaded/list","params":{}}`);
    await settled();
    memory.runtime.answer('thread/loaded/list', { data: [] });
    await settled();
    t.equal(client.frames[0], `{"id":${id},"result":{"data":[]}}`);
  }
});

t.test('requests and answers pass untouched but for the id, also unknown and odd ones', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  client.raw(
    '{"jsonrpc":"2.0", "method":"brand/new","params":{"n":1.0,"big":12345678901234567890},"id":"x","trace":{}}',
  );
  await settled();
  const sent = memory.runtime.rawReceived.at(-1) ?? '';
  const upstreamId = String(memory.runtime.last('brand/new').id);
  t.equal(
    sent,
    `{"jsonrpc":"2.0", "method":"brand/new","params":{"n":1.0,"big":12345678901234567890},"id":${upstreamId},"trace":{}}`,
  );
  memory.runtime.sayRaw(`{"error":{"code":-1,"message":"\\"id\\":1","data":2.0},"id":${upstreamId}}`);
  await settled();
  t.equal(client.frames[0], '{"error":{"code":-1,"message":"\\"id\\":1","data":2.0},"id":"x"}');
});

t.test('each request is answered once, to the one that asked, also under the same id', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  for (const client of [a, b, a]) {
    client.raw('{"id":1,"method":"thread/list","params":{}}');
    await settled();
  }
  const [first, second, third] = memory.runtime.received;
  t.equal(new Set(memory.runtime.received.map((message) => message.id)).size, 3);
  memory.runtime.say(
    { id: third?.id, result: 3 },
    { id: second?.id, result: 2 },
    { id: first?.id, result: 1 },
  );
  // Once more: nothing waits for it.
  memory.runtime.say({ id: first?.id, result: 'again' });
  await settled();
  t.same(
    a.received.map((message) => message.result),
    [3, 1],
  );
  t.same(
    b.received.map((message) => message.result),
    [2],
  );
});

t.test('nobody gets the answer of who has gone', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  a.request('thread/list');
  await settled();
  a.vanish();
  await settled();
  memory.runtime.answer('thread/list', 'late');
  await settled();
  t.same([a.received, b.received], [[], []]);
});

t.test('requests in flight are bounded, for one client and for all', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  for (let i = 0; i < REQUESTS_PER_CONNECTION_MAX; i += 1)
    client.raw('{"id":1,"method":"thread/list","params":{}}');
  await settled();
  t.equal(client.received.length, 0);
  const over = client.request('thread/list');
  await settled();
  t.match(client.answerTo(over)?.error, { code: -32001, data: { reason: 'overloaded' } });
  memory.runtime.answer('thread/list', {});
  await settled();
  client.request('model/list');
  await settled();
  t.equal(memory.runtime.last('model/list').method, 'model/list', 'one answer makes room for one request');
  for (let i = 1; i < REQUESTS_MAX / REQUESTS_PER_CONNECTION_MAX; i += 1) {
    const another = await memory.client();
    for (let j = 0; j < REQUESTS_PER_CONNECTION_MAX; j += 1) another.request('thread/list');
  }
  const last = await memory.client();
  const refused = last.request('thread/start');
  await settled();
  t.match(last.answerTo(refused)?.error, { code: -32001, data: { reason: 'overloaded' } });
});

t.test('a runtime that does not read is not buried', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  memory.runtime.pendingBytes = RUNTIME_INBOX_BYTES_MAX + 1;
  const refused = client.request('thread/list');
  await settled();
  memory.runtime.pendingBytes = RUNTIME_INBOX_BYTES_MAX;
  const sent = client.request('thread/list');
  await settled();
  t.match(client.answerTo(refused)?.error, { code: -32001, data: { reason: 'overloaded' } });
  t.equal(client.answerTo(sent), undefined);
});

t.test('a request that names another request of its client finds it under the runtime’s id', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  a.raw('{"id":"s1","method":"thread/sample","params":{"threadId":"t1"}}');
  await settled();
  const { id } = memory.runtime.last('thread/sample');
  a.request('thread/sample/cancel', { requestId: 's1' });
  await settled();
  t.same(memory.runtime.last('thread/sample/cancel').params, { requestId: id });
  for (const params of [{}, { requestId: true }, { requestId: null }]) {
    a.request('thread/sample/cancel', params);
    await settled();
    t.same(memory.runtime.last('thread/sample/cancel').params, params, 'which the runtime refuses');
  }
  b.request('thread/sample/cancel', { requestId: id });
  await settled();
  t.same(memory.runtime.last('thread/sample/cancel').params, { requestId: -1 }, 'not that of another');
});

t.test('requests that are never answered do not outlive their clients for long', async (t) => {
  const memory = await InMemory.start();
  const rounds = REQUESTS_MAX / REQUESTS_PER_CONNECTION_MAX + 2;
  for (let i = 0; i < rounds; i += 1) {
    const client = await memory.client();
    for (let j = 0; j < REQUESTS_PER_CONNECTION_MAX; j += 1) client.request('thread/start');
    await settled();
    client.vanish();
    await settled();
  }
  const client = await memory.client();
  const id = client.request('thread/list');
  await settled();
  t.equal(client.answerTo(id), undefined, 'it is with the runtime');
  const [oldest, newest] = [memory.runtime.received[0], memory.runtime.received.at(-2)];
  t.equal(memory.runtime.received.length, rounds * REQUESTS_PER_CONNECTION_MAX + 1);
  memory.runtime.say({ id: oldest?.id, result: {} }, { id: newest?.id, result: {} });
  client.request('broker/status');
  await settled();
  t.match(
    client.received.at(-1),
    { result: { counters: { runtimeOddities: 1 } } },
    'only the oldest is forgotten',
  );
  t.ok(ABANDONED_REQUESTS_MAX < REQUESTS_MAX);
});

t.test('a login that one client waits for is its own: where to go, its end, and its client’s', async (t) => {
  const memory = await InMemory.start();
  const [asker, other] = [await memory.client(), await memory.client()];
  const changed = (authUrl: string | null): object => ({
    method: 'account/gatewayOAuth/changed',
    params: { status: 'started', authUrl },
    emittedAtMs: 1,
  });
  asker.request('account/gatewayOAuth/login', {});
  await settled();
  memory.runtime.say(changed('http://127.0.0.1/authorize'), changed(null));
  await settled();
  t.same(asker.received, [changed('http://127.0.0.1/authorize'), changed(null)]);
  t.same(other.received, [changed(null)]);
  const refused = other.request('account/gatewayOAuth/cancel');
  await settled();
  t.match(other.answerTo(refused)?.error, { code: -32600, data: { reason: 'notYours' } });
  // A second one does not make it theirs.
  const [second, cancel] = [
    other.request('account/gatewayOAuth/login', {}),
    other.request('account/gatewayOAuth/cancel'),
  ];
  await settled();
  t.match(other.answerTo(second)?.error, { code: -32600, data: { reason: 'taken' } });
  t.match(other.answerTo(cancel)?.error, { data: { reason: 'notYours' } });
  asker.request('account/gatewayOAuth/cancel');
  await settled();
  const cancels = (): number =>
    memory.runtime.received.filter(({ method }) => method === 'account/gatewayOAuth/cancel').length;
  t.equal(cancels(), 1);
  asker.vanish();
  await settled();
  t.equal(cancels(), 2, 'it ends with its client');
  other.request('account/gatewayOAuth/cancel');
  await settled();
  t.equal(cancels(), 3, 'and then anybody may ask');
});
