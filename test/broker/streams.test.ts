import t from 'tap';
import { STREAMS_PER_CONNECTION_MAX } from '../../protocol/limits.js';
import { InMemory, settled } from '../support/in-memory.js';

const paramsOf = (memory: InMemory, method: string): Record<string, unknown> =>
  memory.runtime.last(method).params ?? {};

t.test('two clients may use the same processId: each gets its own output and answer', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  const known: unknown[] = [];
  for (const client of [a, b]) {
    client.request('command/exec', { command: ['x'], processId: 'p', streamStdoutStderr: true });
    await settled();
    known.push(paramsOf(memory, 'command/exec')['processId']);
  }
  t.not(known[0], known[1]);
  const output = (processId: unknown, deltaBase64: string): object => ({
    method: 'command/exec/outputDelta',
    params: { processId, stream: 'stdout', deltaBase64, capReached: false },
    emittedAtMs: 1,
  });
  memory.runtime.say(output(known[1], 'Yg=='), output(known[0], 'YQ=='));
  await settled();
  t.same(a.received, [output('p', 'YQ==')]);
  t.same(b.received, [output('p', 'Yg==')]);
  b.request('command/exec/write', { processId: 'p', deltaBase64: '' });
  await settled();
  t.equal(paramsOf(memory, 'command/exec/write')['processId'], known[1]);
});

t.test('errors name a stream as its client does', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  const id = client.request('command/exec/write', { processId: 'nope', deltaBase64: '' });
  await settled();
  const { id: upstreamId, params } = memory.runtime.last('command/exec/write');
  const message = `no active command/exec for process id "${String(params?.['processId'])}"`;
  memory.runtime.say({ error: { code: -32600, message }, id: upstreamId });
  await settled();
  t.same(client.answerTo(id), {
    id,
    error: { code: -32600, message: 'no active command/exec for process id "nope"' },
  });
});

t.test('output for nobody is dropped', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  for (const processId of ['p', 'threadcast:c999:p', 'threadcast:', 5, null]) {
    memory.runtime.say({ method: 'command/exec/outputDelta', params: { processId } });
  }
  memory.runtime.say({ method: 'command/exec/outputDelta' }, { method: 'fs/changed', params: [] });
  await settled();
  t.same(client.received, []);
});

t.test(
  'streams of different families may have the same id, and all of them end with their client',
  async (t) => {
    const memory = await InMemory.start();
    const client = await memory.client();
    const opened: readonly [string, object][] = [
      ['command/exec', { processId: 'one' }],
      ['process/spawn', { processHandle: 'one' }],
      ['fs/watch', { watchId: 'one' }],
    ];
    for (const [method, params] of opened) {
      client.request(method, params);
      await settled();
      if (method !== 'command/exec') memory.runtime.say({ id: memory.runtime.last(method).id, result: {} });
      await settled();
    }
    client.vanish();
    await settled();
    for (const end of ['command/exec/terminate', 'process/kill', 'fs/unwatch']) {
      t.match(Object.values(paramsOf(memory, end)), [/:one$/], end);
    }
  },
);

t.test('events of a thread are for its subscribers, and end with the subscription', async (t) => {
  const memory = await InMemory.start();
  const [client, stranger] = [await memory.subscriber('t1'), await memory.client()];
  const params = { threadId: 't1', server: 's', subscriptionId: 'one', name: 'n' };
  const refused = stranger.request('mcpServer/event/stream/start', params);
  await settled();
  t.match(stranger.answerTo(refused)?.error, {
    code: -32600,
    message: "connection is not subscribed to thread 't1'",
    data: { reason: 'notSubscribed' },
  });
  client.request('mcpServer/event/stream/start', params);
  await settled();
  const { subscriptionId } = paramsOf(memory, 'mcpServer/event/stream/start');
  memory.runtime.answer('mcpServer/event/stream/start', {});
  client.request('thread/unsubscribe', { threadId: 't1' });
  await settled();
  t.same(paramsOf(memory, 'mcpServer/event/stream/stop'), { subscriptionId });
  memory.runtime.received.length = 0;
  client.vanish();
  await settled();
  t.same(memory.runtime.received, [], 'it is not ended twice');
});

t.test('one that is opened while its client leaves is ended', async (t) => {
  const memory = await InMemory.start();
  const [client, other] = [await memory.subscriber('t1'), await memory.client()];
  client.request('mcpServer/event/stream/start', { threadId: 't1', subscriptionId: 'one' });
  client.request('thread/unsubscribe', { threadId: 't1' });
  other.request('process/spawn', { processHandle: 'h' });
  await settled();
  other.vanish();
  await settled();
  memory.runtime.received.splice(
    0,
    Infinity,
    ...memory.runtime.received.filter(({ method }) => !/stop|kill/.test(method ?? '')),
  );
  memory.runtime.answer('mcpServer/event/stream/start', {});
  memory.runtime.answer('process/spawn', {});
  await settled();
  t.match(paramsOf(memory, 'mcpServer/event/stream/stop'), { subscriptionId: /:one$/ });
  t.match(paramsOf(memory, 'process/kill'), { processHandle: /:h$/ });
});

t.test('one that is closed and opened again in one go is open, and ends with its client', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  for (const method of ['fs/watch', 'fs/unwatch', 'fs/watch']) client.request(method, { watchId: 'w' });
  await settled();
  for (const { id } of memory.runtime.received.filter(({ method }) => method?.startsWith('fs/') === true))
    memory.runtime.say({ id, result: {} });
  await settled();
  const ends = (): number => memory.runtime.received.filter(({ method }) => method === 'fs/unwatch').length;
  t.equal(ends(), 1, 'the client’s own');
  client.vanish();
  await settled();
  t.equal(ends(), 2);
});

t.test('those of a thread that is gone count no longer', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  const open = async (): Promise<unknown> => {
    const id = client.request('mcpServer/event/stream/start', { threadId: 't1', subscriptionId: 'one' });
    await settled();
    memory.runtime.answer('mcpServer/event/stream/start', {});
    await settled();
    return id;
  };
  await open();
  memory.runtime.say({ method: 'thread/closed', params: { threadId: 't1' } });
  memory.runtime.received.length = 0;
  client.vanish();
  await settled();
  t.same(memory.runtime.received, []);
});

t.test('what the runtime refuses it gets as the client has said it', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  const refused: readonly [string, object][] = [
    ['command/exec', { command: ['cat'], tty: true }],
    ['command/exec', { command: ['cat'], streamStdin: true, processId: null }],
    ['command/exec', { command: ['cat'], streamStdoutStderr: true }],
    ['process/spawn', { command: ['cat'], processHandle: '' }],
    ['fuzzyFileSearch/sessionStart', { sessionId: '', roots: [] }],
  ];
  for (const [method, params] of refused) {
    client.request(method, params);
    await settled();
    t.same(paramsOf(memory, method), params);
  }
});

t.test('what a client has running is ended when it goes, and only that', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  const open = async (
    client: typeof a,
    method: string,
    params: object,
    result?: object,
  ): Promise<unknown> => {
    client.request(method, params);
    await settled();
    const request = memory.runtime.last(method);
    if (result !== undefined) memory.runtime.say({ id: request.id, ...result });
    await settled();
    return Object.values(request.params ?? {})[0];
  };
  const command = await open(a, 'command/exec', { processId: 'p' });
  await open(a, 'command/exec', { processId: 'p' }, { error: { code: -1, message: 'duplicate' } });
  await open(a, 'command/exec', { processId: 'over' }, { result: { exitCode: 0 } });
  const unnamed = await open(a, 'command/exec', {});
  const process = await open(a, 'process/spawn', { processHandle: 'h' }, { result: {} });
  const exited = await open(a, 'process/spawn', { processHandle: 'exited' }, { result: {} });
  memory.runtime.say({ method: 'process/exited', params: { processHandle: exited, exitCode: 0 } });
  await open(a, 'process/spawn', { processHandle: 'failed' }, { error: { code: -1, message: 'no' } });
  const watch = await open(a, 'fs/watch', { watchId: 'w' }, { result: {} });
  await open(a, 'fs/watch', { watchId: 'unwatched' }, { result: {} });
  await open(a, 'fs/unwatch', { watchId: 'unwatched' }, { result: {} });
  await open(a, 'fuzzyFileSearch', { cancellationToken: 'x' });
  await open(b, 'fs/watch', { watchId: 'w' }, { result: {} });
  memory.runtime.received.length = 0;
  a.vanish();
  await settled();
  t.same(
    memory.runtime.received.map(({ method, params }) => ({ method, params })),
    [
      { method: 'command/exec/terminate', params: { processId: command } },
      { method: 'command/exec/terminate', params: { processId: unnamed } },
      { method: 'process/kill', params: { processHandle: process } },
      { method: 'fs/unwatch', params: { watchId: watch } },
    ],
  );
  // Whether there was still something to end is nobody's business.
  memory.runtime.say({ id: memory.runtime.last('process/kill').id, error: { code: -1, message: 'gone' } });
  await settled();
});

t.test('streams of one client are bounded', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client();
  for (let i = 0; i < STREAMS_PER_CONNECTION_MAX; i += 1) {
    client.request('fs/watch', { path: '/', watchId: `w${i}` });
    await settled();
    memory.runtime.answer('fs/watch', {});
  }
  const over = client.request('fs/watch', { path: '/', watchId: 'over' });
  const use = client.request('fs/unwatch', { watchId: 'w0' });
  await settled();
  t.match(client.answerTo(over)?.error, { code: -32001, data: { reason: 'overloaded' } });
  memory.runtime.answer('fs/unwatch', {});
  await settled();
  t.ok(client.answerTo(use)?.result);
  client.request('fs/watch', { path: '/', watchId: 'again' });
  await settled();
  t.match(paramsOf(memory, 'fs/watch')['watchId'], /again$/);
});

t.test('opting out and experimentalApi hold for streams too', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client({ optOutNotificationMethods: ['command/exec/outputDelta'] });
  client.request('command/exec', { processId: 'p' });
  await settled();
  const { processId } = paramsOf(memory, 'command/exec');
  memory.runtime.say(
    { method: 'command/exec/outputDelta', params: { processId } },
    { method: 'process/outputDelta', params: { processHandle: processId } },
  );
  await settled();
  t.same(client.received, []);
});
