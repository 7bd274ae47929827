import t from 'tap';
import type { ClientPresence, ClientsChanged, ClientsPage } from '../../protocol/clients.js';
import {
  CLIENTS_CHANGED_MS,
  CLIENTS_PAGE,
  CLIENTS_PAGE_MAX,
  CLIENTS_SETTLE_MS,
  CLIENTS_TOLD_MAX,
} from '../../protocol/limits.js';
import type { Credential } from '../../broker/access/credential.js';
import { delta, InMemory, MemoryClient, settled } from '../support/in-memory.js';

const CHANGED = 'broker/clients/changed';

/** What a client was told of who is here, oldest first. */
function told(client: MemoryClient): ClientsChanged[] {
  return client.presence.map(({ params }) => params as unknown as ClientsChanged);
}

async function list(client: MemoryClient, params: object = {}): Promise<ClientsPage> {
  const id = client.request('broker/clients/list', params);
  await settled();
  return client.answerTo(id)?.result as ClientsPage;
}

/** A v1 client that has heard of itself. */
async function watcher(memory: InMemory, capabilities: object = {}): Promise<MemoryClient> {
  const client = await memory.client(capabilities, 'json');
  memory.advance(CLIENTS_CHANGED_MS);
  await settled();
  client.presence.length = 0;
  return client;
}

t.test('the list has who is here, whichever wire it is on, in the order in which they came', async (t) => {
  const memory = await InMemory.start();
  memory.advance(5);
  const phone: Credential = { id: 'd1', name: 'my phone', role: 'controller', remote: true };
  const dashboard: Credential = { id: 'd2', name: 'board', role: 'observer', remote: true };
  const join = async (name: string, wire: 'stock' | 'json' | 'msgpack', more: object, as?: Credential) => {
    const client = new MemoryClient(wire).attach(memory.broker, as && { credential: as });
    client.request('initialize', {
      clientInfo: { name, version: '1', ...('title' in more ? { title: more.title } : {}) },
      capabilities: 'kind' in more ? { extensions: { threadcast: { kind: more.kind } } } : {},
    });
    await settled();
    return client;
  };
  const tui = await join('codex-tui', 'stock', {});
  tui.request('thread/resume', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
  const page = await join('web', 'msgpack', { title: 'The page', kind: 'person' }, phone);
  new MemoryClient('json').attach(memory.broker);
  await join('watcher', 'stock', { kind: 'bot' }, dashboard);
  const { data, nextCursor, total } = await list(page);
  t.equal(nextCursor, null);
  t.equal(total, 3, 'one that has not said who it is does not count');
  const [first, second, third] = data;
  t.match(first?.connectionId, /^c1-/);
  t.same(without(first), {
    clientName: 'codex-tui',
    title: null,
    kind: null,
    role: 'owner',
    device: null,
    threads: ['t1'],
    lagging: false,
    pendingBytes: 0,
    since: '1970-01-01T00:00:00.005Z',
  });
  const { clientName, title, kind, role, device, threads } = second ?? ({} as ClientPresence);
  t.same(
    { clientName, title, kind, role, device, threads },
    {
      clientName: 'web',
      title: 'The page',
      kind: 'person',
      role: 'controller',
      device: 'my phone',
      threads: [],
    },
  );
  t.match(third, { clientName: 'watcher', kind: 'bot', role: 'observer', device: 'board' });
});

function without(one: ClientPresence | undefined): object {
  const { connectionId: _, ...rest } = one ?? ({} as ClientPresence);
  return rest;
}

t.test('it comes in pages, each behind the last', async (t) => {
  const memory = await InMemory.start();
  const clients: MemoryClient[] = [];
  while (clients.length < CLIENTS_PAGE + 1) clients.push(await memory.client({}));
  const [first] = clients;
  if (first === undefined) return;
  const page = await list(first);
  t.equal(page.data.length, CLIENTS_PAGE);
  t.equal(page.total, CLIENTS_PAGE + 1);
  clients[CLIENTS_PAGE - 1]?.vanish();
  await settled();
  const rest = await list(first, { cursor: page.nextCursor });
  t.same([rest.data.length, rest.nextCursor, rest.total], [1, null, CLIENTS_PAGE]);
  const some = await list(first, { limit: 2 });
  t.same((await list(first, { limit: 1, cursor: some.nextCursor })).data[0], page.data[2]);
  for (const params of [{ limit: 0 }, { limit: CLIENTS_PAGE_MAX + 1 }, { cursor: 'x' }]) {
    const id = first.request('broker/clients/list', params);
    await settled();
    t.type(first.answerTo(id)?.error?.code, 'number', JSON.stringify(params));
  }
});

t.test('who comes, goes, or looks elsewhere is told to v1 clients, together and by the clock', async (t) => {
  const memory = await InMemory.start();
  const stock = await memory.client();
  const deaf = await watcher(memory, { optOutNotificationMethods: [CHANGED] });
  const json = await watcher(memory);
  const msgpack = await memory.client({}, 'msgpack');
  memory.advance(CLIENTS_CHANGED_MS);
  await settled();
  json.presence.length = 0;

  const other = await memory.subscriber('t1');
  t.same(told(json), [], 'not at once');
  memory.advance(CLIENTS_SETTLE_MS - 1);
  await settled();
  t.same(told(json), []);
  memory.advance(1);
  await settled();
  t.match(told(json), [{ clients: [{ threads: ['t1'] }], total: 5 }]);
  t.same(told(json)[0]?.gone, []);
  t.equal(told(json)[0]?.clients?.length, 1);
  t.same(told(msgpack).at(-1), told(json)[0]);
  t.notOk(
    json.presence.some((one) => 'log' in one || 'seq' in one),
    'no entry of any log',
  );

  other.request('thread/unsubscribe', { threadId: 't1' });
  await settled();
  memory.advance(CLIENTS_SETTLE_MS);
  other.vanish();
  await settled();
  memory.advance(CLIENTS_CHANGED_MS - CLIENTS_SETTLE_MS - 1);
  await settled();
  t.equal(told(json).length, 1, 'not twice in a period');
  memory.advance(1);
  await settled();
  const gone = told(json)[0]?.clients?.[0]?.connectionId;
  t.same(told(json)[1], { clients: [], gone: [gone], total: 4 });
  memory.advance(10 * CLIENTS_CHANGED_MS);
  await settled();
  t.equal(told(json).length, 2, 'and nothing where nothing changes');
  t.same(told(stock), []);
  t.same(told(deaf), []);
});

t.test('of too many, and of too much, it is told that there is something to list', async (t) => {
  const memory = await InMemory.start();
  const json = await watcher(memory);
  const all: MemoryClient[] = [];
  const come = async (count: number): Promise<ClientsChanged | undefined> => {
    for (let i = 0; i < count; i += 1) all.push(await memory.client({}));
    memory.advance(CLIENTS_CHANGED_MS);
    await settled();
    return told(json).at(-1);
  };
  t.equal((await come(CLIENTS_TOLD_MAX))?.clients?.length, CLIENTS_TOLD_MAX);
  t.same(await come(CLIENTS_TOLD_MAX + 1), { clients: null, gone: null, total: 2 * CLIENTS_TOLD_MAX + 2 });
  t.equal((await come(1))?.clients?.length, 1);
  const subscribe = async (count: number): Promise<void> => {
    for (const client of all.slice(0, count)) {
      const id = client.request('thread/start');
      await settled();
      // As long as a runtime might make it.
      memory.runtime.answer('thread/start', {
        thread: { id: `${id}-${all.indexOf(client)}`.padEnd(2_000, 'x') },
      });
      await settled();
    }
  };
  await subscribe(10);
  memory.advance(CLIENTS_CHANGED_MS);
  await settled();
  t.equal(told(json).at(-1)?.clients?.length, 10);
  await subscribe(30);
  memory.advance(CLIENTS_CHANGED_MS);
  await settled();
  t.same(told(json).at(-1)?.clients, null);
});

t.test('who lags is shown, and who does not read is told to list once it does', async (t) => {
  const memory = await InMemory.start();
  const json = await watcher(memory);
  const slow = await memory.subscriber('t1', {}, 'json');
  memory.advance(CLIENTS_CHANGED_MS);
  await settled();
  slow.presence.length = 0;
  slow.end.stall();
  memory.runtime.say(delta('t1', 'x'.repeat(200_000)));
  await settled();
  memory.advance(CLIENTS_CHANGED_MS);
  await settled();
  const [lags] = told(json).at(-1)?.clients ?? [];
  t.match(lags, { lagging: true, threads: ['t1'] });
  t.ok((lags?.pendingBytes ?? 0) > 100_000);
  (await memory.client({})).vanish();
  await settled();
  memory.advance(CLIENTS_CHANGED_MS);
  await settled();
  slow.end.resume();
  await settled();
  memory.advance(CLIENTS_CHANGED_MS);
  await settled();
  t.match(told(json).at(-1)?.clients, [{ connectionId: lags?.connectionId, lagging: false }]);
  t.same(told(slow), [{ clients: null, gone: null, total: 2 }], 'once, and nothing has piled up');
});

t.test('a kind that there is not is refused', async (t) => {
  const memory = await InMemory.start();
  const client = new MemoryClient().attach(memory.broker);
  const capabilities = { extensions: { threadcast: { kind: 'cat' } } };
  const id = client.request('initialize', { clientInfo: { name: 'x', version: '1' }, capabilities });
  await settled();
  t.match(client.answerTo(id)?.error, { data: { reason: 'invalidParams' } });
});
