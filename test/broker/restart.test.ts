import t from 'tap';
import { close } from '../../protocol/close.js';
import {
  RESTART_MS_MIN,
  RESTART_TRIES_MAX,
  RUNTIME_INITIALIZE_MS_MAX,
  RUNTIME_STEADY_MS,
} from '../../protocol/limits.js';
import { delta, InMemory, settled } from '../support/in-memory.js';
import { APPROVAL, approval, join, statusOf, turnStarted } from './events.js';
import { answerResumes, restart, RUNS_WITH, watched } from './restarted.js';

t.test('what runs has failed, what is open is cancelled, and nobody waits', async (t) => {
  const { memory, client } = await watched();
  const v1 = await memory.subscriber('t1', { experimentalApi: true }, 'json');
  memory.advance(7_000);
  memory.runtime.say(turnStarted('t1', 'turn', { startedAt: 3 }), approval(0));
  await settled();
  const [waiting, request] = [client.request('model/list'), client.requests[0]?.id];
  await settled();
  for (const one of [client, v1]) one.received.length = 0;
  memory.runtime.exit('it fell over');
  await settled();
  const failed = {
    method: 'turn/completed',
    params: {
      threadId: 't1',
      turn: {
        id: 'turn',
        status: 'failed',
        error: { message: 'The runtime has ended: it fell over' },
        startedAt: 3,
        completedAt: 7,
        durationMs: 4000,
      },
    },
    emittedAtMs: 7000,
  };
  const cancelled = { method: 'serverRequest/resolved', params: { threadId: 't1', requestId: request } };
  const idle = { method: 'thread/status/changed', params: { threadId: 't1', status: { type: 'idle' } } };
  t.match(client.received, [
    { id: waiting, error: { code: -32001, data: { reason: 'runtimeExited' } } },
    cancelled,
    failed,
    idle,
  ]);
  t.match(v1.received, [
    { log: 't1', seq: 3, ...cancelled, params: { by: null, outcome: 'cancelled' } },
    { log: 't1', seq: 4, ...failed },
    { log: 'lobby', seq: 1, ...idle },
  ]);
  client.answer(request, { decision: 'accept' });
  v1.answer(request, { decision: 'accept' });
  await settled();
  t.match(v1.received.at(-1), {
    method: 'broker/request/alreadyResolved',
    params: { outcome: 'cancelled', by: null },
  });
  t.notOk(memory.runtime.received.some((message) => message.method === undefined));
});

t.test(
  'what comes meanwhile is refused until the threads are back; the broker answers for itself',
  async (t) => {
    const { memory, client } = await watched();
    const refused = async (): Promise<void> => {
      const id = client.request('model/list');
      await settled();
      t.match(client.answerTo(id)?.error, { code: -32001, data: { reason: 'runtimeRestarting' } });
    };
    memory.runtime.exit();
    await refused();
    t.match(await statusOf(client), { runtime: { state: 'restarting', restarts: 0 } });
    memory.runtime.initializeAnswer = null;
    memory.advance(RESTART_MS_MIN);
    await refused();
    memory.runtime.send(Buffer.from('{"id":1,"method":"initialized"}'));
    t.equal(memory.runtime.starts, 2);
    t.notOk(memory.broker.ready());
    t.ok(memory.broker.accepts());
  },
);

t.test('a thread that is not back yet keeps its requests waiting', async (t) => {
  const { memory, client } = await watched();
  await restart(memory);
  const early = client.request('model/list');
  await settled();
  t.match(client.answerTo(early)?.error?.data, { reason: 'runtimeRestarting' });
  await answerResumes(memory);
  const id = client.request('model/list');
  await settled();
  memory.runtime.answer('model/list', {});
  await settled();
  t.ok(client.answerTo(id)?.result);
  t.match(await statusOf(client), { runtime: { state: 'running', restarts: 1 } });
});

t.test(
  'a client that comes meanwhile is answered from what is known, greeted anew when it is back',
  async (t) => {
    const warning = (summary: string): object => ({ method: 'configWarning', params: { summary } });
    const memory = await InMemory.start(warning('old'));
    memory.runtime.exit();
    const { client, threadcast } = await memory.greeted({}, 'json');
    t.match(client.received, [{ result: { userAgent: /scripted/ } }, { params: { summary: 'old' } }]);
    memory.runtime.greetings = [warning('new')];
    memory.advance(RESTART_MS_MIN);
    await settled();
    t.match(client.received.slice(2), [
      { method: 'broker/log/reset', params: { log: 'lobby', seq: 0, reason: 'runtimeRestarted' } },
      { log: 'lobby', seq: 1, params: { summary: 'new' } },
    ]);
    t.not(client.received[2]?.params?.['epoch'], threadcast.lobby.epoch);
    const late = await memory.greeted({}, 'json');
    t.match(late.client.received.slice(1), [{ params: { summary: 'new' } }]);
    t.equal(late.client.received.length, 2);
  },
);

t.test('it is tried a little later each time, and given up after so many', async (t) => {
  const { memory, client } = await watched();
  memory.runtime.exit();
  for (let tried = 0; tried < RESTART_TRIES_MAX; tried += 1) {
    memory.advance(RESTART_MS_MIN * 2 ** tried - 1);
    t.equal(memory.runtime.starts, 1 + tried);
    memory.advance(1);
    t.equal(memory.runtime.starts, 2 + tried);
    t.equal(memory.exit, null);
    memory.runtime.exit(`end ${tried}`);
  }
  t.equal(memory.exit?.summary, `end ${RESTART_TRIES_MAX - 1}`);
  await settled();
  t.same(client.end.peerReason, close.runtimeExited);
});

t.test('one that has run for a while has all its tries again', async (t) => {
  for (const [ms, restarted] of [
    [RUNTIME_STEADY_MS - 1, false],
    [RUNTIME_STEADY_MS, true],
  ] as const) {
    const { memory } = await watched();
    for (let tried = 0; tried < RESTART_TRIES_MAX; tried += 1) {
      await restart(memory, tried);
      await answerResumes(memory);
    }
    memory.advance(ms);
    memory.runtime.exit();
    memory.advance(RESTART_MS_MIN);
    t.equal(memory.runtime.starts, 1 + RESTART_TRIES_MAX + (restarted ? 1 : 0), `${ms} ms`);
  }
});

for (const [what, answer] of [
  ['refuses initialize', { error: { code: -1, message: 'no' } }],
  ['is something else', { result: [] }],
] as const) {
  t.test(`one that ${what} is ended, and counts as a try`, async (t) => {
    const { memory, client } = await watched();
    memory.runtime.initializeAnswer = answer;
    await restart(memory);
    t.ok(memory.runtime.closed);
    t.equal(memory.runtime.starts, 2);
    memory.advance(2 * RESTART_MS_MIN);
    await settled();
    t.equal(memory.runtime.starts, 3);
    for (let tried = 2; tried < RESTART_TRIES_MAX; tried += 1) {
      memory.advance(RESTART_MS_MIN * 2 ** tried);
      await settled();
    }
    t.ok(memory.exit);
    t.same(client.end.peerReason, close.runtimeExited);
  });
}

t.test('one that never answers initialize is not waited for longer than the first', async (t) => {
  const { memory } = await watched();
  memory.runtime.initializeAnswer = null;
  await restart(memory);
  memory.advance(RUNTIME_INITIALIZE_MS_MAX - 1);
  await settled();
  t.notOk(memory.runtime.closed);
  memory.advance(1);
  await settled();
  t.ok(memory.runtime.closed);
});

t.test('what a runtime that is gone still says is not heard', async (t) => {
  const { memory, client } = await watched();
  const { events } = memory.runtime;
  await restart(memory);
  await answerResumes(memory);
  client.received.length = 0;
  events.line(Buffer.from(JSON.stringify(delta('t1', 'of the dead'))));
  events.exited({ summary: 'twice', stderr: [] });
  await settled();
  t.same(client.received, []);
  t.ok(memory.broker.ready());
});

t.test('the ids of requests are never used again, though the runtime’s begin anew', async (t) => {
  const { memory, client } = await watched();
  memory.runtime.say(approval(0));
  await restart(memory);
  await answerResumes(memory);
  memory.runtime.say(approval(0));
  await settled();
  const [first, second] = client.requests.map(({ id }) => id);
  t.not(first, second);
  client.answer(first, { decision: 'accept' });
  client.answer(second, { decision: 'decline' });
  await settled();
  t.same(memory.runtime.received.at(-1), { id: 0, result: { decision: 'decline' } });
});

t.test('a turn or a request of a runtime that ends before it is ready has ended too', async (t) => {
  const { memory, client } = await watched();
  await restart(memory);
  memory.runtime.say(turnStarted(), approval(0));
  await settled();
  await restart(memory, 1);
  t.same(client.methods, [
    'turn/started',
    APPROVAL,
    'serverRequest/resolved',
    'turn/completed',
    'thread/status/changed',
  ]);
  await answerResumes(memory);
  t.match(await statusOf(client), { threads: [{ running: false, openRequests: 0 }] });
});

t.test('a join that waits when the runtime ends fails, and does not keep the next one waiting', async (t) => {
  for (const ready of [true, false]) {
    const { memory, client } = await watched(RUNS_WITH, 'json');
    let tried = 0;
    if (!ready) await restart(memory, tried++);
    const id = client.request('broker/thread/join', { threadId: 't1' });
    await settled();
    await restart(memory, tried);
    t.match(client.answerTo(id)?.error?.data, { reason: /^runtime(Exited|Restarting)$/ }, `ready: ${ready}`);
    await answerResumes(memory);
    const next = client.request('broker/thread/join', { threadId: 't1' });
    await settled();
    memory.runtime.answer('thread/turns/list', { data: [] });
    await settled();
    t.ok(client.answerTo(next)?.result, `the next one; ready: ${ready}`);
  }
});

t.test('nothing is asked of a runtime that has not answered initialize', async (t) => {
  const { memory, client } = await watched(RUNS_WITH, 'json');
  memory.runtime.initializeAnswer = null;
  await restart(memory);
  memory.runtime.received.length = 0;
  const joins = [join(client), join(client, null, 't2')];
  for (const answer of await Promise.all(joins))
    t.match(answer?.error?.data, { reason: 'runtimeRestarting' });
  t.same(memory.runtime.received, []);
});

t.test('nothing of a runtime that is gone is told twice, or ended at the next one', async (t) => {
  const { memory, client } = await watched();
  const id = client.request('command/exec', { processId: 'p' });
  await settled();
  await restart(memory);
  await restart(memory, 1);
  await answerResumes(memory);
  t.equal(client.received.filter((message) => message.id === id && message.error).length, 1);
  client.vanish();
  await settled();
  t.notOk(memory.runtime.received.some(({ method }) => method === 'command/exec/terminate'));
});

t.test('stop while it is down, or not yet ready, starts nothing any more', async (t) => {
  for (const ms of [0, RESTART_MS_MIN]) {
    const { memory, client } = await watched();
    memory.runtime.initializeAnswer = null;
    memory.runtime.exit();
    memory.advance(ms);
    await memory.broker.stop();
    await settled();
    t.same(client.end.peerReason, close.shutdown);
    const { starts } = memory.runtime;
    memory.advance(60_000);
    await settled();
    t.equal(memory.runtime.starts, starts);
  }
});
