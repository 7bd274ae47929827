import t from 'tap';
import { delta, InMemory, settled } from '../support/in-memory.js';

const started = (id: string): object => ({ method: 'thread/started', params: { thread: { id } } });

t.test(
  'a thread’s events go to its subscribers, in order and byte for byte; the lobby’s to everyone',
  async (t) => {
    const memory = await InMemory.start();
    const [a, b, c] = [await memory.subscriber('t1'), await memory.subscriber('t1'), await memory.client()];
    // Odd spacing and members that nobody knows must survive.
    const odd =
      '{"method":"item/started", "params":{"item":{"threadId":"t2"},"threadId":"t1"} ,"zzz":1.0,"emittedAtMs":5}';
    memory.runtime.sayRaw(odd);
    memory.runtime.say(started('t9'), delta('t1', 'one'));
    await settled();
    t.same(a.frames, b.frames);
    t.equal(a.frames[0], odd);
    t.same(a.methods, ['item/started', 'thread/started', 'item/agentMessage/delta']);
    t.same(c.methods, ['thread/started']);
  },
);

t.test('an unknown notification goes to the thread that it names, else to everyone', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.subscriber('t1'), await memory.client()];
  memory.runtime.say({ method: 'brand/new', params: { threadId: 't1' } }, { method: 'brand/newer' });
  await settled();
  t.same(a.methods, ['brand/new', 'brand/newer']);
  t.same(b.methods, ['brand/newer']);
});

t.test('opting out works by exact name; experimental notifications need experimentalApi', async (t) => {
  const memory = await InMemory.start();
  const deaf = await memory.subscriber('t1', {
    experimentalApi: true,
    optOutNotificationMethods: ['item/agentMessage'],
  });
  const picky = await memory.subscriber('t1', { optOutNotificationMethods: ['item/agentMessage/delta'] });
  memory.runtime.say(
    delta('t1', 'x'),
    { method: 'thread/queue/changed', params: { threadId: 't1' } },
    { method: 'turn/completed', params: { threadId: 't1' } },
  );
  await settled();
  t.same(deaf.methods, ['item/agentMessage/delta', 'thread/queue/changed', 'turn/completed']);
  t.same(picky.methods, ['turn/completed']);
});

t.test('a deprecation notice goes to those whose requests cause it', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  a.request('thread/resume', { threadId: 't1' });
  await settled();
  memory.runtime.say({ method: 'deprecationNotice', params: { summary: 'old' } });
  memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
  memory.runtime.say({ method: 'deprecationNotice', params: { summary: 'nobody asked' } });
  await settled();
  t.same(a.methods, ['deprecationNotice']);
  t.equal(a.received[0]?.method, 'deprecationNotice', 'before the answer');
  t.same(b.methods, []);
});

t.test(
  'one event to 100 clients: parsed never, encoded never, one write a connection for a whole chunk',
  async (t) => {
    const memory = await InMemory.start();
    const clients = [];
    for (let i = 0; i < 100; i += 1) clients.push(await memory.subscriber('t1'));
    const asker = await memory.client();
    const counters = async (): Promise<Record<string, number>> => {
      asker.received.length = 0;
      asker.request('broker/status');
      await settled();
      return (asker.received[0]?.result as { counters: Record<string, number> }).counters;
    };
    const before = await counters();
    memory.runtime.say(...Array.from({ length: 50 }, (_, i) => delta('t1', String(i))));
    await settled();
    const after = await counters();
    const grown = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0);
    t.equal(grown('runtimeLines'), 50);
    t.equal(grown('eventsParsed'), 0);
    t.equal(grown('framesEncoded'), 0);
    t.equal(grown('framesSent'), 50 * 100 + 1, 'and the answer to the first look');
    t.equal(grown('writes'), 100 + 1, 'one a connection, and that of the first look');
    t.ok(clients.every((client) => client.frames.length === 50));
  },
);

t.test('a client that has left gets nothing, and the others go on', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.subscriber('t1'), await memory.subscriber('t1')];
  a.vanish();
  await settled();
  memory.runtime.say(delta('t1', 'x'));
  await settled();
  t.same(a.methods, []);
  t.same(b.methods, ['item/agentMessage/delta']);
});
