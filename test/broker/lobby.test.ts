import t from 'tap';
import { InMemory, MemoryClient, settled } from '../support/in-memory.js';
import { statusOf } from './events.js';

const started = (id: string): object => ({ method: 'thread/started', params: { thread: { id } } });
const warning = (summary: string): object => ({ method: 'configWarning', params: { summary } });

for (const wire of ['json', 'msgpack'] as const) {
  t.test(
    `${wire}: who comes back gets what everyone got meanwhile, after its greeting, then what comes`,
    async (t) => {
      const memory = await InMemory.start(warning('w'));
      const { client, threadcast } = await memory.greeted({}, wire);
      t.match(threadcast, { version: 1, broker: /^threadcast\//, role: 'controller', previous: null });
      t.match(threadcast.lobby, { seq: 1, recovered: false });
      t.match(threadcast.connectionId, /^c1-[0-9a-f]{8}$/);
      memory.runtime.say(started('t2'));
      await settled();
      client.vanish();
      memory.runtime.say(started('t3'), started('t4'));
      await settled();
      const { epoch } = threadcast.lobby;
      const again = await memory.greeted(
        { lobby: { epoch, seq: 2 }, previousConnectionId: threadcast.connectionId },
        wire,
      );
      t.match(again.threadcast, { lobby: { epoch, seq: 4, recovered: true }, previous: { reason: 'gone' } });
      memory.runtime.say(started('t5'));
      await settled();
      t.match(again.client.received.slice(1), [
        warning('w'),
        { log: 'lobby', seq: 3, ...started('t3') },
        { log: 'lobby', seq: 4, ...started('t4') },
        { log: 'lobby', seq: 5, ...started('t5') },
      ]);
      t.equal(again.client.received.length, 5);
    },
  );

  t.test(`${wire}: where that cannot be had, it begins with what comes`, async (t) => {
    const memory = await InMemory.within({ ringEntries: 2 });
    for (let i = 0; i < 5; i += 1) {
      memory.runtime.say(started(`t${i}`));
      await settled();
    }
    const { epoch } = (await memory.greeted({}, wire)).threadcast.lobby;
    for (const [lobby, recovered] of [
      [{ epoch, seq: 3 }, true],
      [{ epoch, seq: 2 }, false],
      [{ epoch, seq: 5 }, true],
      [{ epoch, seq: 6 }, false],
      [{ epoch: 'of another broker', seq: 5 }, false],
      [null, false],
    ] as const) {
      const { client, threadcast } = await memory.greeted({ lobby }, wire);
      t.same(threadcast.lobby, { epoch, seq: 5, recovered }, JSON.stringify(lobby));
      t.equal(client.received.length, 1 + (recovered && lobby !== null ? 5 - lobby.seq : 0));
    }
  });
}

t.test('a position that is none refuses the handshake, which can be tried again', async (t) => {
  const memory = await InMemory.start();
  const client = new MemoryClient('json').attach(memory.broker);
  const initialize = (threadcast: object): number =>
    client.request('initialize', {
      clientInfo: { name: 'a', version: '1' },
      capabilities: { extensions: { threadcast } },
    });
  const odd: readonly object[] = [
    { lobby: 5 },
    { lobby: { epoch: 'e' } },
    { lobby: { epoch: 'e', seq: -1 } },
    { lobby: { epoch: 'e', seq: 0.5 } },
    { lobby: { epoch: 'e', seq: 2 ** 53 } },
    { previousConnectionId: 5 },
    { role: 'king' },
  ];
  const ids = odd.map(initialize);
  await settled();
  for (const id of ids) t.match(client.answerTo(id)?.error?.data, { reason: 'invalidParams' });
  const id = initialize({ role: null, lobby: null, previousConnectionId: null, more: 1 });
  await settled();
  t.match(client.answerTo(id)?.result, { threadcast: { role: 'controller' } });
});

t.test('in previous it is told why the last connection ended, of the wires that can ask', async (t) => {
  const memory = await InMemory.start();
  const { client, threadcast } = await memory.greeted({ role: 'observer' }, 'json');
  t.equal(threadcast.role, 'observer');
  const stock = await memory.client();
  const [, second] = (await statusOf(stock)).connections;
  client.raw(Buffer.from([0xff]));
  stock.vanish();
  await settled();
  memory.advance(1500);
  const cut = await memory.greeted({ previousConnectionId: threadcast.connectionId }, 'msgpack');
  t.same(cut.threadcast.previous, { reason: 'badFrame', pendingBytes: 0, at: '1970-01-01T00:00:00.000Z' });
  for (const previousConnectionId of [second?.connectionId, cut.threadcast.connectionId, 'c1-00000000', '']) {
    const { threadcast } = await memory.greeted({ previousConnectionId }, 'json');
    t.equal(threadcast.previous, null, String(previousConnectionId));
  }
});

t.test('stock: nothing is told of all that, whatever is asked', async (t) => {
  const memory = await InMemory.start();
  const { epoch } = (await memory.greeted({}, 'json')).threadcast.lobby;
  memory.runtime.say(started('t1'));
  const { client, threadcast } = await memory.greeted({ lobby: { epoch, seq: 0 } }, 'stock');
  t.equal(threadcast, undefined);
  t.equal(client.received.length, 1);
});

t.test('what was asked before the handshake has no place in any log', async (t) => {
  const memory = await InMemory.start();
  const client = new MemoryClient('json').attach(memory.broker);
  memory.runtime.say(started('t1'));
  const id = client.request('broker/thread/join', { threadId: 't1' });
  await settled();
  t.match(client.received, [{ id, error: { data: { reason: 'notInitialized' } } }]);
});
