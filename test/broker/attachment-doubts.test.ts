import t from 'tap';
import { DETACHED_MAX, MESSAGE_HOPS_MAX, RECONCILED_MS_MAX } from '../../protocol/limits.js';
import { MemoryStore } from '../support/memory-store.js';
import { edge } from '../attachments/edge.js';
import { attached, pair } from './attached.js';
import type { Attached } from './attached.js';

const message = (attachmentId: string, clientUserMessageId?: string): object => ({
  attachmentId,
  from: 'parent',
  input: [{ type: 'text', text: 'x' }],
  ...(clientUserMessageId === undefined ? {} : { clientUserMessageId }),
});

const lists = ({ answers }: Attached, turns: readonly object[]): void =>
  void answers.set('thread/turns/list', () => ({ result: { data: turns } }));

t.test('what was refused as too much is refused, and not taken up again', async (t) => {
  const store = new MemoryStore();
  const stage = await attached(store);
  const { attachment } = await stage.create('parent', 'child', { deliverReplies: true });
  const { attachmentId } = attachment;
  const error = { code: -32001, message: 'busy', data: { reason: 'overloaded' } };
  stage.answers.set('turn/start', () => ({ error }));
  t.same((await stage.answer('broker/attachment/send', message(attachmentId))).error, error);
  t.same(store.sent, []);
  t.match(await stage.audit({ attachmentId }), [
    { kind: 'refused', reason: 'overloaded' },
    { kind: 'created' },
  ]);
});

t.test('tried again while it is being looked for, it is one message', async (t) => {
  const { stage, attachmentId } = await pair({ deliverReplies: true });
  const start = stage.answers.get('turn/start');
  stage.answers.set('turn/start', () => null);
  const first = stage.client.request('broker/attachment/send', message(attachmentId, 'm1'));
  await stage.settled();
  lists(stage, []);
  if (start !== undefined) stage.answers.set('turn/start', start);
  stage.runtime.exit();
  await stage.settled();
  t.match(stage.client.answerTo(first)?.error?.data, { reason: 'runtimeExited' });
  stage.broker.advance(260);
  await stage.settled();
  const again = stage.client.request('broker/attachment/send', message(attachmentId, 'm1'));
  await stage.settled();
  stage.broker.advance(5_000);
  await stage.settled();
  const { turnId } = stage.client.answerTo(again)?.result as { turnId: string };
  stage.saysIn('child', turnId, 'fine');
  stage.ends('child', turnId);
  await stage.settled();
  const trail = (await stage.audit({ attachmentId })).map((entry) =>
    entry.kind === 'reply' ? `reply ${String(entry.status)}` : entry.kind,
  );
  t.same(trail, ['reply completed', 'message', 'reply failed', 'message', 'created']);
  t.equal(stage.turnsIn('child').length, 2, 'the one that was not answered, and this one');
});

t.test('a turn that runs on in a runtime that outlives the broker is followed', async (t) => {
  const store = new MemoryStore();
  const before = await attached(store);
  const { attachment } = await before.create('parent', 'child', { deliverReplies: true });
  const { turnId } = await before.send(attachment.attachmentId, 'parent', 'one');
  const after = await attached(store, undefined, (stage) => {
    const read = stage.answers.get('thread/read');
    const status = { type: 'active' };
    stage.answers.set('thread/read', (params) =>
      params['threadId'] === 'child' ? { result: { thread: { status } } } : (read?.(params) ?? null),
    );
    lists(stage, [{ id: turnId, status: 'inProgress', items: [] }]);
  });
  t.ok(
    after.runtime.received.some(
      ({ method, params }) => method === 'thread/resume' && params?.['threadId'] === 'child',
    ),
    'it is loaded, or nothing would be heard of it',
  );
  t.equal(store.sent.length, 1);
  after.saysIn('child', turnId, 'at last');
  after.ends('child', turnId);
  await after.settled();
  t.match(after.turnsIn('parent'), [{ input: [{}, { text: 'at last' }] }]);
});

t.test('a message whose turn is nowhere has failed', async (t) => {
  const store = new MemoryStore();
  const before = await attached(store);
  const { attachment } = await before.create('parent', 'child');
  const { attachmentId } = attachment;
  await before.send(attachmentId, 'parent', 'one');
  const after = await attached(store, undefined, (stage) => {
    lists(stage, [{ id: 'another', status: 'completed', items: [] }]);
  });
  t.match((await after.audit({ attachmentId }))[0], { kind: 'reply', status: 'failed', text: '' });
});

t.test('a chain that is too long ends with a reply that is not delivered', async (t) => {
  const { stage, attachmentId } = await pair();
  const third = await stage.create('child', 'other', { deliverReplies: true });
  for (let hops = 1; hops < MESSAGE_HOPS_MAX; hops += 1)
    await stage.send(attachmentId, hops % 2 === 1 ? 'parent' : 'child', String(hops));
  const last = await stage.send(third.attachment.attachmentId, 'parent', 'the last');
  stage.ends('other', last.turnId);
  await stage.settled();
  const trail = await stage.audit({ attachmentId: third.attachment.attachmentId });
  t.match(trail, [
    { kind: 'refused', reason: 'tooManyHops' },
    { kind: 'reply' },
    { kind: 'message', hops: 8 },
    {},
  ]);
});

t.test('of messages that join one turn the longest chain counts', async (t) => {
  const { stage, attachmentId } = await pair();
  const lower = await stage.create('child', 'other');
  await stage.send(attachmentId, 'parent', '1');
  stage.answers.set('turn/start', () => ({ result: { turn: { id: 'joined' } } }));
  await stage.send(lower.attachment.attachmentId, 'parent', '2');
  stage.threads.set('fresh', {});
  const upper = await stage.create('other', 'fresh');
  await stage.send(upper.attachment.attachmentId, 'child', '1');
  await stage.send(upper.attachment.attachmentId, 'parent', '3');
  t.match((await stage.audit({ threadId: 'fresh' }))[0], { kind: 'message', hops: 3 });
});

t.test("a deleted thread's edges are detached whoever knew it", async (t) => {
  const store = new MemoryStore();
  const kept = { ...edge(store.newNumber(), 'parent', 'child'), home: '/elsewhere' };
  await store.commit({ attachments: [kept] });
  const stage = await attached(store);
  stage.runtime.say({ method: 'thread/deleted', params: { threadId: 'child' } });
  await stage.settled();
  t.match(await stage.ask('thread/attachments/list', { states: ['detached'] }), { data: [{}] });
});

t.test('of detached edges the newest are kept', async (t) => {
  const store = new MemoryStore();
  const detached = Array.from({ length: DETACHED_MAX }, (_, i) =>
    edge(store.newNumber(), 'gone', `g${i}`, 'detached'),
  );
  await store.commit({ attachments: detached });
  const stage = await attached(store);
  const { attachment } = await stage.create('parent', 'child');
  await stage.ask('thread/attachment/delete', { attachmentId: attachment.attachmentId });
  t.equal(store.attachments.length, DETACHED_MAX);
  t.equal(store.attachments.at(0)?.childThreadId, 'g1');
  await stage.create('parent', 'other');
  stage.runtime.say({ method: 'thread/deleted', params: { threadId: 'other' } });
  await stage.settled();
  t.same(await stage.ask('thread/attachments/list', {}), { data: [], nextCursor: null });
  await stage.create('parent', 'child');
  t.equal(store.attachments.filter(({ state }) => state === 'detached').length, DETACHED_MAX);
});

t.test('what is in doubt for a client that has gone is not done twice', async (t) => {
  const stage = await attached();
  const gone = await stage.broker.client();
  stage.answers.set('turn/start', () => null);
  const submission = { threadId: 'parent', clientUserMessageId: 'm', input: [] };
  gone.request('broker/turn/submit', submission);
  await stage.settled();
  gone.vanish();
  await stage.settled();
  // So many more are abandoned that the first is no longer waited for.
  const crowd = await stage.broker.client();
  for (let i = 0; i < 256; i += 1) crowd.request('model/list', {});
  await stage.settled();
  crowd.vanish();
  await stage.settled();
  lists(stage, [{ id: 'done', items: [{ type: 'userMessage', clientId: 'm' }] }]);
  t.match(await stage.ask('broker/turn/submit', submission), { turn: { id: 'done' } });
});

t.test('a runtime that says nothing of any thread', async (t) => {
  const store = new MemoryStore();
  const edges = Array.from({ length: 100 }, (_, i) => edge(store.newNumber(), 'parent', `c${i}`));
  await store.commit({ attachments: edges });
  const stage = await attached(store, undefined, ({ answers }) => answers.set('thread/read', () => null));
  const id = stage.client.request('thread/attachments/list', {});
  await stage.settled();
  stage.broker.advance(RECONCILED_MS_MAX);
  await stage.settled();
  t.match(stage.client.answerTo(id)?.result, { data: { length: 100 } });
});
