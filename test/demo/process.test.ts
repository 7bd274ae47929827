import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { member } from '../codex/json.js';
import { entries, readyDemo, spawnDemo, stateFolder } from './runtime.js';

const COMMAND = 'item/commandExecution/requestApproval';

t.test('the program speaks over pipes, and ends with code 0 at the end of its stdin', async (t) => {
  const demo = spawnDemo(t);
  await demo.initialize();
  const threadId = await demo.startThread();
  await demo.startTurn(threadId, 'run');
  demo.answer(await demo.next(COMMAND, threadId), { decision: 'accept' });
  t.match(await demo.turnEnd(threadId), { status: 'completed' });
  await demo.startTurn(threadId, 'long 1000000');
  await demo.next('item/agentMessage/delta', threadId);
  t.equal(await demo.end(), 0, 'also in the middle of a turn');
  t.strictSame(demo.stderr.all, []);
});

t.test('the program ends with code 0 when nobody reads it any more', async (t) => {
  const demo = spawnDemo(t);
  await demo.initialize();
  const threadId = await demo.startThread();
  demo.stopReading();
  demo.send('turn/start', { threadId, input: [{ type: 'text', text: 'long 1000000' }] });
  t.equal(await demo.exits(), 0);
});

t.test('a turn that is cut off by the death of the program counts as interrupted', async (t) => {
  const folder = stateFolder(t);
  const before = spawnDemo(t, [], folder);
  await before.initialize();
  const threadId = await before.startThread();
  await before.startTurn(threadId, 'run');
  await before.next(COMMAND, threadId);
  await before.kill();
  const file = readFileSync(path.join(folder, 'threads', `${threadId}.jsonl`), 'utf8');
  t.match(file, /"status":"inProgress"/, 'it was written down as it began');

  const after = await readyDemo(t, [], folder);
  const { data } = await after.result('thread/turns/list', { threadId, itemsView: 'full' });
  t.match(data, [{ status: 'interrupted', items: [{ type: 'userMessage' }, { type: 'agentMessage' }] }]);
  t.ok(Number(member(entries(data)[0], 'completedAt')) > 0);
});
