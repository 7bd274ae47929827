import t from 'tap';
import { ATTACHMENTS_MAX, LABEL_CHARS_MAX } from '../../protocol/limits.js';
import { StoreError } from '../../broker/attachments/store.js';
import { MemoryStore } from '../support/memory-store.js';
import { attached } from './attached.js';

t.test('what does not fit the params', async (t) => {
  const stage = await attached();
  const good = { parentThreadId: 'parent', childThreadId: 'child' };
  const bad: readonly unknown[] = [
    undefined,
    null,
    [],
    'x',
    { parentThreadId: 'parent' },
    { ...good, parentThreadId: 5 },
    { ...good, childThreadId: '' },
    { ...good, childThreadId: 'x'.repeat(257) },
    { ...good, deliverReplies: 'yes' },
    ...['roleLabel', 'displayName'].flatMap((member) =>
      [
        5,
        'x'.repeat(LABEL_CHARS_MAX + 1),
        'x'.repeat(1024 * 1024),
        'a\nb',
        '\u001b[2J',
        '\u202egnp.exe',
        '\u0000',
      ].map((label) => ({ ...good, [member]: label })),
    ),
  ];
  for (const params of bad) {
    const id = stage.client.request('thread/attachment/create', params);
    await stage.settled();
    t.match(stage.client.answerTo(id)?.error, { code: -32600, data: { reason: 'invalidParams' } });
  }
  stage.client.raw(
    '{"id":"half","method":"thread/attachment/create","params":{"parentThreadId":"parent","childThreadId":"child","roleLabel":"\\ud800"}}',
  );
  await stage.settled();
  t.match(stage.client.answerTo('half')?.error, { data: { reason: 'invalidParams' } });
  for (const [method, params] of [
    ['thread/attachment/delete', {}],
    ['thread/attachment/delete', { attachmentId: 5 }],
    ['thread/attachments/list', { states: ['gone'] }],
    ['thread/attachments/list', { limit: 0 }],
    ['thread/attachments/list', { limit: 1001 }],
    ['broker/attachment/messages/list', {}],
    ['broker/attachment/messages/list', { threadId: 'a', attachmentId: 'b' }],
  ] as const)
    t.equal(await stage.reason(method, params), 'invalidParams', method);
  const markup = '<img src=x onerror=alert(1)> & "quotes"';
  const { attachment } = await stage.create('parent', 'child', {
    roleLabel: markup,
    displayName: 'x'.repeat(LABEL_CHARS_MAX),
  });
  t.equal(attachment.roleLabel, markup, 'markup is text like any other');
});

t.test('cursors', async (t) => {
  const stage = await attached();
  for (let i = 0; i < 5; i += 1) stage.threads.set(`c${i}`, {});
  for (let i = 0; i < 5; i += 1) await stage.create('parent', `c${i}`);
  type Page = { data: { childThreadId: string; attachmentId: string }[]; nextCursor: string | null };
  const list = async (params: object): Promise<Page> =>
    (await stage.ask('thread/attachments/list', params)) as Page;
  const first = await list({ limit: 2 });
  t.same(
    first.data.map((one) => one.childThreadId),
    ['c0', 'c1'],
  );
  // What the cursor stands at is gone, and something was added: the rest comes once each all the same.
  await stage.ask('thread/attachment/delete', { attachmentId: first.data[1]?.attachmentId });
  await stage.create('other', 'c1');
  const second = await list({ limit: 2, cursor: first.nextCursor });
  const third = await list({ limit: 2, cursor: second.nextCursor });
  t.same(
    [...second.data, ...third.data].map((one) => one.childThreadId),
    ['c2', 'c3', 'c4', 'c1'],
  );
  t.equal(third.nextCursor, null);
  const forged = [
    '',
    'x',
    '5',
    Buffer.from('[1,"x"]').toString('base64url'),
    `${String(first.nextCursor)}A`,
    5,
  ];
  for (const cursor of forged)
    t.match(await stage.reason('thread/attachments/list', { cursor }), /^invalid(Cursor|Params)$/);
  const other = { parentThreadId: 'parent', cursor: first.nextCursor };
  t.equal(await stage.reason('thread/attachments/list', other), 'invalidCursor', 'it goes with its filters');
  const audit = (await stage.ask('broker/attachment/messages/list', {
    threadId: 'parent',
    limit: 2,
  })) as Page;
  t.equal(audit.data.length, 2);
  t.equal(await stage.reason('thread/attachments/list', { cursor: audit.nextCursor }), 'invalidCursor');
  const rest = (await stage.ask('broker/attachment/messages/list', {
    threadId: 'parent',
    cursor: audit.nextCursor,
  })) as Page;
  t.equal(rest.data.length, 4, 'five created, one deleted');
});

t.test('a disk that is full: a clear error, and nothing has changed', async (t) => {
  const store = new MemoryStore();
  const stage = await attached(store);
  const { attachment } = await stage.create('parent', 'child');
  store.failure = new StoreError('The disk is full');
  const created = await stage.answer('thread/attachment/create', {
    parentThreadId: 'child',
    childThreadId: 'other',
  });
  t.match(created.error, { code: -32603, message: 'The disk is full', data: { reason: 'storeFailed' } });
  const { attachmentId } = attachment;
  t.equal(await stage.reason('thread/attachment/delete', { attachmentId }), 'storeFailed');
  const sent = { attachmentId, from: 'parent', input: [{ type: 'text', text: 'hello' }] };
  t.equal(await stage.reason('broker/attachment/send', sent), 'storeFailed');
  t.same(stage.turnsIn('child'), [], 'nothing was sent');
  t.same(await stage.ask('thread/attachments/list', {}), { data: [attachment], nextCursor: null });
  // What has happened to a thread is true all the same, and is written down later.
  stage.runtime.say({ method: 'thread/archived', params: { threadId: 'child' } });
  await stage.settled();
  t.same(await stage.ask('thread/attachments/list', {}), { data: [], nextCursor: null });
  t.match(store.attachments, [{ state: 'active' }]);
  store.failure = null;
  stage.broker.advance(60_000);
  await stage.settled();
  t.match(store.attachments, [{ state: 'archived' }]);
  t.match(await stage.audit({ attachmentId }), [{ kind: 'stateChanged' }, { kind: 'created' }]);
});

t.test('ten thousand edges, and one more', async (t) => {
  const store = new MemoryStore();
  const at = new Date(0).toISOString();
  const edge = (i: number): MemoryStore['attachments'][number] => ({
    number: store.newNumber(),
    home: '/h',
    archived: [],
    attachmentId: `a${i}`,
    parentThreadId: 'parent',
    childThreadId: `c${i}`,
    roleLabel: null,
    displayName: null,
    deliverReplies: false,
    state: 'active',
    createdAt: at,
    updatedAt: at,
  });
  await store.commit({ attachments: Array.from({ length: ATTACHMENTS_MAX }, (_, i) => edge(i)) });
  const known = Array.from({ length: ATTACHMENTS_MAX }, (_, i) => [`c${i}`, {}] as const);
  const stage = await attached(store, new Map([...known, ['parent', {}], ['child', {}]]));
  const params = { parentThreadId: 'parent', childThreadId: 'child' };
  t.match(await stage.answer('thread/attachment/create', params), {
    error: { code: -32001, data: { reason: 'overloaded' } },
  });
  await stage.ask('thread/attachment/delete', { attachmentId: 'a0' });
  t.match(await stage.ask('thread/attachment/create', params), { attachment: { state: 'active' } });
});
