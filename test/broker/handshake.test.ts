import t from 'tap';
import { close } from '../../protocol/close.js';
import { INITIALIZE_MS_MAX } from '../../protocol/limits.js';
import { HandTransport } from './hand-transport.js';
import { InMemory, MemoryClient, settled } from '../support/in-memory.js';

const clientInfo = { name: 'editor', version: '2.1' };

t.test('nothing is answered before initialize but initialize', async (t) => {
  const { broker, runtime } = await InMemory.start();
  const client = new MemoryClient().attach(broker);
  const id = client.request('thread/list');
  await settled();
  t.match(client.answerTo(id), {
    error: { code: -32600, message: 'Not initialized', data: { reason: 'notInitialized' } },
  });
  t.same(runtime.received, []);
});

t.test('a WebSocket that does not initialize in time is closed, and nothing else is', async (t) => {
  const memory = await InMemory.start();
  const silent = new HandTransport('websocket');
  memory.broker.attach(silent);
  const [stdio, initialized] = [new HandTransport('stdio'), new HandTransport('websocket')];
  memory.broker.attach(stdio);
  await initialized.attach(memory.broker);
  const refused = await new HandTransport('websocket').attach(memory.broker, {
    optOutNotificationMethods: 1,
  });
  memory.advance(INITIALIZE_MS_MAX - 1);
  t.equal(silent.reason, null, 'just before');
  memory.advance(1);
  t.same(silent.reason, close.handshakeTimeout);
  t.same(refused.reason, close.handshakeTimeout, 'one that was not accepted is none');
  t.same([stdio.reason, initialized.reason], [null, null]);
});

t.test(
  'initialize is answered from the one answer of the runtime, the last bracket the client’s own',
  async (t) => {
    const { broker, runtime } = await InMemory.start();
    const client = new MemoryClient().attach(broker);
    const id = client.request('initialize', { clientInfo, capabilities: null });
    await settled();
    t.same(client.answerTo(id), {
      id,
      result: { userAgent: 'scripted/1 (Test; x) term (editor; 2.1)', codexHome: '/h' },
    });
    t.same(runtime.received, [], 'the runtime is not initialized again');
    const unversioned = new MemoryClient().attach(broker);
    unversioned.request('initialize', { clientInfo: { name: 'c', version: '' } });
    await settled();
    t.match(unversioned.received[0]?.result, { userAgent: 'scripted/1 (Test; x) term (c;)' });
    const again = client.request('initialize', { clientInfo });
    await settled();
    t.match(client.answerTo(again), { error: { code: -32600, message: 'Already initialized' } });
  },
);

t.test(
  'an initialize that does not fit is refused in the words of app-server, and can be tried again',
  async (t) => {
    const { broker } = await InMemory.start();
    const client = new MemoryClient().attach(broker);
    const missing = client.request('initialize', {});
    const wrong = client.request('initialize', { clientInfo: { name: 1, version: '1' } });
    const long = client.request('initialize', { clientInfo: { name: 'x'.repeat(257), version: '1' } });
    const many = client.request('initialize', {
      clientInfo,
      capabilities: { optOutNotificationMethods: Array.from({ length: 257 }, () => 'a') },
    });
    const newline = client.request('initialize', { clientInfo: { name: 'two\nlines', version: '1' } });
    const right = client.request('initialize', { clientInfo });
    await settled();
    t.equal(client.answerTo(missing)?.error?.message, 'Invalid request: missing field `clientInfo`');
    t.match(client.answerTo(wrong)?.error?.message, /^Invalid request: clientInfo\.name: /);
    t.equal(client.answerTo(long)?.error?.data?.reason, 'invalidParams');
    t.equal(client.answerTo(many)?.error?.data?.reason, 'invalidParams');
    t.equal(
      client.answerTo(newline)?.error?.message,
      "Invalid clientInfo.name: 'two\nlines'. Must be a valid HTTP header value.",
    );
    t.ok(client.answerTo(right)?.result);
  },
);

t.test(
  'what the runtime greets with is said again to every client: each warning, the latest state',
  async (t) => {
    const warning = (summary: string): object => ({ method: 'configWarning', params: { summary } });
    const state = (status: string): object => ({
      method: 'remoteControl/status/changed',
      params: { status },
    });
    const { broker, runtime } = await InMemory.start(warning('one'), warning('two'), state('disabled'));
    runtime.say(warning('later'), state('enabled'));
    const client = new MemoryClient().attach(broker);
    client.request('initialize', { clientInfo, capabilities: { experimentalApi: true } });
    const picky = new MemoryClient().attach(broker);
    picky.request('initialize', {
      clientInfo,
      capabilities: { optOutNotificationMethods: ['configWarning'] },
    });
    await settled();
    const said = client.received.slice(1).map(({ params }) => params);
    t.same(said, [{ summary: 'one' }, { summary: 'two' }, { status: 'enabled' }]);
    t.same(picky.methods, ['remoteControl/status/changed']);
  },
);

t.test('what needs experimentalApi is refused to a client that did not declare it', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.client({});
  const method = client.request('project/list');
  const param = client.request('thread/start', { permissions: 'x', environments: [] });
  const unused = client.request('thread/start', {
    permissions: null,
    experimentalRawEvents: false,
    dynamicTools: null,
  });
  const unknown = client.request('thread/brandNew');
  await settled();
  t.equal(client.answerTo(method)?.error?.message, 'project/list requires experimentalApi capability');
  t.equal(
    client.answerTo(param)?.error?.message,
    'thread/start.permissions requires experimentalApi capability',
  );
  t.equal(client.answerTo(unused), undefined, 'is with the runtime');
  t.equal(client.answerTo(unknown), undefined, 'is with the runtime');
  t.same(
    memory.runtime.received.map((message) => message.method),
    ['thread/start', 'thread/brandNew'],
  );
});
