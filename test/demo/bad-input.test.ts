import t from 'tap';
import { member } from '../codex/json.js';
import { readyDemo } from './runtime.js';

t.test('what is no message is skipped', async (t) => {
  const demo = await readyDemo(t);
  const lines = [
    '{bad',
    '[]',
    '5',
    '"x"',
    'null',
    '{"id":7.5,"method":"thread/list","params":{}}',
    '{"id":null,"method":"thread/list","params":{}}',
    '{"id":{"a":1},"method":"thread/list","params":{}}',
    '{"id":1,"method":5}',
    '{"id":99999,"result":{}}',
    '{"id":"zz","error":{"code":1,"message":"x"}}',
  ];
  for (const line of lines) demo.raw(line);
  demo.raw('');
  demo.raw('{"method":"nope/note"}');
  demo.raw(`{"id":5,"method":"thread/list","params":{"searchTerm":"\u{fffd}`);
  demo.raw('['.repeat(200_000));
  t.strictSame((await demo.result('thread/loaded/list'))['data'], [], 'and the next request is answered');
  t.equal(demo.said.all.length, 4, 'with nothing said in between');
  const logged = Array.from({ length: lines.length + 2 }, () => demo.stderr.take('a log line', () => true));
  t.equal((await Promise.all(logged)).length, demo.stderr.all.length, 'each is logged');
});

t.test('wrong requests are answered in the words of app-server', async (t) => {
  const demo = await readyDemo(t);
  const wrong: readonly (readonly [method: string, params: unknown, error: string | RegExp])[] = [
    [
      'nope/x',
      {},
      /^Invalid request: unknown variant `nope\/x`, expected one of `initialize`, `thread\/start`/,
    ],
    ['toString', {}, /^Invalid request: unknown variant `toString`/],
    ['thread/list', undefined, 'Invalid request: missing field `params`'],
    ['thread/list', null, 'Invalid request: missing field `params`'],
    ['thread/list', [], 'Invalid request: invalid type: sequence, expected struct'],
    ['thread/read', {}, 'Invalid request: missing field `threadId`'],
    ['thread/read', { threadId: 5 }, 'Invalid request: invalid type: integer `5`, expected a string'],
    [
      'thread/read',
      { threadId: 5.5 },
      'Invalid request: invalid type: floating point `5.5`, expected a string',
    ],
    ['thread/read', { threadId: true }, 'Invalid request: invalid type: boolean `true`, expected a string'],
    ['thread/read', { threadId: {} }, 'Invalid request: invalid type: map, expected a string'],
    ['thread/list', { limit: 'x' }, 'Invalid request: invalid type: string "x", expected u32'],
    ['thread/list', { archived: 'x' }, 'Invalid request: invalid type: string "x", expected a boolean'],
    ['thread/list', { cwd: [5] }, 'Invalid request: invalid type: integer `5`, expected a string'],
    ['thread/list', { sourceKinds: 'x' }, 'Invalid request: invalid type: string "x", expected a sequence'],
    ['thread/list', { sortKey: 'x' }, /^Invalid request: unknown variant `x`, expected one of `created_at`/],
    [
      'thread/start',
      { approvalPolicy: 'x' },
      /unknown variant `x`, expected one of `untrusted`, `on-request`/,
    ],
    ['thread/start', { sandbox: 'x' }, /unknown variant `x`, expected one of `read-only`, `workspace-write`/],
    ['thread/start', { model: 'x'.repeat(70_000) }, /^`model` is longer than 65536 characters$/],
    ['thread/start', { approvalPolicy: { x: 'x'.repeat(70_000) } }, /^`approvalPolicy` is longer/],
  ];
  for (const [method, params, error] of wrong) {
    demo.raw(JSON.stringify({ id: 'wrong', method, params }));
    const answer = await demo.answerTo('wrong');
    t.strictSame(Object.keys(answer), ['error', 'id']);
    t.equal(member(answer, 'error', 'code'), -32600);
    t.match(member(answer, 'error', 'message'), error);
  }
  const threadId = await demo.startThread();
  t.equal(await demo.error('turn/start', { threadId }), 'Invalid request: missing field `input`');
  t.match(await demo.error('turn/start', { threadId, input: 'x' }), /expected a sequence/);
  t.match(await demo.error('turn/start', { threadId, input: [{ type: 'nope' }] }), /unknown variant `nope`/);
  t.match(await demo.error('thread/goal/set', { threadId }), /no goal exists/);
});

t.test('answers of any shape are survived', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  for (const result of [null, 5, [], {}, { decision: null }, { decision: { x: 1 } }]) {
    await demo.startTurn(threadId, 'run');
    const request = await demo.next('item/commandExecution/requestApproval', threadId);
    demo.raw(JSON.stringify({ id: request['id'], result }));
    t.match(await demo.turnEnd(threadId), { status: 'completed' });
  }
  await demo.startTurn(threadId, 'run');
  const request = await demo.next('item/commandExecution/requestApproval', threadId);
  demo.raw(JSON.stringify({ id: request['id'], error: { code: -32000, message: 'no' } }));
  t.match(await demo.turnEnd(threadId), { status: 'completed' });
});

t.test('a message that cannot be written down fails its turn and nothing else', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const input = `[{"type":"text","text":"x","text_elements":${deep}}]`;
  demo.raw(`{"id":"deep","method":"turn/start","params":{"threadId":"${threadId}","input":${input}}}`);
  await demo.answerTo('deep');
  t.match(await demo.turnEnd(threadId), { status: 'failed' });
  t.match(await demo.playTurn(threadId, 'think'), { status: 'completed' });
});

t.test('pictures and other input come back as they were', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  const input = [{ type: 'localImage', path: '/cart.png' }];
  await demo.result('turn/start', { threadId, input });
  await demo.next('item/started', threadId);
  const { thread } = await demo.result('thread/read', { threadId });
  t.equal(member(thread, 'preview'), '(no text)');
  const message = demo.said.all.find((each) => each['method'] === 'item/completed');
  t.strictSame(member(message, 'params', 'item', 'content'), input);
});

t.test('a line over the limit is skipped', async (t) => {
  const demo = await readyDemo(t);
  demo.raw(`{"id":1,"method":"thread/list","params":{"x":"${'x'.repeat(16 * 1024 * 1024)}"}}`);
  t.strictSame((await demo.result('thread/loaded/list'))['data'], []);
  t.match(await demo.stderr.take('a log line', () => true), /skipped a line of \d+ bytes/);
});
