/**
 * Asks the agent one thing in a thread of its own, and prints the answer:
 * `node ask.ts ws://127.0.0.1:4500 'What does this project do?'`
 */
import { connect, isItem } from 'threadcast/client';
import type { TurnState, WatchedThread } from 'threadcast/client';
import { msgpack } from 'threadcast/client/msgpack';
import { nodeSocket } from 'threadcast/client/node';

const [url = '', question = ''] = process.argv.slice(2);
const client = connect({
  url,
  token: process.env['THREADCAST_TOKEN'] ?? null,
  clientInfo: { name: 'ask', version: '1.0.0' },
  kind: 'bot',
  codecs: [msgpack],
  socket: nodeSocket,
});

/** The turn, once it is over. */
async function ended(thread: WatchedThread, turnId: string): Promise<TurnState> {
  return await new Promise((resolve) => {
    const look = (): void => {
      const turn = thread.state.turns.find(({ id }) => id === turnId);
      if (turn === undefined || turn.status === 'inProgress') return;
      stop();
      resolve(turn);
    };
    const stop = thread.subscribe(look);
    look();
  });
}

const thread = await client.startThread();
const { turnId } = await thread.submit(question);
const { status, items, error } = await ended(thread, turnId);
for (const { item } of items) if (isItem(item, 'agentMessage')) process.stdout.write(`${item.text}\n`);
if (status !== 'completed') process.stderr.write(`${status}: ${error?.message ?? ''}\n`);
client.close();
