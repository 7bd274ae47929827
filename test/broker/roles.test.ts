import t from 'tap';
import { LOCAL_OWNER, REMOTE_OWNER } from '../../broker/access/credential.js';
import type { Credential } from '../../broker/access/credential.js';
import { close } from '../../protocol/close.js';
import type { CloseReason } from '../../protocol/close.js';
import {
  CONNECTIONS_MAX,
  CONNECTIONS_PER_ADDRESS_MAX,
  CONNECTIONS_PER_DEVICE_MAX,
} from '../../protocol/limits.js';
import type { Wire } from '../../protocol/wires.js';
import { InMemory, MemoryClient, settled } from '../support/in-memory.js';
import { approval } from './events.js';
import { HandTransport } from './hand-transport.js';

const OBSERVER: Credential = { id: 'd1', name: 'phone', role: 'observer', remote: true };
const CONTROLLER: Credential = { id: 'd2', name: 'desk', role: 'controller', remote: true };

/** A client with that credential, initialized, which says of itself what it likes. */
async function client(
  memory: InMemory,
  credential: Credential,
  { wire = 'stock', claims = {} }: { wire?: Wire; claims?: object } = {},
): Promise<MemoryClient> {
  const made = new MemoryClient(wire).attach(memory.broker, { credential });
  const capabilities = { experimentalApi: true, extensions: { threadcast: claims } };
  made.request('initialize', { clientInfo: { name: 'test', version: '1' }, capabilities });
  await settled();
  return made;
}

async function outcomeOf(one: MemoryClient, method: string, params: object = {}): Promise<string> {
  const id = one.request(method, params);
  await settled();
  const answer = one.answerTo(id);
  if (answer === undefined) return 'asked of the runtime';
  return answer.error === undefined ? 'answered' : String(answer.error.data?.['reason']);
}

t.test('an observer reads, whatever it says of itself', async (t) => {
  for (const wire of ['stock', 'json', 'msgpack'] as const) {
    const memory = await InMemory.start();
    const observer = await client(memory, OBSERVER, { wire, claims: { role: 'controller' } });
    if (wire !== 'stock') t.match(observer.received[0]?.result, { threadcast: { role: 'observer' } }, wire);
    t.equal(await outcomeOf(observer, 'broker/status'), 'answered', wire);
    t.equal(await outcomeOf(observer, 'thread/read', { threadId: 't1' }), 'asked of the runtime', wire);
    for (const method of [
      'turn/start',
      'thread/start',
      'fs/readFile',
      'thread/somethingNew',
      'broker/devices/list',
    ])
      t.equal(await outcomeOf(observer, method), 'forbidden', `${wire}: ${method}`);
    t.equal(await outcomeOf(observer, 'thread/resume', { threadId: 't1', model: 'x' }), 'forbidden', wire);
  }
});

t.test(
  'an observer is asked nothing, sees on v1 what others are asked, and its answers count for nothing',
  async (t) => {
    const memory = await InMemory.start();
    const subscribed = async (credential: Credential, wire: Wire): Promise<MemoryClient> => {
      const one = await client(memory, credential, { wire });
      one.request('thread/resume', { threadId: 't1' });
      await settled();
      memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
      await settled();
      return one;
    };
    const [asked, looker, stock] = [
      await subscribed(CONTROLLER, 'json'),
      await subscribed(OBSERVER, 'json'),
      await subscribed(OBSERVER, 'stock'),
    ];
    memory.runtime.say(approval(0));
    await settled();
    t.same(
      [asked, looker, stock].map((one) => one.requests.length),
      [1, 0, 0],
    );
    t.ok(looker.methods.includes('broker/request/opened'));
    t.notOk(stock.methods.includes('broker/request/opened'));
    for (const one of [looker, stock]) one.answer(asked.requests[0]?.id, { decision: 'accept' });
    await settled();
    t.notOk(
      memory.runtime.received.some(({ method }) => method === undefined),
      'nothing was decided',
    );
    asked.answer(asked.requests[0]?.id, { decision: 'decline' });
    await settled();
    t.match(memory.runtime.received.at(-1), { id: 0, result: { decision: 'decline' } });
  },
);

t.test('only the owner says who may come', async (t) => {
  const memory = await InMemory.start();
  const device = await client(memory, CONTROLLER);
  for (const method of [
    'broker/token/rotate',
    'broker/pairing/start',
    'broker/pairing/wait',
    'broker/devices/list',
    'broker/devices/revoke',
  ])
    t.equal(await outcomeOf(device, method), 'forbidden', method);
  for (const credential of [LOCAL_OWNER, REMOTE_OWNER])
    t.equal(await outcomeOf(await client(memory, credential), 'broker/devices/list'), 'answered');
  const less = await client(memory, LOCAL_OWNER, { claims: { role: 'observer' } });
  t.equal(await outcomeOf(less, 'broker/devices/list'), 'forbidden', 'the owner who wants to be less, is');
});

t.test('from afar nobody runs programs or touches files', async (t) => {
  const memory = await InMemory.start();
  for (const method of ['fs/readFile', 'command/exec', 'process/spawn', 'thread/shellCommand']) {
    t.equal(await outcomeOf(await client(memory, REMOTE_OWNER), method), 'forbidden', method);
    t.equal(
      await outcomeOf(await client(memory, LOCAL_OWNER), method, { command: [] }),
      'asked of the runtime',
      method,
    );
  }
});

t.test('the same submission of another credential is another one', async (t) => {
  const memory = await InMemory.start();
  const submit = { threadId: 't1', input: [], clientUserMessageId: 'm1' };
  for (const credential of [LOCAL_OWNER, CONTROLLER])
    t.equal(
      await outcomeOf(await client(memory, credential), 'broker/turn/submit', submit),
      'asked of the runtime',
    );
  await settled();
  t.equal(memory.runtime.received.filter(({ method }) => method === 'turn/start').length, 2);
  const again = await client(memory, REMOTE_OWNER);
  again.request('broker/turn/submit', submit);
  await settled();
  t.equal(
    memory.runtime.received.filter(({ method }) => method === 'turn/start').length,
    2,
    'the owner is one',
  );
});

t.test('the owner pairs a device, is told, and takes it back: its connections end', async (t) => {
  const memory = await InMemory.start();
  const owner = await client(memory, LOCAL_OWNER);
  const started = owner.request('broker/pairing/start', { name: 'phone', role: 'observer' });
  await settled();
  const { code, url } = owner.answerTo(started)?.result as { code: string; url: string | null };
  t.equal(url, null, 'it listens nowhere');
  const waited = owner.request('broker/pairing/wait', { code });
  await settled();
  t.equal(owner.answerTo(waited), undefined, 'until it is used');
  const made = await memory.access.pairings.redeem(code);
  await settled();
  const device = made?.[0];
  t.match(owner.answerTo(waited)?.result, { device: { name: 'phone', role: 'observer' } });
  t.notMatch(JSON.stringify(owner.received), made?.[1] ?? 'a token', 'its token is told nobody else');
  const credential = { ...OBSERVER, id: device?.deviceId ?? '' };
  const [phone, other] = [await client(memory, credential), await client(memory, CONTROLLER)];
  const deviceId = device?.deviceId;
  t.equal(await outcomeOf(owner, 'broker/devices/revoke', { deviceId }), 'answered');
  await settled();
  t.ok(phone.closed);
  t.match(phone.end.peerReason, { code: 4401 });
  t.notOk(other.closed);
  t.equal(await outcomeOf(owner, 'broker/devices/revoke', { deviceId }), 'deviceNotFound');
  t.equal(await outcomeOf(owner, 'broker/pairing/start', { name: 'two\nlines' }), 'invalidParams');
  t.equal(await outcomeOf(owner, 'broker/token/rotate'), 'noToken');
});

t.test('there are only so many connections in all, whoever they are', async (t) => {
  const { broker } = await InMemory.start();
  const come = (): { reason: CloseReason | null; leave: () => void } => {
    const transport = new HandTransport('websocket');
    const events = broker.attach(transport);
    return { reason: transport.reason, leave: () => events.closed() };
  };
  const all = Array.from({ length: CONNECTIONS_MAX }, come);
  t.notOk(all.some(({ reason }) => reason !== null));
  t.same(come().reason, close.tooMany);
  all[0]?.leave();
  t.equal(come().reason, null, 'one that goes makes room');
  t.same(come().reason, close.tooMany);
});

t.test('a device has only so many connections, and an address beyond loopback', async (t) => {
  const memory = await InMemory.start();
  const many = (count: number, credential: (i: number) => Credential): MemoryClient[] =>
    Array.from({ length: count }, (_, i) =>
      new MemoryClient().attach(memory.broker, { credential: credential(i) }),
    );
  const phones = many(CONNECTIONS_PER_DEVICE_MAX, () => OBSERVER);
  await settled();
  t.notOk(phones.some(({ closed }) => closed));
  const [beyond] = many(1, () => OBSERVER);
  await settled();
  t.match(beyond?.end.peerReason, { code: 4429 });
  phones[0]?.vanish();
  await settled();
  const [again] = many(1, () => OBSERVER);
  await settled();
  t.notOk(again?.closed, 'one that goes makes room');

  // Wires in memory have an address like any other that is not this machine's.
  const left = CONNECTIONS_PER_ADDRESS_MAX - CONNECTIONS_PER_DEVICE_MAX;
  const remote = many(left, (i) => ({ ...REMOTE_OWNER, id: `owner ${i}` }));
  await settled();
  t.notOk(remote.some(({ closed }) => closed));
  const [far, here] = [many(1, () => REMOTE_OWNER)[0], many(1, () => LOCAL_OWNER)[0]];
  await settled();
  t.match(far?.end.peerReason, { code: 4429 });
  t.notOk(here?.closed, 'a local one has no such bound');
});
