import t from 'tap';
import { countIn, newCounters } from '../../broker/ops/counters.js';
import { close } from '../../protocol/close.js';
import { errors } from '../../protocol/errors.js';
import { REQUESTS_PER_CONNECTION_MAX } from '../../protocol/limits.js';
import type { StatusResult } from '../../protocol/schemas.js';
import { APPROVAL, approval, join, resolved, statusOf } from '../broker/events.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import type { MemoryClient } from '../support/in-memory.js';

type Tallies = Record<string, Record<string, number>>;

/** What has grown since `before`, without what has not. */
function grown(before: StatusResult, after: StatusResult): Tallies {
  const changed = Object.entries(after.tallies).map(([name, counts]) => {
    const names = Object.entries(counts).map(
      ([key, count]) => [key, count - (before.tallies[name]?.[key] ?? 0)] as const,
    );
    return [name, Object.fromEntries(names.filter(([, count]) => count !== 0))] as const;
  });
  return Object.fromEntries(changed.filter(([, counts]) => Object.keys(counts).length > 0));
}

/** What a deed has counted, the first look at the status included: it is one result. */
async function counted(observer: MemoryClient, deed: () => Promise<void> | void): Promise<Tallies> {
  const before = await statusOf(observer);
  await deed();
  await settled();
  return grown(before, await statusOf(observer));
}

const LOOK = { result: 1 };

t.test('every request is counted once, by how it ended', async (t) => {
  const memory = await InMemory.start();
  const [observer, client] = [await memory.client(), await memory.client({})];
  t.same(await counted(observer, () => {}), { requests: LOOK }, 'the look itself');
  const answered = await counted(observer, async () => {
    for (const method of ['thread/list', 'model/list', 'model/list']) client.request(method);
    await settled();
    memory.runtime.answer('thread/list', {});
    memory.runtime.answer('model/list', {});
    const [, first] = memory.runtime.received;
    memory.runtime.say({ id: first?.id, error: { code: 1, message: 'no', data: { reason: 'constructor' } } });
  });
  t.same(answered, { requests: { result: 2 + 1, error: 1 } });
  const refused = await counted(observer, () => {
    client.request('initialize', { clientInfo: { name: 'again', version: '1' } });
    client.request('thread/queue/list', { threadId: 't1' });
    client.request('broker/thread/join', { threadId: 't1' });
    client.request('broker/turn/submit', {});
  });
  t.same(refused, {
    requests: { ...LOOK, refused: 4 },
    refusals: { alreadyInitialized: 1, experimentalApiRequired: 1, wrongWire: 1, invalidParams: 1 },
  });
});

t.test('a request whose client has gone is lost, whatever becomes of it', async (t) => {
  const memory = await InMemory.start();
  const observer = await memory.client();
  const gone = await memory.client(undefined, 'json');
  const leave = async (): Promise<void> => {
    gone.request('thread/list');
    gone.request('model/list');
    gone.request('broker/thread/join', { threadId: 't1' });
    gone.request('broker/turn/submit', { threadId: 't1', clientUserMessageId: 'm1', input: [] });
    await settled();
    gone.vanish();
    await settled();
  };
  t.same(await counted(observer, leave), {
    requests: LOOK,
    closed: { 'memory/json': 1 },
    ends: { gone: 1 },
  });
  const late = await counted(observer, async () => {
    memory.runtime.answer('thread/list', {});
    memory.runtime.fail('model/list', 'no');
    memory.runtime.exit();
  });
  t.same(late, { requests: { ...LOOK, lost: 4 } });
});

t.test('with all that is refused, lost and answered each request has one end', async (t) => {
  const memory = await InMemory.start();
  const [observer, client] = [await memory.client(), await memory.client()];
  const before = await statusOf(observer);
  for (let i = 0; i <= REQUESTS_PER_CONNECTION_MAX; i += 1) client.request('thread/list');
  await settled();
  const during = await statusOf(observer);
  t.equal(during.requests.inFlight, REQUESTS_PER_CONNECTION_MAX);
  t.same(grown(before, during), { requests: { ...LOOK, refused: 1 }, refusals: { overloaded: 1 } });
  memory.runtime.exit();
  await settled();
  const after = await statusOf(observer);
  t.equal(after.requests.inFlight, 0);
  t.same(grown(during, after), {
    requests: { ...LOOK, refused: REQUESTS_PER_CONNECTION_MAX },
    refusals: { runtimeExited: REQUESTS_PER_CONNECTION_MAX },
  });
});

t.test('connections are counted by what carries them, and by why they ended', async (t) => {
  const memory = await InMemory.start();
  const observer = await memory.client();
  const opened = await counted(observer, async () => {
    await memory.client(undefined, 'json');
    (await memory.client(undefined, 'msgpack')).raw('no msgpack');
    (await memory.client()).vanish();
  });
  t.same(opened, {
    requests: { result: 3 + 1 },
    opened: { 'memory/json': 1, 'memory/msgpack': 1, 'memory/stock': 1 },
    closed: { 'memory/msgpack': 1, 'memory/stock': 1 },
    ends: { badFrame: 1, gone: 1 },
  });
});

t.test('approvals: opened, and how each of them ended', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.subscriber('t1');
  const observer = await memory.client();
  const asks = await counted(observer, () => memory.runtime.say(approval(1), approval(2), approval(3)));
  t.same(asks, { requests: LOOK, approvals: { opened: 3 } });
  t.equal((await statusOf(observer)).approvals.open, 3);
  const [first, second] = a.requests;
  const settle = await counted(observer, async () => {
    a.answer(first?.id, {});
    a.answerError(second?.id);
    await settled();
    memory.runtime.say(resolved(1), resolved(2), resolved(3));
  });
  t.same(settle, { requests: LOOK, approvals: { answered: 1, refused: 1, cancelled: 1 } });
  t.equal((await statusOf(observer)).approvals.open, 0);
  const again = await counted(observer, async () => {
    memory.runtime.say(approval(4), { method: 'currentTime/read', id: 5, params: { threadId: 't1' } });
    await settled();
    memory.runtime.say(approval(4));
    await settled();
    memory.runtime.exit();
  });
  t.same(
    again['approvals'],
    { opened: 1, cancelled: 1 },
    'said again it is the same; what a program answers is none',
  );
  t.equal(a.requests.filter(({ method }) => method === APPROVAL).length, 4);
});

t.test('rejoins: with all that was missed, or with a snapshot', async (t) => {
  const memory = await InMemory.start();
  await memory.subscriber('t1');
  memory.runtime.say(delta('t1', 'one'));
  const observer = await memory.client();
  const { epoch, seq } = (await statusOf(observer)).threads[0] ?? {};
  const back = await memory.client(undefined, 'json');
  const recovered = await counted(observer, async () => void (await join(back, { epoch, seq })));
  t.same(recovered, { requests: { result: 2 }, rejoins: { recovered: 1 } });
  const lost = await counted(observer, async () => {
    await join(back, { epoch: 'another', seq: 1 });
    memory.runtime.answer('thread/turns/list', { data: [], nextCursor: null });
  });
  t.same(lost, { requests: { result: 2 }, rejoins: { notRecovered: 1 } });
  const first = await counted(observer, async () => {
    await join(back);
    memory.runtime.answer('thread/turns/list', { data: [], nextCursor: null });
  });
  t.same(first, { requests: { result: 2 } }, 'who has no position does not come back');
});

t.test('what goes in and out is counted in bytes', async (t) => {
  const memory = await InMemory.start();
  const client = await memory.subscriber('t1');
  const before = (await statusOf(client)).counters;
  const event = delta('t1', 'héllo');
  const bytes = Buffer.byteLength(JSON.stringify(event));
  const request = { id: 'x', method: 'thread/list', params: {} };
  memory.runtime.say(event, event);
  client.send(request);
  await settled();
  const answer = client.frames.find((frame) => frame.startsWith('{"id":'));
  const { counters: after } = await statusOf(client);
  const more = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0);
  const status = Buffer.byteLength(JSON.stringify({ id: 99, method: 'broker/status', params: {} }));
  t.equal(more('entries'), 2);
  t.equal(more('runtimeBytesIn'), 2 * bytes);
  t.equal(more('runtimeBytesOut'), Buffer.byteLength(memory.runtime.rawReceived.at(-1) ?? ''));
  t.ok(Math.abs(more('clientBytesIn') - Buffer.byteLength(JSON.stringify(request)) - status) <= 2);
  t.equal(
    more('clientBytesOut'),
    2 * bytes + Buffer.byteLength(answer ?? ''),
    'with the first look’s answer',
  );
});

t.test('nothing that is not ours becomes a name', async (t) => {
  const counters = newCounters();
  for (const name of ['constructor', '__proto__', 'toString', 'mine', '']) {
    t.notOk(countIn(counters.refusals, name), name);
    t.notOk(countIn(counters.ends, name), name);
  }
  t.ok(countIn(counters.ends, 'gone'));
  t.same(
    Object.keys(counters.ends).toSorted(),
    ['gone', ...Object.values(close).map((one) => one.reason)].toSorted(),
  );
  t.same(
    Object.keys(counters.refusals),
    Object.values(errors).map((one) => one.reason),
  );
  t.equal(counters.ends['gone'], 1);
});
