import t from 'tap';
import {
  REQUESTS_MAX,
  REQUESTS_PER_CONNECTION_MAX,
  SUBMISSION_MS_MAX,
  SUBMISSIONS_MAX,
} from '../../protocol/limits.js';
import { StoreError } from '../../broker/attachments/store.js';
import { MemoryStore } from '../support/memory-store.js';
import { attached } from './attached.js';

const submission = (clientUserMessageId: unknown): object => ({
  threadId: 'parent',
  input: [{ type: 'text', text: 'go' }],
  clientUserMessageId,
  effort: 'low',
});

t.test('a turn is submitted once, whoever asks how often', async (t) => {
  const store = new MemoryStore();
  const stage = await attached(store);
  const other = await stage.broker.client();
  const first = await stage.ask('broker/turn/submit', submission('m1'));
  t.match(first, { turn: { id: 'turn-1' } });
  t.same(stage.turnsIn('parent'), [submission('m1')], 'the runtime gets all that was given');
  t.same(await stage.ask('broker/turn/submit', submission('m1')), first);
  t.same(
    await stage.ask('broker/turn/submit', submission('m1'), other),
    first,
    'from another connection too',
  );
  t.match(await stage.ask('broker/turn/submit', submission('m2')), { turn: { id: 'turn-2' } });
  const after = await attached(store);
  t.same(await after.ask('broker/turn/submit', submission('m1')), first, 'and after a restart');
  t.same(after.turnsIn('parent'), []);
});

t.test('two at the same time are one', async (t) => {
  const stage = await attached();
  const ids = [1, 2].map(() => stage.client.request('broker/turn/submit', submission('m1')));
  await stage.settled();
  const [one, two] = ids.map((id) => stage.client.answerTo(id)?.result);
  t.match(one, { turn: { id: 'turn-1' } });
  t.same(two, one);
  t.equal(stage.turnsIn('parent').length, 1);
});

t.test('what was refused may be tried again', async (t) => {
  const stage = await attached();
  const error = { code: -32600, message: 'thread not found: parent' };
  const start = stage.answers.get('turn/start');
  stage.answers.set('turn/start', () => ({ error }));
  t.same(
    (await stage.answer('broker/turn/submit', submission('m1'))).error,
    error,
    'its error comes as it is',
  );
  if (start !== undefined) stage.answers.set('turn/start', start);
  t.match(await stage.ask('broker/turn/submit', submission('m1')), { turn: { id: 'turn-1' } });
});

t.test('where it is not known whether it was done, it is looked for', async (t) => {
  for (const wasDone of [true, false]) {
    const store = new MemoryStore();
    const before = await attached(store);
    before.answers.set('turn/start', () => null);
    before.client.request('broker/turn/submit', submission('m1'));
    await before.settled();
    t.match(store.submissions, [{ result: null }], 'it is on disk before it is done');
    const turn = { id: 'done', items: [{ type: 'userMessage', clientId: wasDone ? 'm1' : 'm0' }] };
    const after = await attached(store);
    after.answers.set('thread/turns/list', () => ({ result: { data: [turn] } }));
    const id = wasDone ? 'done' : 'turn-1';
    t.match(await after.ask('broker/turn/submit', submission('m1')), { turn: { id } });
    t.equal(after.turnsIn('parent').length, wasDone ? 0 : 1);
    t.match(await after.ask('broker/turn/submit', submission('m1')), { turn: { id } });
    t.equal(after.turnsIn('parent').length, wasDone ? 0 : 1);
  }
});

t.test('also where the runtime has ended over it', async (t) => {
  const stage = await attached();
  const start = stage.answers.get('turn/start');
  stage.answers.set('turn/start', () => null);
  const id = stage.client.request('broker/turn/submit', submission('m1'));
  await stage.settled();
  stage.runtime.exit();
  await stage.settled();
  t.match(stage.client.answerTo(id)?.error?.data, { reason: 'runtimeExited' });
  stage.broker.advance(10_000);
  await stage.settled();
  if (start !== undefined) stage.answers.set('turn/start', start);
  const turn = { id: 'done', items: [{ type: 'userMessage', clientId: 'm1' }] };
  stage.answers.set('thread/turns/list', () => ({ result: { data: [turn] } }));
  t.match(await stage.ask('broker/turn/submit', submission('m1')), { turn: { id: 'done' } });
});

t.test('in a thread that has no turns yet nothing was done', async (t) => {
  const stage = await attached();
  const start = stage.answers.get('turn/start');
  stage.answers.set('turn/start', () => null);
  stage.client.request('broker/turn/submit', submission('m1'));
  await stage.settled();
  stage.runtime.exit();
  stage.broker.advance(10_000);
  await stage.settled();
  if (start !== undefined) stage.answers.set('turn/start', start);
  const message = 'thread parent is not materialized yet; thread/turns/list is unavailable';
  stage.answers.set('thread/turns/list', () => ({ error: { code: -32600, message } }));
  t.match(await stage.ask('broker/turn/submit', submission('m1')), { turn: { id: 'turn-1' } });
});

t.test('clients that go take nothing from those who stay', async (t) => {
  const stage = await attached();
  stage.answers.set('turn/start', () => null);
  for (let i = 0; i < REQUESTS_MAX / REQUESTS_PER_CONNECTION_MAX; i += 1) {
    const client = await stage.broker.client();
    for (let j = 0; j < REQUESTS_PER_CONNECTION_MAX; j += 1)
      client.request('broker/turn/submit', submission(`${i} ${j}`));
    await stage.settled();
    client.vanish();
    await stage.settled();
  }
  stage.answers.set('model/list', () => ({ result: { data: [] } }));
  t.same(await stage.ask('model/list', {}), { data: [] });
});

t.test('a runtime that answers with nothing', async (t) => {
  const stage = await attached();
  stage.answers.set('turn/start', () => ({ result: null }));
  t.equal((await stage.answer('broker/turn/submit', submission('m1'))).result, null);
  stage.client.raw(
    '{"id":"h","method":"broker/turn/submit","params":{"threadId":"parent","clientUserMessageId":"x","input":[{"type":"text","text":"\\ud800"}]}}',
  );
  await stage.settled();
  t.match(
    stage.client.answerTo('h')?.error?.data,
    { reason: 'invalidParams' },
    'what it would drop without a word',
  );
});

t.test('a message over which the runtime has ended is looked for, and not sent again', async (t) => {
  const stage = await attached();
  const { attachment } = await stage.create('parent', 'child', { deliverReplies: true });
  const { attachmentId } = attachment;
  const start = stage.answers.get('turn/start');
  stage.answers.set('turn/start', () => null);
  const send = {
    attachmentId,
    from: 'parent',
    input: [{ type: 'text', text: 'x' }],
    clientUserMessageId: 'm1',
  };
  const id = stage.client.request('broker/attachment/send', send);
  await stage.settled();
  const turn = { id: 'done', status: 'interrupted', items: [{ type: 'userMessage', clientId: 'm1' }] };
  stage.answers.set('thread/turns/list', () => ({ result: { data: [turn] } }));
  if (start !== undefined) stage.answers.set('turn/start', start);
  stage.runtime.exit();
  await stage.settled();
  t.match(stage.client.answerTo(id)?.error?.data, { reason: 'runtimeExited' });
  stage.broker.advance(10_000);
  await stage.settled();
  stage.broker.advance(10_000);
  await stage.settled();
  t.match(await stage.audit({ attachmentId }), [
    { kind: 'reply', status: 'interrupted', turnId: 'done' },
    { kind: 'message', turnId: 'done' },
    { kind: 'created' },
  ]);
  t.match(await stage.ask('broker/attachment/send', send), { turnId: 'done' });
  t.match(stage.turnsIn('child'), { length: 1 }, 'only the one that was not answered');
  t.equal(stage.turnsIn('parent').length, 1, 'who waited has the reply');
});

t.test('a message that may have been sent is looked for too', async (t) => {
  const store = new MemoryStore();
  const before = await attached(store);
  const { attachment } = await before.create('parent', 'child');
  const { attachmentId } = attachment;
  before.answers.set('turn/start', () => null);
  const send = {
    attachmentId,
    from: 'parent',
    input: [{ type: 'text', text: 'x' }],
    clientUserMessageId: 'm1',
  };
  before.client.request('broker/attachment/send', send);
  await before.settled();
  const messageId = store.sent[0]?.message.messageId;
  const turn = { id: 'done', status: 'completed', items: [{ type: 'userMessage', clientId: 'm1' }] };
  const after = await attached(store, undefined, ({ answers }) =>
    answers.set('thread/turns/list', () => ({ result: { data: [turn] } })),
  );
  t.same(await after.ask('broker/attachment/send', send), { messageId, turnId: 'done' });
  t.same(after.turnsIn('child'), []);
  t.match(await after.audit({ attachmentId }), [{ kind: 'reply' }, { kind: 'message', turnId: 'done' }, {}]);
});

t.test('the same id for another method is another submission', async (t) => {
  const stage = await attached();
  const { attachment } = await stage.create('parent', 'child');
  const { attachmentId } = attachment;
  await stage.ask('broker/turn/submit', submission('m1'));
  const sent = await stage.send(attachmentId, 'parent', 'x', { clientUserMessageId: 'm1' });
  t.equal(sent.turnId, 'turn-2');
  t.same(await stage.send(attachmentId, 'parent', 'x', { clientUserMessageId: 'm1' }), sent);
  t.match(stage.turnsIn('child'), { length: 1 });
  t.not(
    (await stage.send(attachmentId, 'parent', 'x')).messageId,
    sent.messageId,
    'without one it is sent again',
  );
});

t.test('it is kept for a day', async (t) => {
  const store = new MemoryStore();
  const stage = await attached(store);
  const first = await stage.ask('broker/turn/submit', submission('m1'));
  stage.broker.advance(SUBMISSION_MS_MAX - 1);
  t.same(await stage.ask('broker/turn/submit', submission('m1')), first);
  stage.broker.advance(1);
  t.match(await stage.ask('broker/turn/submit', submission('m1')), { turn: { id: 'turn-2' } });
  t.equal(store.submissions.length, 1);
});

t.test('and the newest only', async (t) => {
  const store = new MemoryStore();
  const old = Array.from({ length: SUBMISSIONS_MAX }, (_, i) => ({
    id: 'x',
    key: JSON.stringify(['owner', 'broker/turn/submit', `old${i}`]),
    result: { turn: { id: `old${i}` } },
    at: 0,
  }));
  await store.commit({ submissions: old });
  const stage = await attached(store);
  t.match(await stage.ask('broker/turn/submit', submission('old0')), { turn: { id: 'old0' } });
  await stage.ask('broker/turn/submit', submission('new'));
  t.equal(store.submissions.length, SUBMISSIONS_MAX);
  t.match(await stage.ask('broker/turn/submit', submission('old1')), { turn: { id: 'old1' } });
  t.match(
    await stage.ask('broker/turn/submit', submission('old0')),
    { turn: { id: 'turn-2' } },
    'the oldest went',
  );
});

t.test('a disk that is full: the turn runs, and its answer comes', async (t) => {
  const store = new MemoryStore();
  const stage = await attached(store);
  store.failure = new StoreError('The disk is full');
  const first = await stage.ask('broker/turn/submit', submission('m1'));
  t.match(first, { turn: { id: 'turn-1' } });
  t.same(await stage.ask('broker/turn/submit', submission('m1')), first);
});

t.test('what is no submission', async (t) => {
  const stage = await attached();
  for (const id of [undefined, null, 5, '', 'x'.repeat(257)])
    t.equal(
      await stage.reason('broker/turn/submit', submission(id)),
      'invalidParams',
      String(id).slice(0, 9),
    );
  t.equal(await stage.reason('broker/turn/submit', { clientUserMessageId: 'x' }), 'invalidParams');
  const plain = await stage.broker.client({});
  const id = plain.request('broker/turn/submit', { ...submission('m1'), environments: [] });
  await stage.settled();
  t.match(plain.answerTo(id)?.error, {
    message: 'broker/turn/submit.environments requires experimentalApi capability',
    data: { reason: 'experimentalApiRequired' },
  });
  t.same(stage.turnsIn('parent'), []);
});
