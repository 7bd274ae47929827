import t from 'tap';
import { RESUMES_MAX } from '../../protocol/limits.js';
import { delta, settled } from '../support/in-memory.js';
import { join, statusOf } from './events.js';
import { answerResumes, restart, RUNS_WITH, watched } from './restarted.js';

const settings: readonly (readonly [string, object, object])[] = [
  [
    'a sandbox, whole',
    {
      model: 'm',
      modelProvider: 'p',
      cwd: '/x',
      approvalPolicy: 'never',
      sandbox: {
        type: 'workspaceWrite',
        writableRoots: ['/w'],
        networkAccess: false,
        excludeTmpdirEnvVar: true,
        excludeSlashTmp: true,
      },
    },
    {
      model: 'm',
      modelProvider: 'p',
      cwd: '/x',
      approvalPolicy: 'never',
      sandbox: 'workspace-write',
      config: {
        sandbox_workspace_write: {
          writable_roots: ['/w'],
          network_access: false,
          exclude_tmpdir_env_var: true,
          exclude_slash_tmp: true,
        },
      },
    },
  ],
  ['full access', { sandbox: { type: 'dangerFullAccess' } }, { sandbox: 'danger-full-access' }],
  [
    'reading only',
    { sandbox: { type: 'readOnly' }, approvalsReviewer: 'user', reasoningEffort: 'high' },
    { sandbox: 'read-only', approvalsReviewer: 'user', config: { model_reasoning_effort: 'high' } },
  ],
  [
    'permissions',
    { sandbox: { type: 'readOnly' }, activePermissionProfile: { id: ':workspace' } },
    { permissions: ':workspace' },
  ],
  ['a sandbox that nobody knows', { sandbox: { type: 'brandNew' }, model: null }, {}],
];
for (const [what, answer, params] of settings) {
  t.test(`a thread goes on as it was: ${what}`, async (t) => {
    const { memory } = await watched({ thread: { id: 't1', turns: [{ id: 'old' }] }, ...answer });
    await restart(memory);
    t.same(memory.runtime.last('thread/resume').params, { threadId: 't1', excludeTurns: true, ...params });
  });
}

t.test('also where its settings have changed since, and after a second end', async (t) => {
  const { memory } = await watched();
  memory.runtime.say({
    method: 'thread/settings/updated',
    params: {
      threadId: 't1',
      threadSettings: { model: 'n', cwd: '/y', approvalPolicy: 'never', sandboxPolicy: { type: 'readOnly' } },
    },
  });
  const changed = { model: 'n', cwd: '/y', approvalPolicy: 'never', sandbox: 'read-only' };
  await restart(memory);
  t.match(memory.runtime.last('thread/resume').params, changed);
  // It has not been answered when this one ends too.
  await restart(memory, 1);
  t.match(memory.runtime.last('thread/resume').params, changed);
  await answerResumes(memory, { result: { ...RUNS_WITH, model: 'o' } });
  await restart(memory, 2);
  t.match(memory.runtime.last('thread/resume').params, { model: 'o', cwd: '/x' });
});

t.test('settings that say nothing of the sandbox leave it as it was', async (t) => {
  const { memory } = await watched({ ...RUNS_WITH, sandbox: { type: 'readOnly' } });
  memory.runtime.say({
    method: 'thread/settings/updated',
    params: { threadId: 't1', threadSettings: { model: 'n' } },
  });
  await restart(memory);
  t.match(memory.runtime.last('thread/resume').params, { model: 'n', sandbox: 'read-only' });
});

t.test('a watched thread goes on in a new log; one that nobody watches is forgotten', async (t) => {
  const { memory, client } = await watched(RUNS_WITH, 'json');
  const left = await memory.subscriber('t2');
  left.vanish();
  memory.runtime.say(delta('t1', 'before'));
  await settled();
  const epoch = (await statusOf(client)).threads[0]?.epoch;
  client.received.length = 0;
  await restart(memory);
  const resumed = await answerResumes(memory);
  t.same(
    resumed.map(({ params }) => params?.['threadId']),
    ['t1'],
  );
  memory.runtime.say(delta('t1', 'after'));
  await settled();
  t.match(client.received, [
    { method: 'broker/log/reset', params: { log: 'lobby', seq: 0, reason: 'runtimeRestarted' } },
    { method: 'broker/log/reset', params: { log: 't1', seq: 0, reason: 'runtimeRestarted' } },
    { log: 't1', seq: 1, ...delta('t1', 'after') },
  ]);
  const { threads } = await statusOf(client);
  t.same(
    threads.map(({ threadId }) => threadId),
    ['t1'],
  );
  t.not(threads[0]?.epoch, epoch);
  t.equal(await join(client, { epoch, seq: 1 }), undefined, 'the runtime is asked for a snapshot');
});

t.test('one that cannot be brought back is closed', async (t) => {
  const { memory, client } = await watched();
  await restart(memory);
  await answerResumes(memory, { error: { code: -32600, message: 'no rollout found' } });
  t.same(client.methods, ['thread/closed']);
  t.match(await statusOf(client), {
    threads: [],
    connections: [{ threads: [] }],
    runtime: { state: 'running' },
  });
});

t.test('so many are resumed at the same time', async (t) => {
  const { memory, client } = await watched();
  for (let i = 2; i <= RESUMES_MAX + 3; i += 1) {
    client.request('thread/resume', { threadId: `t${i}` });
    await settled();
    memory.runtime.answer('thread/resume', { thread: { id: `t${i}` } });
  }
  await settled();
  memory.runtime.received.length = 0;
  await restart(memory);
  t.equal(memory.runtime.received.length, RESUMES_MAX);
  t.equal((await answerResumes(memory)).length, RESUMES_MAX + 3);
  t.ok(memory.broker.ready());
});
