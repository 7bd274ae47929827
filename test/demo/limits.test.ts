import { statSync } from 'node:fs';
import t from 'tap';
import { HISTORY_FILE_BYTES_MAX, RUNNING_TURNS_MAX, THREADS_MAX } from '../../broker/demo/limits.js';
import { member, text } from '../codex/json.js';
import { entries, readyDemo } from './runtime.js';

const MIB = 1024 * 1024;

t.test('more turns than can run are refused, and nothing else is', async (t) => {
  const demo = await readyDemo(t);
  for (let i = 0; i < RUNNING_TURNS_MAX; i += 1) {
    const threadId = await demo.startThread();
    await demo.startTurn(threadId, 'run');
    await demo.next('item/commandExecution/requestApproval', threadId);
  }
  const threadId = await demo.startThread();
  const input = [{ type: 'text', text: 'run' }];
  t.equal(await demo.error('turn/start', { threadId, input }), 'too many turns are running');
  t.match(await demo.error('thread/compact/start', { threadId }), /too many turns/);
  const { goal } = await demo.result('thread/goal/set', { threadId, objective: 'later' });
  t.match(goal, { status: 'active' }, 'a goal is set, but not yet pursued');
});

t.test('more threads than there is room for are refused', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  const before = entries((await demo.result('thread/list'))['data']).length + 2;
  for (let i = before; i < THREADS_MAX; i += 1) await demo.startThread();
  t.equal(await demo.error('thread/start'), `there are ${THREADS_MAX} threads already`);
  t.match(await demo.playTurn(threadId, 'agent'), { status: 'completed' }, 'a scene does without sub-agents');
  const { data } = await demo.result('thread/items/list', { threadId });
  const calls = entries(data).flatMap(({ item }) => {
    return member(item, 'type') === 'collabAgentToolCall' ? [member(item, 'status')] : [];
  });
  t.strictSame(calls, ['failed', 'failed', 'completed']);
});

t.test('a history file that has grown too large is written anew', async (t) => {
  const demo = await readyDemo(t, ['--delta-bytes', '65536', '--turn-events', String((12 * MIB) / 65_536)]);
  const threadId = await demo.startThread();
  for (let i = 0; i < 4; i += 1) await demo.playTurn(threadId, 'load');
  const { thread } = await demo.result('thread/read', { threadId });
  const { size } = statSync(text(thread, 'path'));
  t.ok(size < HISTORY_FILE_BYTES_MAX, `${size} bytes are left of ${48 * MIB}`);
  const { data } = await demo.result('thread/turns/list', { threadId });
  t.match(entries(data)[0], { status: 'completed' });
});
