/**
 * Prints what the agent says in a thread, as it says it, over cuts of the network and restarts of the broker:
 * `node follow.ts ws://127.0.0.1:4500 THREAD_ID` (the token in `THREADCAST_TOKEN`).
 */
import { connect, isItem } from 'threadcast/client';
import type { ItemState } from 'threadcast/client';
import { nodeSocket } from 'threadcast/client/node';

const [url = '', threadId = ''] = process.argv.slice(2);
const client = connect({
  url,
  token: process.env['THREADCAST_TOKEN'] ?? null,
  clientInfo: { name: 'follow', version: '1.0.0' },
  role: 'observer',
  socket: nodeSocket,
});
const thread = client.watch(threadId);
/** How much of each message is on the screen. */
const shown = new Map<string, number>();

function show({ id, item, inProgress }: ItemState): void {
  if (!isItem(item, 'agentMessage')) return;
  process.stdout.write(item.text.slice(shown.get(id) ?? 0));
  if (!inProgress && shown.get(id) !== Infinity) process.stdout.write('\n');
  shown.set(id, inProgress ? item.text.length : Infinity);
}

thread.subscribe(() => {
  const { turns, phase, error } = thread.state;
  for (const { items } of turns) for (const item of items) show(item);
  if (phase !== 'gone') return;
  process.stderr.write(`${error?.message ?? 'The thread is gone'}\n`);
  client.close();
});
