import t from 'tap';
import { GRACE_MS, UNRESOLVED_MS_MAX } from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import type { MemoryClient } from '../support/in-memory.js';
import { turnCompleted, turnStarted } from './events.js';

const toolCall = (id: number): object => ({
  id,
  method: 'item/tool/call',
  params: { threadId: 't1', tool: 'x' },
});

async function startWithTools(memory: InMemory, client: MemoryClient): Promise<void> {
  client.request('thread/start', { dynamicTools: [{ name: 'x' }] });
  await settled();
  memory.runtime.answer('thread/start', { thread: { id: 't1' } });
  await settled();
}

t.test('a tool call goes to who registered the tool, then to the next, then is an error', async (t) => {
  const memory = await InMemory.start();
  const owner = await memory.client();
  await startWithTools(memory, owner);
  const other = await memory.subscriber('t1');
  memory.runtime.say(toolCall(0));
  await settled();
  t.equal(owner.requests.length, 1);
  t.equal(other.requests.length, 0);
  other.answer(owner.requests[0]?.id, { forged: true });
  owner.vanish();
  await settled();
  t.equal(other.requests.length, 1);
  t.equal(other.requests[0]?.id, owner.requests[0]?.id);
  other.vanish();
  await settled();
  t.match(memory.runtime.received.at(-1), {
    id: 0,
    error: { code: -32601, data: { reason: 'nobodyCanAnswer' } },
  });
});

t.test('its error answer goes to the runtime at once', async (t) => {
  const memory = await InMemory.start();
  const owner = await memory.client();
  await startWithTools(memory, owner);
  await memory.subscriber('t1');
  memory.runtime.say(toolCall(3));
  await settled();
  owner.answerError(owner.requests[0]?.id, 'no such tool');
  await settled();
  t.match(memory.runtime.received.at(-1), { id: 3, error: { message: 'no such tool' } });
});

t.test('attestation is asked of a client that declared it', async (t) => {
  const memory = await InMemory.start();
  const attest = { method: 'attestation/generate', params: {} };
  memory.runtime.say({ id: 0, ...attest });
  await settled();
  t.match(memory.runtime.received.at(-1), { id: 0, error: { data: { reason: 'nobodyCanAnswer' } } });
  await memory.client();
  const able = await memory.client({ experimentalApi: true, requestAttestation: true });
  memory.runtime.say({ id: 1, ...attest });
  await settled();
  able.answer(able.requests[0]?.id, { token: 'x' });
  await settled();
  t.same(memory.runtime.received.at(-1), { id: 1, result: { token: 'x' } });
});

t.test('fresh tokens are asked of who logged in with tokens', async (t) => {
  const memory = await InMemory.start();
  const refresh = (id: number): object => ({ id, method: 'account/chatgptAuthTokens/refresh', params: {} });
  const [a, b] = [await memory.client(), await memory.client()];
  for (const [client, type] of [
    [b, 'chatgptAuthTokens'],
    [a, 'apiKey'],
  ] as const) {
    client.request('account/login/start', { type });
    await settled();
    memory.runtime.answer('account/login/start', {});
    await settled();
  }
  memory.runtime.say(refresh(0));
  await settled();
  t.equal(b.requests.length, 1);
  t.equal(a.requests.length, 0);
  b.vanish();
  await settled();
  t.match(memory.runtime.received.at(-1), { id: 0, error: { data: { reason: 'nobodyCanAnswer' } } });
});

t.test('a failed login makes nobody its owner', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.client();
  a.request('account/login/start', { type: 'chatgptAuthTokens' });
  await settled();
  memory.runtime.say({
    id: memory.runtime.last('account/login/start').id,
    error: { code: -1, message: 'no' },
  });
  memory.runtime.say({ id: 0, method: 'account/chatgptAuthTokens/refresh', params: {} });
  await settled();
  t.same(a.requests, []);
});

t.test('the time is asked of one subscriber that declared experimentalApi', async (t) => {
  const memory = await InMemory.start();
  const plain = await memory.subscriber('t1', {});
  const [a, b] = [await memory.subscriber('t1'), await memory.subscriber('t1')];
  memory.runtime.say({ id: 0, method: 'currentTime/read', params: { threadId: 't1' } });
  await settled();
  t.same(
    [plain, a, b].map((client) => client.requests.length),
    [0, 1, 0],
  );
});

t.test('an unknown request is put to every subscriber, and without a thread to everyone', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.subscriber('t1'), await memory.client()];
  memory.runtime.say(
    { id: 0, method: 'brand/new', params: { threadId: 't1' } },
    { id: 1, method: 'brand/newer' },
  );
  await settled();
  t.same(a.methods, ['brand/new', 'brand/newer']);
  t.same(b.methods, ['brand/newer']);
});

t.test(
  'one that is moved to another position before it could be asked is asked with the answer',
  async (t) => {
    const memory = await InMemory.start();
    const client = await memory.client({ experimentalApi: true }, 'json');
    const id = client.request('thread/resume', { threadId: 't1' });
    await settled();
    memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
    await settled();
    const { threadcast } = client.answerTo(id)?.result as { threadcast: object };
    client.end.stall();
    memory.runtime.say(delta('t1', 'x'.repeat(100_000)));
    await settled();
    memory.runtime.say({ id: 0, method: 'currentTime/read', params: { threadId: 't1' } });
    await settled();
    const joining = client.request('broker/thread/join', { threadId: 't1', since: threadcast });
    await settled();
    client.end.resume();
    for (let i = 0; i < 50; i += 1) await settled();
    t.match(client.answerTo(joining)?.result, {
      recovered: true,
      pendingRequests: [{ id: 0, method: 'currentTime/read' }],
    });
    client.answer(0, { currentTimeAt: 1 });
    await settled();
    t.match(memory.runtime.received.at(-1), { id: 0, result: { currentTimeAt: 1 } });
  },
);

t.test('what one client has answered holds its thread no longer', async (t) => {
  const memory = await InMemory.start();
  const owner = await memory.client();
  await startWithTools(memory, owner);
  memory.runtime.say(toolCall(0));
  await settled();
  owner.answer(owner.requests[0]?.id, { success: true });
  await settled();
  const after = memory.runtime.received.length;
  owner.answer(owner.requests[0]?.id, { success: false });
  owner.request('thread/unsubscribe', { threadId: 't1' });
  await settled();
  t.equal(memory.runtime.received.length, after, 'a second answer is none');
  memory.advance(GRACE_MS);
  await settled();
  t.same(memory.runtime.last('thread/unsubscribe').params, { threadId: 't1' });
});

t.test('a tool that is not answered is called no longer than its turn runs', async (t) => {
  const memory = await InMemory.start();
  const owner = await memory.client();
  await startWithTools(memory, owner);
  memory.runtime.say(turnStarted(), toolCall(0), turnCompleted());
  await settled();
  const late = owner.requests[0]?.id;
  const other = await memory.subscriber('t1');
  owner.vanish();
  await settled();
  t.same(other.requests, [], 'nobody is put what is over');
  other.answer(late, { success: true });
  await settled();
  t.notOk(memory.runtime.received.some(({ id, method }) => id === 0 && method === undefined));
});

t.test('what the runtime gives up without a word is given up', async (t) => {
  const memory = await InMemory.start();
  const attests = { experimentalApi: true, requestAttestation: true };
  const [first, second] = [await memory.client(attests), await memory.client(attests)];
  memory.runtime.say({ id: 0, method: 'attestation/generate', params: {} });
  await settled();
  t.equal(first.requests.length, 1);
  memory.advance(UNRESOLVED_MS_MAX - 1);
  await settled();
  memory.advance(1);
  first.vanish();
  await settled();
  t.same(second.requests, []);
});

t.test('one that is said again while its answer is on its way is no new one', async (t) => {
  const memory = await InMemory.start();
  const owner = await memory.client();
  await startWithTools(memory, owner);
  memory.runtime.say(toolCall(0));
  await settled();
  const other = await memory.client();
  other.request('thread/resume', { threadId: 't1' });
  await settled();
  owner.answer(owner.requests[0]?.id, { success: true });
  await settled();
  memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
  memory.runtime.say(toolCall(0));
  await settled();
  t.equal(owner.requests.length, 1, 'the tool runs once');
  t.same(other.requests, []);
  memory.runtime.exit();
  await settled();
  t.notOk(
    owner.methods.includes('serverRequest/resolved'),
    'and at the end of the runtime it is over already',
  );
});
