import t from 'tap';
import type { Test } from 'tap';
import { approval } from '../broker/events.js';
import { settled } from '../support/in-memory.js';
import { Caller } from './caller.js';
import type { CallerOptions } from './caller.js';
import { Stage } from './stage.js';

const THREAD = '01a20005-3691-7983-b60c-c4d29105f986';

/** A client that is subscribed to the thread. */
async function subscriber(
  t: Test,
  stage: Stage,
  token: string,
  options: CallerOptions = {},
): Promise<Caller> {
  const caller = await Caller.connect(t, stage.url, token, options);
  const id = caller.ask('thread/resume', { threadId: THREAD });
  await caller.heard();
  stage.runtime.answer('thread/resume', { thread: { id: THREAD } });
  await caller.answered(id);
  return caller;
}

t.test('a stream of another cannot be named, nor its output be had', async (t) => {
  const stage = await Stage.open(t);
  const names = { claims: {} };
  const mine = await Caller.connect(t, stage.url, stage.token.token, names);
  const { token } = await stage.device('controller');
  const other = await Caller.connect(t, stage.url, token, names);
  const ask = async (caller: Caller, method: string, params: object): Promise<unknown> => {
    caller.ask(method, params);
    await caller.heard();
    return stage.runtime.last(method).params?.['sessionId'];
  };
  const known = await ask(mine, 'fuzzyFileSearch/sessionStart', { sessionId: 's', roots: [] });
  t.equal(typeof known, 'string');
  stage.runtime.answer('fuzzyFileSearch/sessionStart', {});
  for (const sessionId of ['s', known, `x:${String(known)}`, String(known).replace('threadcast:', '')]) {
    const reached = await ask(other, 'fuzzyFileSearch/sessionUpdate', { sessionId, query: 'q' });
    t.not(reached, known, String(sessionId));
  }
  stage.runtime.say({
    method: 'fuzzyFileSearch/sessionUpdated',
    params: { sessionId: known, query: 'q', files: [] },
    emittedAtMs: 1,
  });
  t.match(
    await mine.inbox.take('what it found', ({ method }) => method === 'fuzzyFileSearch/sessionUpdated'),
    {
      params: { sessionId: 's' },
    },
  );
  await other.heard();
  t.notOk(other.received.some(({ method }) => method === 'fuzzyFileSearch/sessionUpdated'));
});

t.test('what a request of another was asked is answered by nobody else', async (t) => {
  const stage = await Stage.open(t);
  const asked = await subscriber(t, stage, stage.token.token);
  const { token } = await stage.device('controller');
  const stranger = await Caller.connect(t, stage.url, token);
  const { token: readOnly } = await stage.device('observer');
  const observer = await subscriber(t, stage, readOnly);
  stage.runtime.say(approval(7, { threadId: THREAD }));
  const { id } = await asked.inbox.take(
    'the question',
    ({ method }) => method?.endsWith('requestApproval') === true,
  );
  for (const caller of [stranger, observer]) {
    for (const named of [id, 7, String(id), Number(id) + 1, '7']) {
      caller.send({ id: named, result: { decision: 'accept' } });
      caller.raw(
        `{"id":${JSON.stringify(named)},"result":{"decision":"accept"},"i\\u0064":${JSON.stringify(id)}}`,
      );
    }
    await caller.heard();
  }
  t.notOk(
    stage.runtime.received.some(({ method }) => method === undefined),
    'nothing was decided',
  );
  t.notOk(
    observer.received.some((each) => each.id === id && each.method !== undefined),
    'nor was it asked',
  );
  asked.send({ id, result: { decision: 'decline' } });
  await asked.heard();
  t.match(stage.runtime.received.at(-1), { id: 7, result: { decision: 'decline' } });
});

t.test('an id in two spellings reaches no request of another', async (t) => {
  const stage = await Stage.open(t);
  const mine = await Caller.connect(t, stage.url, stage.token.token);
  const { token } = await stage.device('controller');
  const other = await Caller.connect(t, stage.url, token);
  mine.ask('thread/list');
  await mine.heard();
  const { id } = stage.runtime.last('thread/list');
  other.raw(`{"id":1000,"i\\u0064":${String(id)},"method":"model/list","params":{}}`);
  other.raw(`{"id":1001,"\\u0069d":${String(id)},"method":"model/list","params":{}}`);
  await other.heard();
  t.same(
    stage.runtime.received.map(({ method }) => method),
    ['thread/list'],
  );
});

t.test('nobody is let go of a thread by another, however its id is spelled', async (t) => {
  const stage = await Stage.open(t);
  await subscriber(t, stage, stage.token.token);
  const { token } = await stage.device('observer');
  const observer = await Caller.connect(t, stage.url, token);
  const bare = THREAD.replaceAll('-', '');
  for (const threadId of [
    THREAD,
    THREAD.toUpperCase(),
    bare,
    `urn:uuid:${THREAD}`,
    `urn:uuid:${bare}`,
    `urn:uuid:${THREAD.toUpperCase()}`,
    `{${THREAD}}`,
    `{${THREAD.toUpperCase()}}`,
  ])
    t.equal(await observer.outcome('thread/unsubscribe', { threadId }), 'answered', threadId);
  t.notOk(stage.runtime.received.some(({ method }) => method === 'thread/unsubscribe'));
});

t.test('a log is replayed as its reader may see it, and from its own positions only', async (t) => {
  const stage = await Stage.open(t);
  const asked = await subscriber(t, stage, stage.token.token);
  const joining = asked.ask('broker/thread/join', { threadId: THREAD });
  await asked.heard();
  for (const [method, result] of [
    ['thread/resume', { thread: { id: THREAD } }],
    ['thread/turns/list', { data: [], nextCursor: null }],
  ] as const)
    if (stage.runtime.received.some((each) => each.method === method)) stage.runtime.answer(method, result);
  const { epoch, seq } = (await asked.answered(joining)).result as { epoch: string; seq: number };
  stage.runtime.say(approval(7, { threadId: THREAD }));
  const { id } = await asked.inbox.take(
    'the question',
    ({ method }) => method?.endsWith('requestApproval') === true,
  );
  const { token } = await stage.device('observer');
  const observer = await Caller.connect(t, stage.url, token);
  const joined = await observer.call('broker/thread/join', { threadId: THREAD, since: { epoch, seq } });
  t.match(joined.result, { recovered: true, pendingRequests: [] });
  await observer.heard();
  const entries = observer.received.filter((each) => each.log === THREAD);
  t.ok(entries.length > 0);
  t.notOk(
    entries.some((each) => each.id === id),
    'the question is a hole for it',
  );
  for (const since of [
    { epoch: `${epoch}x`, seq },
    { epoch, seq: Number.MAX_SAFE_INTEGER },
    { epoch: String(asked.greeting.result), seq: 0 },
  ]) {
    const wanted = observer.ask('broker/thread/join', { threadId: THREAD, since });
    await observer.heard();
    stage.runtime.answer('thread/turns/list', { data: [], nextCursor: null });
    await settled();
    t.match((await observer.answered(wanted)).result, { recovered: false, pendingRequests: [] });
  }
});

t.test('how the connection of another has ended is told to nobody', async (t) => {
  const stage = await Stage.open(t);
  const { id, token: mine } = await stage.device('controller');
  const gone = await Caller.connect(t, stage.url, mine);
  const { connectionId } = (gone.greeting.result as { threadcast: { connectionId: string } }).threadcast;
  await stage.access.revoke(id);
  await gone.ended;
  const { token } = await stage.device('observer');
  const claims = { previousConnectionId: connectionId };
  const other = await Caller.connect(t, stage.url, token, { claims });
  t.match(other.greeting.result, { threadcast: { previous: null } });
});

t.test('a thread has one name, however somebody spells it', async (t) => {
  const stage = await Stage.open(t);
  const mine = await subscriber(t, stage, stage.token.token);
  const { token } = await stage.device('observer');
  const observer = await Caller.connect(t, stage.url, token);
  for (const threadId of [THREAD.toUpperCase(), `urn:uuid:${THREAD}`, `{${THREAD}}`]) {
    const joining = observer.ask('broker/thread/join', { threadId });
    for (const method of ['thread/resume', 'thread/turns/list']) {
      await observer.heard();
      const asked = stage.runtime.received.some((each) => each.method === method);
      const result = method === 'thread/resume' ? { thread: { id: THREAD } } : { data: [], nextCursor: null };
      if (asked) stage.runtime.answer(method, result);
    }
    t.match((await observer.answered(joining)).result, { threadId: THREAD }, threadId);
  }
  const status = await mine.call('broker/status');
  const { threads } = status.result as { threads: { threadId: string }[] };
  t.same(
    threads.map(({ threadId }) => threadId),
    [THREAD],
  );
});
