import { Packr, Unpackr } from 'msgpackr';
import t from 'tap';
import { close } from '../../protocol/close.js';
import { encodeMsgpack } from '../../protocol/msgpack.js';
import { JSON_DEPTH_MAX, SAID_AGAIN_MS_MAX } from '../../protocol/limits.js';
import { delta, InMemory, MemoryClient, settled } from '../support/in-memory.js';
import type { Message } from '../support/in-memory.js';
import { APPROVAL, approval, itemStarted, OBSERVER, resolved, statusOf, turnStarted } from './events.js';
import { HandTransport } from './hand-transport.js';

const started = (id: string): object => ({ method: 'thread/started', params: { thread: { id } } });
const queueChanged = { method: 'thread/queue/changed', params: { threadId: 't1' } };
/** Whether a msgpack map begins with this byte. */
const isMap = (byte = 0): boolean => (byte >= 0x80 && byte <= 0x8f) || byte === 0xde || byte === 0xdf;
const places = (messages: readonly Message[]): unknown[] => messages.map(({ log, seq }) => [log, seq]);

for (const wire of ['json', 'msgpack'] as const) {
  t.test(`${wire}: every entry has its place in its log, and nothing else has one`, async (t) => {
    const memory = await InMemory.start();
    const client = await memory.subscriber('t1', { experimentalApi: true }, wire);
    memory.runtime.say(delta('t1', 'one'), started('t9'), delta('t1', 'two'), approval(0));
    await settled();
    t.same(client.received.slice(0, 3), [
      { log: 't1', seq: 1, ...delta('t1', 'one') },
      { log: 'lobby', seq: 1, ...started('t9') },
      { log: 't1', seq: 2, ...delta('t1', 'two') },
    ]);
    t.match(client.received[3], { log: 't1', seq: 3, id: 0, method: APPROVAL });
    client.received.length = 0;
    client.request('model/list');
    client.request('command/exec', { processId: 'p' });
    await settled();
    const { params } = memory.runtime.last('command/exec');
    memory.runtime.answer('model/list', {});
    memory.runtime.say({ method: 'command/exec/outputDelta', params: { ...params } });
    client.request('broker/status');
    client.request('thread/unsubscribe', { threadId: 't1' });
    await settled();
    t.equal(client.received.length, 4);
    t.same(
      places(client.received),
      Array.from({ length: 4 }, () => [undefined, undefined]),
    );
  });

  t.test(`${wire}: what is not meant for this client comes as its number`, async (t) => {
    const memory = await InMemory.start();
    const deaf = await memory.subscriber(
      't1',
      { optOutNotificationMethods: ['item/agentMessage/delta'] },
      wire,
    );
    const observer = await memory.subscriber('t1', OBSERVER, wire);
    memory.runtime.say(
      delta('t1', 'x'),
      queueChanged,
      { id: 0, method: 'currentTime/read', params: { threadId: 't1' } },
      approval(1, { kind: 'humanCommand' }),
      turnStarted(),
    );
    await settled();
    t.same(deaf.received, [
      ...[1, 2, 3, 4].map((seq) => ({ log: 't1', seq })),
      { log: 't1', seq: 5, ...turnStarted() },
    ]);
    t.match(
      observer.received.filter((message) => message.log === 't1' && message.method === undefined),
      [{ seq: 3 }, { seq: 4 }],
    );
  });

  t.test(`${wire}: a request that is given late is a frame of its own`, async (t) => {
    const memory = await InMemory.start();
    await memory.subscriber('t1');
    memory.runtime.say(approval(0, { additionalPermissions: {} }));
    await settled();
    const late = await memory.subscriber('t1', {}, wire);
    memory.advance(SAID_AGAIN_MS_MAX);
    await settled();
    t.same(late.received, [
      { id: 0, method: APPROVAL, params: { threadId: 't1', turnId: 'turn', itemId: 'item' } },
    ]);
    memory.runtime.say(resolved(0));
    await settled();
    t.match(late.received[1], { log: 't1', seq: 2, method: 'serverRequest/resolved' });
  });

  t.test(`${wire}: a request shows each client what it has declared`, async (t) => {
    const memory = await InMemory.start();
    const [able, plain] = [
      await memory.subscriber('t1', { experimentalApi: true }, wire),
      await memory.subscriber('t1', {}, wire),
    ];
    memory.runtime.say(approval(5, { additionalPermissions: { network: true } }));
    await settled();
    t.match(able.received, [
      { log: 't1', seq: 1, id: 0, params: { additionalPermissions: { network: true } } },
    ]);
    t.same(plain.received, [
      {
        log: 't1',
        seq: 1,
        id: 0,
        method: APPROVAL,
        params: { threadId: 't1', turnId: 'turn', itemId: 'item' },
      },
    ]);
  });

  t.test(`${wire}: start and fork tell where their subscription begins`, async (t) => {
    const memory = await InMemory.start();
    const client = await memory.client({ experimentalApi: true }, wire);
    for (const method of ['thread/start', 'thread/fork']) {
      client.received.length = 0;
      const threadId = `of ${method}`;
      client.request(method);
      await settled();
      memory.runtime.say(delta(threadId, 'before the answer'));
      memory.runtime.answer(method, { thread: { id: threadId }, model: 'm' });
      memory.runtime.say(delta(threadId, 'after it'));
      await settled();
      t.match(client.received, [
        { result: { threadcast: { epoch: String, seq: 0 }, thread: { id: threadId }, model: 'm' } },
        { log: threadId, seq: 1 },
        { log: threadId, seq: 2 },
      ]);
    }
  });

  t.test(`${wire}: a fill-in has no place, and what follows it goes on from the resume`, async (t) => {
    const memory = await InMemory.start();
    await memory.subscriber('t1');
    memory.runtime.say(turnStarted(), itemStarted(), delta('t1', 'so far'));
    await settled();
    const client = await memory.client({}, wire);
    client.request('thread/resume', { threadId: 't1' });
    await settled();
    memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
    memory.runtime.say(delta('t1', ' and on'));
    await settled();
    t.match(client.received[0], { result: { threadcast: { seq: 3 } } });
    t.same(places(client.received.slice(1)), [
      [undefined, undefined],
      [undefined, undefined],
      ['t1', 4],
    ]);
  });

  t.test(`${wire}: a frame is made once, and the same for everyone`, async (t) => {
    const memory = await InMemory.start();
    const clients: HandTransport[] = [];
    for (let i = 0; i < 20; i += 1) {
      const client = await new HandTransport('websocket', wire).attach(memory.broker);
      client.request('thread/resume', { threadId: 't1' });
      await settled();
      memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
      await settled();
      client.frames.length = 0;
      clients.push(client);
    }
    const asker = await memory.client();
    const before = await statusOf(asker);
    memory.runtime.say(delta('t1', 'one'), started('t9'));
    await settled();
    const { counters } = await statusOf(asker);
    t.equal(new Set(clients.map(({ frames }) => frames[0])).size, 1);
    t.equal(new Set(clients.map(({ frames }) => frames[1])).size, 1);
    for (const name of ['eventsParsed', 'framesEncoded'] as const)
      t.equal(counters[name], before.counters[name]);
    const [thread] = before.threads;
    const grown = ((await statusOf(asker)).threads[0]?.bytes ?? 0) - (thread?.bytes ?? 0);
    t.equal(grown, JSON.stringify(delta('t1', 'one')).length + (clients[0]?.frames[0]?.length ?? 0));
  });
}

t.test('json: a frame is the runtime’s own bytes with the position in front', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1', {}, 'json');
  const lines = [
    '{"method":"item/x", "params":{"n":1.0,"big":12345678901234567890,"threadId":"t1"} ,"zzz":"\\u0041","emittedAtMs":5}',
    ' { "method" : "item/x", "params" : { "threadId" : "t1" } }',
  ];
  for (const line of lines) memory.runtime.sayRaw(line);
  await settled();
  t.same(client.frames, [
    `{"log":"t1","seq":1,${lines[0]?.slice(1)}`,
    `{"log":"t1","seq":2, "method" : "item/x", "params" : { "threadId" : "t1" } }`,
  ]);
});

t.test('json: the name of a thread may be anything', async (t) => {
  const memory = await InMemory.start();
  const name = 'a "thread"\\ \n é';
  const client = await memory.subscriber(name, {}, 'json');
  memory.runtime.say(delta(name, 'x'));
  await settled();
  t.match(client.received, [{ log: name, seq: 1, params: { threadId: name } }]);
});

t.test('msgpack: any library reads it, frame by frame', async (t) => {
  const memory = await InMemory.start();
  const client = await new HandTransport('websocket', 'msgpack').attach(memory.broker);
  memory.runtime.say(started('t1'), started('t2'));
  client.request('broker/status', {});
  await settled();
  // No records, no structures, no shared state: each frame by a reader of its own that knows nothing.
  const read = client.frames.map((frame) => new Unpackr({ useRecords: false }).unpack(frame) as Message);
  t.match(read, [
    { log: 'lobby', seq: 1, ...started('t1') },
    { log: 'lobby', seq: 2 },
    { id: 2, result: {} },
  ]);
  for (const frame of client.frames) t.ok(isMap(frame[0]), `a plain map: ${frame[0]}`);
});

t.test(
  'msgpack: a line that is no JSON after all is an entry as its number, and an answer an error',
  async (t) => {
    const memory = await InMemory.start();
    const client = await memory.subscriber('t1', {}, 'msgpack');
    memory.runtime.sayRaw('{"method":"item/x","params":{"threadId":"t1","n":01}}');
    const id = client.request('model/list');
    await settled();
    memory.runtime.sayRaw(`{"id":${String(memory.runtime.last('model/list').id)},"result":nonsense}`);
    await settled();
    t.match(client.received, [
      { log: 't1', seq: 1 },
      { id, error: { data: { reason: 'runtimeFailed' } } },
    ]);
    t.equal(client.received[0]?.method, undefined);
  },
);

const request = { id: 9, method: 'initialize', params: { clientInfo: { name: 'a', version: '1' } } };
const badFrames: readonly (readonly [string, Uint8Array])[] = [
  ['nothing', Buffer.alloc(0)],
  ['JSON', Buffer.from(JSON.stringify(request))],
  ['half a message', encodeMsgpack(request).subarray(0, 20)],
  ['two messages', Buffer.concat([encodeMsgpack(request), encodeMsgpack(request)])],
  ['a record', new Packr({ useRecords: true }).pack({ ...request })],
  ['a date', new Packr().pack({ ...request, at: new Date(0) })],
  ['a set', new Packr({ moreTypes: true }).pack({ ...request, all: new Set([1]) })],
  ['binary', encodeMsgpack({ ...request, bytes: Buffer.from('x') })],
  ['an extension', Buffer.from([0x82, 0xa2, 0x69, 0x64, 0x01, 0xa1, 0x78, 0xd4, 0x50, 0x00])],
  ['NaN', encodeMsgpack({ ...request, n: Number.NaN })],
  ['infinity', encodeMsgpack({ ...request, n: -Infinity })],
  ['undefined', new Packr().pack({ ...request, n: undefined })],
  ['far too deep', Buffer.concat([Buffer.alloc(100_000, 0x91), Buffer.from([0xc0])])],
];

for (const [what, frame] of badFrames) {
  t.test(`msgpack: ${what} is no frame of this wire`, async (t) => {
    const memory = await InMemory.start();
    const client = new MemoryClient('msgpack').attach(memory.broker);
    client.raw(frame);
    await settled();
    t.same(client.end.peerReason, close.badFrame);
    t.same(client.received, []);
  });
}

t.test('msgpack: a text frame is no frame of it', async (t) => {
  const memory = await InMemory.start();
  const client = new MemoryClient('msgpack').attach(memory.broker, { binary: false });
  client.send(request);
  await settled();
  t.same(client.end.peerReason, close.badFrame);
});

t.test(
  'msgpack: what would be an invalid message in JSON is one here, and nesting has the same bound',
  async (t) => {
    const memory = await InMemory.start();
    const client = await memory.client({}, 'msgpack');
    // The message itself and its `params` are two.
    const nested = (depth: number): unknown => (depth === 0 ? 0 : [nested(depth - 1)]);
    client.send({ id: 1, method: 'brand/new', params: { a: nested(JSON_DEPTH_MAX - 2) } });
    await settled();
    t.equal(memory.runtime.last('brand/new').method, 'brand/new');
    client.send({ id: 2, method: 'brand/new', params: { a: nested(JSON_DEPTH_MAX - 1) } });
    for (const message of [{ id: 1.5, method: 'x' }, { id: 5 }, [], { method: 7 }]) client.send(message);
    await settled();
    t.match(client.received, [
      { id: null, error: { data: { reason: 'tooDeep' } } },
      ...Array.from({ length: 4 }, () => ({ id: null, error: { data: { reason: 'invalidRequest' } } })),
    ]);
    t.notOk(client.closed);
  },
);

t.test('stock: nothing of positions, nor of what is for v1 alone', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  memory.runtime.say(delta('t1', 'x'), approval(0), resolved(0), queueChanged);
  await settled();
  t.notOk(
    client.frames.some((frame) => /"log"|"seq"|"by"|threadcast|broker\//.test(frame)),
    client.frames.join(),
  );
});
