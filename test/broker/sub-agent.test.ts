import t from 'tap';
import { GRACE_MS, UNCLAIMED_EVENTS_MAX, UNCLAIMED_MS_MAX } from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import { turnCompleted, turnStarted } from './events.js';
import { answerResumes, restart } from './restarted.js';

const approval = (id: number, threadId: string): object => ({
  id,
  method: 'item/commandExecution/requestApproval',
  params: { threadId, turnId: 'u', itemId: 'i' },
});

t.test('a thread that appears by itself subscribes everyone who is there at that moment', async (t) => {
  const memory = await InMemory.start();
  const [a, plain] = [await memory.client(), await memory.client({})];
  memory.runtime.say(delta('child', 'one'), approval(0, 'child'));
  await settled();
  const late = await memory.client();
  memory.runtime.say(delta('child', 'two'));
  await settled();
  const all = ['item/agentMessage/delta', 'item/commandExecution/requestApproval', 'item/agentMessage/delta'];
  t.same(a.methods, all);
  t.same(plain.methods, all);
  t.same(late.methods, []);
});

t.test('an approval can be the first that is heard of it', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.client();
  memory.runtime.say(approval(0, 'child'));
  await settled();
  a.answer(a.requests[0]?.id, { decision: 'accept' });
  await settled();
  t.same(memory.runtime.received, [{ id: 0, result: { decision: 'accept' } }]);
});

t.test('while a thread/start is in flight it waits, and is everyone’s once that is answered', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  a.request('thread/start');
  await settled();
  memory.runtime.say(delta('child', 'one'), approval(0, 'child'));
  const late = await memory.client();
  t.same([a.methods, b.methods], [[], []]);
  memory.runtime.answer('thread/start', { thread: { id: 'mine' } });
  memory.runtime.say(delta('child', 'two'), delta('mine', 'x'));
  await settled();
  const child = [
    'item/agentMessage/delta',
    'item/commandExecution/requestApproval',
    'item/agentMessage/delta',
  ];
  t.same(b.methods, child);
  t.same(a.methods, [...child, 'item/agentMessage/delta']);
  t.equal(a.received[0]?.method, undefined, 'the answer came first');
  t.same(late.methods, [], 'it came after the child had spoken');
});

t.test('a thread/start that fails, or whose asker leaves, lets it go too', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  a.request('thread/start');
  await settled();
  memory.runtime.say(delta('child', 'one'));
  a.vanish();
  await settled();
  memory.runtime.say({ id: memory.runtime.last('thread/start').id, error: { code: -1, message: 'no' } });
  await settled();
  t.same(b.methods, ['item/agentMessage/delta']);
});

t.test('what is held for it is bounded', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  a.request('thread/start');
  await settled();
  for (let i = 1; i < UNCLAIMED_EVENTS_MAX; i += 1) memory.runtime.say(delta('child', 'x'));
  await settled();
  t.equal(b.methods.length, 0);
  memory.runtime.say(delta('child', 'one more'), delta('child', 'and live'));
  await settled();
  t.equal(b.methods.length, UNCLAIMED_EVENTS_MAX + 1, 'all of it, once it is too much to keep waiting');
});

t.test('and it does not wait for ever for a request that the runtime never answers', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.client(), await memory.client()];
  a.request('thread/start');
  await settled();
  memory.runtime.say(approval(0, 'child'));
  memory.advance(UNCLAIMED_MS_MAX - 1);
  await settled();
  t.same([a.methods, b.methods], [[], []]);
  memory.advance(1);
  await settled();
  t.same([a.requests.length, b.requests.length], [1, 1]);
  memory.runtime.answer('thread/start', { thread: { id: 'child' } });
  await settled();
  t.equal(b.requests.length, 1, 'a late claim gives nobody anything twice');
});

t.test('one that the runtime takes up again by itself is everyone’s too', async (t) => {
  const memory = await InMemory.start();
  const first = await memory.client();
  memory.runtime.say(turnStarted('child'), turnCompleted('child'));
  const [later, json] = [await memory.client(), await memory.client({ experimentalApi: true }, 'json')];
  await settled();
  const status = (type: string): object => ({
    method: 'thread/status/changed',
    params: { threadId: 'child', status: { type } },
  });
  memory.runtime.say(status('notLoaded'));
  await settled();
  memory.runtime.say(status('idle'), delta('child', 'again'));
  await settled();
  t.same(first.methods.slice(-1), ['item/agentMessage/delta'], 'who was subscribed still is');
  t.same(later.methods.slice(-1), ['item/agentMessage/delta']);
  t.match(json.received.slice(-2), [
    { method: 'broker/log/reset', params: { log: 'child', seq: 2, reason: 'subscribed' } },
    { log: 'child', seq: 3, method: 'item/agentMessage/delta' },
  ]);
});

t.test('not so one that somebody asks for', async (t) => {
  const memory = await InMemory.start();
  const [asker, other] = [await memory.subscriber('t1'), await memory.client()];
  asker.request('thread/revert', { threadId: 't1', beforeTurnId: 'turn' });
  await settled();
  for (const type of ['notLoaded', 'idle'])
    memory.runtime.say({ method: 'thread/status/changed', params: { threadId: 't1', status: { type } } });
  memory.runtime.answer('thread/revert', { thread: { id: 't1' } });
  memory.runtime.say(delta('t1', 'x'));
  await settled();
  t.notOk(other.methods.includes('item/agentMessage/delta'));
});

t.test('nor one that slept when the runtime ended', async (t) => {
  const memory = await InMemory.start();
  const subscriber = await memory.subscriber('t1');
  const status = (type: string): object => ({
    method: 'thread/status/changed',
    params: { threadId: 't1', status: { type } },
  });
  memory.runtime.say(status('notLoaded'));
  await settled();
  const other = await memory.client();
  await restart(memory);
  await answerResumes(memory);
  memory.runtime.say(status('idle'), delta('t1', 'x'));
  await settled();
  t.ok(subscriber.methods.includes('item/agentMessage/delta'));
  t.notOk(other.methods.includes('item/agentMessage/delta'));
});

t.test('one that wakes after it was let go of is everyone’s', async (t) => {
  const memory = await InMemory.start();
  const first = await memory.client();
  const status = (type: string): object => ({
    method: 'thread/status/changed',
    params: { threadId: 'child', status: { type } },
  });
  memory.runtime.say(turnStarted('child'), turnCompleted('child'), status('notLoaded'));
  await settled();
  first.vanish();
  memory.advance(GRACE_MS);
  const later = await memory.client();
  await settled();
  memory.runtime.say(status('active'), approval(0, 'child'));
  await settled();
  t.match(later.requests, [{ method: 'item/commandExecution/requestApproval' }]);
});

t.test('an approval for a person only, of one that was nobody’s yet', async (t) => {
  const memory = await InMemory.start();
  const capabilities = { experimentalApi: true };
  const [starter, plain] = [await memory.client(capabilities), await memory.client(capabilities)];
  starter.request('thread/start');
  await settled();
  const { params, ...rest } = approval(0, 'child') as { params: object };
  memory.runtime.say({ ...rest, params: { ...params, kind: 'humanCommand' } });
  await settled();
  memory.runtime.answer('thread/start', { thread: { id: 't2' } });
  await settled();
  t.same(memory.runtime.received.at(-1), { id: 0, result: { decision: 'decline' } });
  t.same(plain.requests, []);
});
