import t from 'tap';
import { MemoryStore } from '../support/memory-store.js';
import { settled } from '../support/in-memory.js';
import { attached } from './attached.js';
import { join, statusOf } from './events.js';

t.test('an attachment is created, listed and deleted', async (t) => {
  const stage = await attached();
  const { attachment } = await stage.create('parent', 'child', { roleLabel: 'reviewer' });
  t.match(attachment, {
    parentThreadId: 'parent',
    childThreadId: 'child',
    roleLabel: 'reviewer',
    displayName: null,
    deliverReplies: false,
    state: 'active',
    createdAt: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
  });
  t.same(await stage.ask('thread/attachments/list', {}), { data: [attachment], nextCursor: null });
  const { attachmentId } = attachment;
  const deleted = await stage.ask('thread/attachment/delete', { attachmentId });
  t.match(deleted, { attachment: { ...attachment, state: 'detached', updatedAt: String } });
  t.same(await stage.ask('thread/attachments/list', {}), { data: [], nextCursor: null });
  const detached = (await stage.ask('thread/attachments/list', { states: ['detached'] })) as {
    data: unknown[];
  };
  t.same({ attachment: detached.data[0] }, deleted, 'as it is now');
  t.equal(await stage.reason('thread/attachment/delete', { attachmentId }), 'attachmentNotFound');
  t.match(
    await stage.audit({ threadId: 'child' }),
    [
      { kind: 'refused', reason: 'attachmentNotFound' },
      { kind: 'deleted', attachment: { attachmentId }, by: { clientName: 'test' } },
      { kind: 'created', attachment: { attachmentId }, by: { connectionId: /^c1-/ } },
    ],
    'and the trail tells, newest first',
  );
  t.same(await stage.audit({ attachmentId }), await stage.audit({ threadId: 'parent' }), 'on both sides');
});

t.test('the first reason that applies is given', async (t) => {
  const stage = await attached();
  stage.threads.set('archived', { archived: true });
  stage.threads.set('grandchild', {});
  await stage.create('parent', 'child');
  await stage.create('child', 'grandchild');
  const cases: readonly (readonly [string, string, string])[] = [
    ['nowhere', 'nowhere', 'selfAttachment'],
    ['archived', 'nowhere', 'threadNotFound'],
    ['nowhere', 'child', 'threadNotFound'],
    ['archived', 'child', 'threadArchived'],
    ['parent', 'archived', 'threadArchived'],
    ['parent', 'child', 'duplicate'],
    ['other', 'child', 'childAlreadyAttached'],
    ['grandchild', 'child', 'childAlreadyAttached'],
    ['grandchild', 'parent', 'cycle'],
  ];
  for (const [parentThreadId, childThreadId, reason] of cases) {
    const params = { parentThreadId, childThreadId };
    t.equal(await stage.reason('thread/attachment/create', params), reason, reason);
    const [entry] = await stage.audit({ threadId: childThreadId });
    t.match(entry, { kind: 'refused', reason, method: 'thread/attachment/create', parentThreadId });
  }
  t.match(await stage.ask('thread/attachments/list', {}), { data: { length: 2 } }, 'nothing has changed');
});

t.test('two clients that create the same edge at once: one of them does', async (t) => {
  const stage = await attached();
  const second = await stage.broker.client();
  const params = { parentThreadId: 'parent', childThreadId: 'child' };
  const ids = [stage.client, second].map((client) => client.request('thread/attachment/create', params));
  await stage.settled();
  t.match(stage.client.answerTo(ids[0])?.result, { attachment: { state: 'active' } });
  t.match(second.answerTo(ids[1])?.error?.data, { reason: 'duplicate' });
});

t.test('a thread that is archived while it is being attached', async (t) => {
  const stage = await attached();
  const { answers } = stage;
  const read = answers.get('thread/read');
  for (const [event, reason] of [
    ['thread/archived', 'threadArchived'],
    ['thread/deleted', 'threadNotFound'],
  ] as const) {
    // What is answered first was true when it was asked, and no longer is when the other is answered.
    answers.set('thread/read', (params) => {
      if (params['threadId'] === 'child')
        stage.runtime.say({ method: event, params: { threadId: 'parent' } });
      return read?.(params) ?? null;
    });
    const params = { parentThreadId: 'parent', childThreadId: 'child' };
    t.equal(await stage.reason('thread/attachment/create', params), reason);
  }
  t.same(await stage.ask('thread/attachments/list', {}), { data: [], nextCursor: null });
});

t.test('an edge follows its threads', async (t) => {
  const stage = await attached();
  const { attachment } = await stage.create('parent', 'child');
  const state = async (): Promise<unknown> => {
    const list = await stage.ask('thread/attachments/list', { states: ['active', 'archived', 'detached'] });
    return (list as { data: { state: string }[] }).data.map((one) => one.state).join();
  };
  const say = async (method: string, threadId: string): Promise<unknown> => {
    stage.runtime.say({ method, params: { threadId } });
    await settled();
    return await state();
  };
  t.equal(await say('thread/archived', 'child'), 'archived');
  t.equal(await say('thread/archived', 'parent'), 'archived');
  t.equal(await say('thread/unarchived', 'child'), 'archived', 'the other one is archived still');
  t.equal(await say('thread/unarchived', 'parent'), 'active');
  t.equal(await say('thread/closed', 'parent'), 'active', 'one that is closed can be loaded again');
  t.equal(await say('thread/archived', 'parent'), 'archived');
  await stage.create('other', 'child');
  t.equal(await say('thread/unarchived', 'parent'), 'archived,active', 'the child has another parent now');
  t.equal(await say('thread/deleted', 'child'), 'detached,detached');
  t.equal(await say('thread/unarchived', 'child'), 'detached,detached');
  const kinds = (await stage.audit({ attachmentId: attachment.attachmentId })).map(({ kind }) => kind);
  t.same(kinds, [...Array.from({ length: 4 }, () => 'stateChanged'), 'created']);
});

t.test('what happened to threads while the broker was down', async (t) => {
  const store = new MemoryStore();
  const before = await attached(store);
  for (const id of ['a', 'b', 'c', 'd']) before.threads.set(id, {});
  for (const id of ['a', 'b', 'c', 'd']) await before.create('parent', id);
  before.runtime.say({ method: 'thread/archived', params: { threadId: 'b' } });
  await before.settled();
  const threads = new Map(Object.entries({ parent: {}, a: { archived: true }, b: {}, d: {} }));
  const after = await attached(store, threads);
  const list = await after.ask('thread/attachments/list', { states: ['active', 'archived', 'detached'] });
  t.match(list, {
    data: [
      { childThreadId: 'a', state: 'archived' },
      { childThreadId: 'b', state: 'active' },
      { childThreadId: 'c', state: 'detached' },
      { childThreadId: 'd', state: 'active' },
    ],
  });
});

t.test("another runtime's threads are left alone", async (t) => {
  const store = new MemoryStore();
  const before = await attached(store);
  await before.create('parent', 'child');
  const after = await attached(store, new Map());
  t.match(await after.ask('thread/attachments/list', { states: ['detached'] }), { data: [{}] });
  const third = new MemoryStore();
  const elsewhere = await attached(third);
  elsewhere.broker.runtime.initializeAnswer = { result: { userAgent: 'x', codexHome: '/elsewhere' } };
  await elsewhere.create('parent', 'child');
  t.same(
    third.attachments.map(({ home }) => home),
    ['/h'],
  );
  await third.commit({ attachments: third.attachments.map((edge) => ({ ...edge, home: '/elsewhere' })) });
  const back = await attached(third, new Map());
  t.match(await back.ask('thread/attachments/list', {}), { data: [{ state: 'active' }] });
});

t.test('a runtime that cannot say what a thread is', async (t) => {
  const stage = await attached();
  const error = { code: -32603, message: 'the disk is on fire' };
  stage.answers.set('thread/read', () => ({ error }));
  const answer = await stage.answer('thread/attachment/create', { parentThreadId: 'a', childThreadId: 'b' });
  t.same(answer.error, error, 'its error comes as it is');
  stage.answers.set('thread/read', () => ({ result: null }));
  t.match(await stage.ask('thread/attachment/create', { parentThreadId: 'a', childThreadId: 'b' }), {
    attachment: { state: 'active' },
  });
});

t.test('both threads are told: an entry of their logs, for v1 clients', async (t) => {
  const stage = await attached();
  const v1 = await stage.broker.subscriber('parent', { experimentalApi: true }, 'json');
  const stock = await stage.broker.subscriber('child');
  const deaf = await stage.broker.subscriber(
    'child',
    { optOutNotificationMethods: ['broker/attachment/changed'] },
    'json',
  );
  const { attachment } = await stage.create('parent', 'child');
  t.match(v1.received, [
    { method: 'broker/attachment/changed', params: { attachment }, log: 'parent', seq: 1 },
  ]);
  t.same(stock.received, [], 'a stock client is not');
  t.same(deaf.received, [{ log: 'child', seq: 1 }]);
  const { epoch } = (await statusOf(stage.client)).threads.find((one) => one.threadId === 'parent') ?? {};
  const back = await stage.broker.client({ experimentalApi: true }, 'json');
  await join(back, { epoch, seq: 0 }, 'parent');
  t.match(back.received, [{ result: { recovered: true } }, v1.received[0] ?? {}], 'a rejoin sees it');
  const { attachmentId } = attachment;
  v1.received.length = 0;
  await stage.ask('thread/attachment/delete', { attachmentId });
  t.match(v1.received, [{ params: { attachment: { attachmentId, state: 'detached' } }, seq: 2 }]);
});
