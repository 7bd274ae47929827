import t, { type Test } from 'tap';
import type { JsonObject } from '../codex/json.js';
import { readyDemo, stateFolder } from './runtime.js';

const TIMES = /("(?:\w+At|\w+AtMs|durationMs|\w+Cursor)":)(?:\d+|"[^"]*")/g;

/** What two runs of one seed must have in common: everything but times and the path of the state folder. */
function timeless(message: JsonObject, folder: string): string {
  return JSON.stringify(message).replaceAll(TIMES, '$1"time"').replaceAll(folder, 'STATE');
}

async function transcript(t: Test, flags: readonly string[]): Promise<string[]> {
  const folder = stateFolder(t);
  const demo = await readyDemo(t, flags, folder);
  const threadId = await demo.startThread();
  await demo.startTurn(threadId, 'edit');
  demo.answer(await demo.next('item/fileChange/requestApproval', threadId), { decision: 'accept' });
  await demo.turnEnd(threadId);
  await demo.result('thread/fork', { threadId });
  await demo.result('thread/list');
  return demo.said.all.map((message) => timeless(message, folder));
}

t.test('the same seed gives the same transcript, ids and all', async (t) => {
  const [one, other] = [await transcript(t, ['--seed', '7']), await transcript(t, ['--seed', '7'])];
  t.ok(one.length > 40);
  t.strictSame(other, one);
});

t.test('another seed gives other ids', async (t) => {
  const [one, other] = [await transcript(t, ['--seed', '7']), await transcript(t, ['--seed', '8'])];
  t.equal(one.length, other.length);
  t.not(one.join('\n'), other.join('\n'));
});
