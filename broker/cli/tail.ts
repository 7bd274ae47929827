import { threadIdOf } from '../../protocol/messages.js';
import { parseObject } from '../framing/json-bytes.js';
import type { StateDir } from '../ops/state-dir.js';
import { BrokerClient, runningUrl } from './broker-client.js';
import { CommandError } from './exit.js';
import { print } from './output.js';

/**
 * Prints what happens as JSON lines, byte for byte as clients get it: on one thread, or on what everyone gets.
 * Runs until it is interrupted. @throws {CommandError}
 */
export async function tail(stateDir: StateDir, threadId: string | undefined): Promise<void> {
  const client = await BrokerClient.connect(runningUrl(stateDir), (_method, text) => {
    const about = threadIdOf(parseObject(Buffer.from(text))?.['params']);
    if (threadId === undefined || about === threadId) print(text);
  });
  if (threadId !== undefined) await client.call('thread/resume', { threadId, excludeTurns: true });
  process.once('SIGINT', () => client.close()).once('SIGTERM', () => client.close());
  // Whoever read us is gone (a `| head` that has enough).
  process.stdout.once('error', () => client.close());
  const { code, reason } = await client.closed;
  if (code >= 4000) throw new CommandError(`the broker closed the connection: ${code} ${reason}`);
}
