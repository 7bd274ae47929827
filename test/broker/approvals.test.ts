import t from 'tap';
import { SAID_AGAIN_MS_MAX, SERVER_REQUESTS_MAX } from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import { APPROVAL as method, approval, resolved } from './events.js';

t.test('every subscriber is asked, the first answer wins, and all are told', async (t) => {
  const memory = await InMemory.start();
  const [a, b, outsider] = [
    await memory.subscriber('t1'),
    await memory.subscriber('t1'),
    await memory.client(),
  ];
  memory.runtime.say(approval(7));
  await settled();
  const id = a.requests[0]?.id;
  t.equal(b.requests[0]?.id, id, 'one id for all');
  t.same(outsider.requests, []);
  b.answer(id, { decision: 'accept' });
  await settled();
  a.answer(id, { decision: 'decline' });
  await settled();
  t.same(
    memory.runtime.received.filter((message) => message.method === undefined),
    [{ id: 7, result: { decision: 'accept' } }],
  );
  memory.runtime.say(resolved(7));
  await settled();
  t.match(a.received.at(-1), { method: 'serverRequest/resolved', params: { threadId: 't1', requestId: id } });
  t.match(b.received.at(-1), { method: 'serverRequest/resolved', params: { requestId: id } });
  t.same(outsider.methods, []);
});

t.test('ids are the broker’s own, never used twice, whatever the runtime’s look like', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.subscriber('t1');
  memory.runtime.say(approval(0), resolved(0), approval(0), resolved(0), approval('s"x'));
  await settled();
  const ids = a.requests.map((request) => request.id);
  t.equal(new Set(ids).size, 3);
  a.answer(ids[2], { decision: 'accept' });
  await settled();
  t.same(memory.runtime.received.at(-1), { id: 's"x', result: { decision: 'accept' } });
});

t.test('who subscribes later is asked what is open; what is resolved is asked of nobody', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.subscriber('t1');
  memory.runtime.say(approval(0), approval(1), resolved(1));
  await settled();
  const late = await memory.client();
  late.request('thread/resume', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
  // The runtime says it again on every resume: it is the same request.
  memory.runtime.say(approval(0));
  await settled();
  t.same(
    late.received.map((message) => message.method ?? 'answer'),
    ['answer', method],
  );
  t.equal(late.requests[0]?.id, a.requests[0]?.id);
  t.equal(a.requests.length, 2, 'nobody is asked twice');
  late.answer(late.requests[0]?.id, { decision: 'accept' });
  await settled();
  t.same(memory.runtime.received.at(-1), { id: 0, result: { decision: 'accept' } });
});

t.test('who resumes once more is asked once more, as on the real server, and others are not', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.subscriber('t1'), await memory.subscriber('t1')];
  memory.runtime.say(approval(0));
  await settled();
  a.request('thread/resume', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
  memory.runtime.say(approval(0));
  memory.advance(SAID_AGAIN_MS_MAX);
  await settled();
  t.same(
    a.received.map((message) => message.method ?? 'answer'),
    [method, 'answer', method],
  );
  t.equal(a.requests[0]?.id, a.requests[1]?.id);
  t.equal(b.requests.length, 1);
  a.answer(a.requests[1]?.id, { decision: 'accept' });
  a.answer(a.requests[0]?.id, { decision: 'decline' });
  await settled();
  t.same(
    memory.runtime.received.filter((message) => message.method === undefined),
    [{ id: 0, result: { decision: 'accept' } }],
  );
});

t.test('with nobody attached it waits', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.subscriber('t1');
  a.vanish();
  await settled();
  memory.runtime.say(approval(0));
  const b = await memory.client();
  b.request('thread/resume', { threadId: 't1' });
  await settled();
  memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
  await settled();
  // This runtime does not say it again.
  t.same(b.methods, []);
  memory.advance(SAID_AGAIN_MS_MAX);
  await settled();
  t.same(b.methods, [method]);
  t.notOk(
    memory.runtime.received.some((message) => message.method === undefined),
    'and nothing was answered for us',
  );
});

t.test('an error answer counts only when nobody else is left to ask', async (t) => {
  const memory = await InMemory.start();
  const [a, b] = [await memory.subscriber('t1'), await memory.subscriber('t1')];
  memory.runtime.say(approval(0), approval(1));
  await settled();
  const [first, second] = a.requests.map((request) => request.id);
  a.answerError(first, 'a cannot');
  b.answer(first, { decision: 'accept' });
  a.answerError(second, 'a cannot');
  await settled();
  const answers = (): unknown => memory.runtime.received.filter((message) => message.method === undefined);
  t.same(answers(), [{ id: 0, result: { decision: 'accept' } }]);
  b.vanish();
  await settled();
  t.match(
    answers(),
    [{ id: 0 }, { id: 1, error: { message: 'a cannot' } }],
    'b was the last who could have said more',
  );
});

t.test('answers of who was never asked, or with an id of another type, change nothing', async (t) => {
  const memory = await InMemory.start();
  const [a, outsider] = [await memory.subscriber('t1'), await memory.client()];
  memory.runtime.say(approval(0));
  await settled();
  const id = a.requests[0]?.id;
  outsider.answer(id, { decision: 'accept' });
  a.answer(String(id), { decision: 'accept' });
  await settled();
  t.notOk(memory.runtime.received.some((message) => message.method === undefined));
  a.answer(id, { decision: 'decline' });
  await settled();
  t.same(memory.runtime.received.at(-1), { id: 0, result: { decision: 'decline' } });
});

t.test('who was asked and has unsubscribed may still answer', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.subscriber('t1');
  memory.runtime.say(approval(0));
  await settled();
  a.request('thread/unsubscribe', { threadId: 't1' });
  a.answer(a.requests[0]?.id, { decision: 'accept' });
  await settled();
  t.same(memory.runtime.received.at(-1), { id: 0, result: { decision: 'accept' } });
});

t.test('members that need experimentalApi are left out for who did not declare it', async (t) => {
  const memory = await InMemory.start();
  const [a, plain] = [await memory.subscriber('t1'), await memory.subscriber('t1', {})];
  memory.runtime.say(approval(0, { additionalPermissions: { network: true } }));
  await settled();
  t.match(a.requests[0]?.params, { additionalPermissions: { network: true } });
  t.same(plain.requests[0]?.params, { threadId: 't1', turnId: 'turn', itemId: 'item' });
  t.equal(plain.requests[0]?.id, a.requests[0]?.id);
});

t.test('with its thread an open request is gone', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.subscriber('t1');
  memory.runtime.say(approval(0), { method: 'thread/closed', params: { threadId: 't1' } });
  await settled();
  a.answer(a.requests[0]?.id, { decision: 'accept' });
  await settled();
  t.notOk(memory.runtime.received.some((message) => message.method === undefined));
});

t.test('a resolved that names nothing known goes to nobody', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.subscriber('t1');
  memory.runtime.say(
    resolved(55),
    { method: 'serverRequest/resolved', params: { threadId: 't1' } },
    delta('t1', 'x'),
  );
  await settled();
  t.same(a.methods, ['item/agentMessage/delta']);
});

t.test('open requests are bounded; those that are answered make room', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.subscriber('t1');
  for (let i = 0; i < SERVER_REQUESTS_MAX; i += 1) memory.runtime.say(approval(i));
  memory.runtime.say(approval(SERVER_REQUESTS_MAX));
  await settled();
  t.equal(a.requests.length, SERVER_REQUESTS_MAX);
  t.match(memory.runtime.received.at(-1), {
    id: SERVER_REQUESTS_MAX,
    error: { data: { reason: 'overloaded' } },
  });
  a.answer(a.requests[0]?.id, {});
  await settled();
  memory.runtime.say(approval(SERVER_REQUESTS_MAX + 1));
  await settled();
  t.equal(a.requests.length, SERVER_REQUESTS_MAX + 1);
});

t.test('one that is answered and not yet resolved is the same when the runtime says it again', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.subscriber('t1');
  memory.runtime.say(approval(0));
  await settled();
  a.answer(a.requests[0]?.id, { decision: 'accept' });
  await settled();
  memory.runtime.say(approval(0), resolved(0));
  await settled();
  t.equal(a.requests.length, 1);
  t.match(a.received.at(-1), { method: 'serverRequest/resolved', params: { requestId: a.requests[0]?.id } });
});

t.test('an id that the runtime uses for another request is another request', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.subscriber('t1');
  memory.runtime.say(approval(0), {
    method: 'item/tool/requestUserInput',
    id: 0,
    params: { threadId: 't1' },
  });
  await settled();
  t.equal(a.requests.length, 2);
  a.answer(a.requests[0]?.id, { decision: 'accept' });
  a.answer(a.requests[1]?.id, { answers: {} });
  await settled();
  t.same(
    memory.runtime.received.filter((message) => message.method === undefined),
    [{ id: 0, result: { answers: {} } }],
  );
});

t.test('one that is about to be asked is waited for, unless it goes or may not answer', async (t) => {
  const memory = await InMemory.start();
  const a = await memory.subscriber('t1');
  const observer = { extensions: { threadcast: { role: 'observer' } } };
  for (const [id, leave, capabilities] of [
    [0, false, {}],
    [1, true, {}],
    [2, false, observer],
  ] as const) {
    memory.runtime.say(approval(id));
    const late = await memory.client(capabilities);
    late.request('thread/resume', { threadId: 't1' });
    await settled();
    memory.runtime.answer('thread/resume', { thread: { id: 't1' } });
    await settled();
    if (leave) late.request('thread/unsubscribe', { threadId: 't1' });
    a.answerError(a.requests.at(-1)?.id, 'a cannot');
    await settled();
    memory.advance(SAID_AGAIN_MS_MAX);
    await settled();
    const answered = memory.runtime.received.some((message) => message.id === id && message.error);
    t.equal(answered, id !== 0, `request ${id}`);
    late.vanish();
    await settled();
    t.match(memory.runtime.received.at(-1), { id, error: { message: 'a cannot' } });
  }
});
