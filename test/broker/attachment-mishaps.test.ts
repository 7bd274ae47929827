import t from 'tap';
import { StoreError } from '../../broker/attachments/store.js';
import { ASKED_MS_MAX, GRACE_MS, REASON_CHARS_MAX } from '../../protocol/limits.js';
import { MemoryStore } from '../support/memory-store.js';
import { InMemory, settled } from '../support/in-memory.js';
import { attached, pair } from './attached.js';

const sending = (attachmentId: string, from: string): object => ({
  attachmentId,
  from,
  input: [{ type: 'text', text: 'x' }],
});

t.test('a refusal that needs no answer of the runtime asks it nothing', async (t) => {
  const stage = await attached();
  stage.runtime.exit();
  const params = { parentThreadId: 'a', childThreadId: 'a' };
  t.equal(await stage.reason('thread/attachment/create', params), 'selfAttachment');
});

t.test('what rests on something that is not on disk yet is written down with it', async (t) => {
  const store = new MemoryStore();
  const stage = await attached(store);
  await stage.create('parent', 'child');
  store.failure = new StoreError('The disk is full');
  stage.runtime.say({ method: 'thread/archived', params: { threadId: 'parent' } });
  await stage.settled();
  store.failure = null;
  await stage.create('other', 'child');
  t.match(store.attachments, [{ state: 'archived' }, { state: 'active' }]);
  const kinds = (await stage.audit({ threadId: 'child' })).map(({ kind }) => kind);
  t.same(kinds, ['created', 'stateChanged', 'created'], 'and told in the order in which it happened');
});

t.test('also when the broker stops', async (t) => {
  const store = new MemoryStore();
  const stage = await attached(store);
  await stage.create('parent', 'child');
  store.failure = new StoreError('The disk is full');
  stage.runtime.say({ method: 'thread/archived', params: { threadId: 'parent' } });
  await stage.settled();
  store.failure = null;
  const stopped = stage.broker.broker.stop();
  stage.runtime.exit();
  await stopped;
  t.match(store.attachments, [{ state: 'archived' }]);
});

t.test(
  'also where the store is still being opened: a process that exits meanwhile may never get there',
  async (t) => {
    const store = new MemoryStore();
    let open = (): void => {};
    const opening = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { broker, runtime } = new InMemory({}, store, opening);
    runtime.initializeAnswer = null;
    const started = t.rejects(broker.start());
    runtime.exit();
    await started;
    const stopped = broker.stop();
    await settled();
    t.notOk(store.isClosed);
    open();
    await stopped;
    t.ok(store.isClosed);
  },
);

t.test('a disk that is slow: nothing goes along an edge whose thread is archived', async (t) => {
  const store = new MemoryStore();
  const stage = await attached(store);
  const { attachment } = await stage.create('parent', 'child');
  let turn = (): void => {};
  store.disk = new Promise((resolve) => {
    turn = resolve;
  });
  stage.client.request('thread/attachment/create', { parentThreadId: 'child', childThreadId: 'other' });
  await stage.settled();
  stage.runtime.say({ method: 'thread/archived', params: { threadId: 'child' } });
  const id = stage.client.request('broker/attachment/send', sending(attachment.attachmentId, 'parent'));
  await stage.settled();
  t.match(
    await stage.ask('thread/attachments/list', {}),
    { data: { length: 0 } },
    'nor is it listed as active',
  );
  t.match(await stage.ask('thread/attachments/list', { states: ['archived'] }), { data: { length: 1 } });
  turn();
  await stage.settled();
  t.match(stage.client.answerTo(id)?.error?.data, { reason: 'notRoutable' });
  t.same(stage.turnsIn('child'), []);
});

t.test('a runtime that does not say what a thread is holds nobody up for ever', async (t) => {
  const store = new MemoryStore();
  const before = await attached(store);
  await before.create('parent', 'child');
  const after = await attached(store, undefined, ({ answers }) => answers.set('thread/read', () => null));
  const id = after.client.request('thread/attachments/list', {});
  await after.settled();
  t.equal(after.client.answerTo(id), undefined);
  after.broker.advance(ASKED_MS_MAX);
  await after.settled();
  t.match(after.client.answerTo(id)?.result, { data: [{ state: 'active' }] }, 'it is as it was');
});

t.test('a reply over which the runtime has ended is looked for, and not delivered twice', async (t) => {
  for (const hasArrived of [true, false]) {
    const { stage, attachmentId } = await pair({ deliverReplies: true });
    const { turnId } = await stage.send(attachmentId, 'parent', 'x');
    const start = stage.answers.get('turn/start');
    stage.answers.set('turn/start', () => null);
    stage.ends('child', turnId);
    await stage.settled();
    const clientId = hasArrived ? stage.turnsIn('parent')[0]?.['clientUserMessageId'] : 'another';
    const turn = { id: 'r', status: 'interrupted', items: [{ type: 'userMessage', clientId }] };
    stage.answers.set('thread/turns/list', () => ({ result: { data: [turn] } }));
    if (start !== undefined) stage.answers.set('turn/start', start);
    stage.runtime.exit();
    await stage.settled();
    for (let i = 0; i < 3; i += 1) {
      stage.broker.advance(5_000);
      await stage.settled();
    }
    t.equal(stage.turnsIn('parent').length, hasArrived ? 1 : 2);
  }
});

t.test('where that cannot be said it is rather not delivered', async (t) => {
  const store = new MemoryStore();
  const before = await attached(store);
  const { attachment } = await before.create('parent', 'child', { deliverReplies: true });
  const { turnId } = await before.send(attachment.attachmentId, 'parent', 'one');
  before.answers.set('turn/start', () => null);
  before.ends('child', turnId);
  await before.settled();
  const error = { code: -32603, message: 'the disk is on fire' };
  const after = await attached(store, undefined, ({ answers }) =>
    answers.set('thread/turns/list', () => ({ error })),
  );
  t.same(after.turnsIn('parent'), []);
  t.match((await after.audit({ threadId: 'parent' }))[0], { kind: 'refused', reason: error.message });
});

t.test('a turn that ends in the step in which it is found', async (t) => {
  const store = new MemoryStore();
  const before = await attached(store);
  const { attachment } = await before.create('parent', 'child', { deliverReplies: true });
  const { turnId } = await before.send(attachment.attachmentId, 'parent', 'one');
  const after = await attached(store, undefined, (stage) => {
    const status = { type: 'active' };
    stage.answers.set('thread/read', () => ({ result: { thread: { status } } }));
    stage.answers.set('thread/turns/list', () => {
      const { id } = stage.runtime.last('thread/turns/list');
      stage.runtime.say({ id, result: { data: [{ id: turnId, status: 'inProgress', items: [] }] } });
      stage.ends('child', turnId);
      return null;
    });
  });
  t.same(store.sent, []);
  t.equal(after.turnsIn('parent').length, 1);
});

t.test('a turn of which nothing is heard ends with its thread', async (t) => {
  const { stage, attachmentId } = await pair();
  await stage.send(attachmentId, 'parent', 'one');
  stage.broker.advance(GRACE_MS);
  await stage.settled();
  t.equal(stage.runtime.received.at(-1)?.method, 'thread/unsubscribe');
  t.match((await stage.audit({ attachmentId }))[0], { kind: 'reply', status: 'failed' });
});

t.test('also where the thread is gone before the start is answered', async (t) => {
  const { stage, attachmentId } = await pair({ deliverReplies: true });
  await stage.broker.subscriber('child');
  stage.answers.set('turn/start', () => null);
  const id = stage.client.request('broker/attachment/send', sending(attachmentId, 'parent'));
  await stage.settled();
  stage.runtime.say({ method: 'thread/closed', params: { threadId: 'child' } });
  stage.runtime.answer('turn/start', { turn: { id: 't1' } });
  await stage.settled();
  t.match(stage.client.answerTo(id)?.result, { turnId: 't1' });
  t.match((await stage.audit({ attachmentId }))[0], { kind: 'reply', status: 'failed' });
});

t.test('turns of two threads that have the same id', async (t) => {
  const { stage, attachmentId } = await pair();
  const other = await stage.create('parent', 'other');
  stage.answers.set('turn/start', () => ({ result: { turn: { id: 'same' } } }));
  await stage.send(attachmentId, 'parent', '1');
  await stage.send(other.attachment.attachmentId, 'parent', '2');
  stage.saysIn('child', 'same', 'words of the child');
  stage.ends('child', 'same');
  await stage.settled();
  const replies = (await stage.audit({ threadId: 'parent' })).filter(({ kind }) => kind === 'reply');
  t.match(replies, [{ from: 'child', text: 'words of the child' }]);
  t.equal(replies.length, 1);
});

t.test('a runtime that has much to say of why', async (t) => {
  const { stage, attachmentId } = await pair();
  const message = 'x'.repeat(1_000_000);
  stage.answers.set('turn/start', () => ({ error: { code: -32600, message } }));
  const answer = await stage.answer('broker/attachment/send', sending(attachmentId, 'parent'));
  t.equal(answer.error?.message, message, 'its client hears it all');
  const [entry] = await stage.audit({ attachmentId });
  t.ok(entry?.kind === 'refused' && entry.reason.length < REASON_CHARS_MAX + 100);
});

t.test('a page of the trail is not too long for an answer', async (t) => {
  const { stage, attachmentId } = await pair();
  for (let i = 0; i < 70; i += 1) await stage.send(attachmentId, 'parent', 'x'.repeat(100_000));
  type Page = { data: unknown[]; nextCursor: string | null };
  let cursor: string | null = null;
  const lengths: number[] = [];
  do {
    const params = { attachmentId, limit: 1_000, cursor };
    const page = (await stage.ask('broker/attachment/messages/list', params)) as Page;
    lengths.push(page.data.length);
    cursor = page.nextCursor;
  } while (cursor !== null);
  t.same(lengths, [64, 7]);
});
