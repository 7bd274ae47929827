import { z } from 'zod';
import { threadIdOf } from '../../protocol/messages.js';
import { position } from '../../protocol/schemas.js';
import type { Position } from '../../protocol/schemas.js';
import { LOBBY } from '../../protocol/wires.js';
import { parseObject } from '../framing/json-bytes.js';
import type { StateDir } from '../ops/state-dir.js';
import { runningBroker } from './broker-address.js';
import { BrokerClient } from './broker-client.js';
import { CommandError, exitCodes } from './exit.js';
import { print, say } from './output.js';

/**
 * Prints what happens as JSON lines, byte for byte as clients get it: on one thread, or on what everyone gets. With
 * `since` (`EPOCH:SEQ`) first what came after that, each line with its position. Runs until it is interrupted.
 * @throws {CommandError}
 */
export async function tail(
  stateDir: StateDir,
  threadId: string | undefined,
  since: string | undefined,
): Promise<void> {
  // Whoever read us is gone (a `| head` that has enough), maybe before all that was missed is printed.
  let readerGone = false;
  let client: BrokerClient | null = null;
  process.stdout.on('error', () => {
    readerGone = true;
    client?.close();
  });
  client = await (since === undefined
    ? follow(stateDir, threadId)
    : followSince(stateDir, threadId, readPosition(since)));
  if (readerGone) client.close();
  const end = (): void => client.close();
  process.once('SIGINT', end).once('SIGTERM', end);
  const { code, reason } = await client.closed;
  if (code >= 4000) throw new CommandError(`the broker closed the connection: ${code} ${reason}`);
}

async function follow(stateDir: StateDir, threadId: string | undefined): Promise<BrokerClient> {
  const client = await BrokerClient.connect(runningBroker(stateDir), (_method, text) => {
    const about = threadIdOf(parseObject(Buffer.from(text))?.['params']);
    if (threadId === undefined || about === threadId) print(text);
  });
  if (threadId !== undefined) await client.call('thread/resume', { threadId, excludeTurns: true });
  return client;
}

/** The part of an answer that says whether all was still there. */
const rejoined = z.object({ epoch: z.string(), seq: z.number(), recovered: z.boolean() });
const greeting = z.object({ threadcast: z.object({ lobby: rejoined }) });

async function followSince(
  stateDir: StateDir,
  threadId: string | undefined,
  since: Position,
): Promise<BrokerClient> {
  const log = threadId ?? LOBBY;
  const client = await BrokerClient.connect(
    runningBroker(stateDir),
    (method, text) => {
      if (method !== '' && parseObject(Buffer.from(text))?.['log'] === log) print(text);
    },
    since,
  );
  const answer =
    threadId === undefined
      ? greeting.parse(client.greeting).threadcast.lobby
      : rejoined.parse(await client.call('broker/thread/join', { threadId, since }));
  if (!answer.recovered) {
    say(
      `threadcast: not all since ${since.epoch}:${since.seq} is still held; from ${answer.epoch}:${answer.seq} on`,
    );
  }
  return client;
}

/** @throws {CommandError} */
function readPosition(text: string): Position {
  const colon = text.lastIndexOf(':');
  const { data } = position.safeParse({
    epoch: text.slice(0, colon),
    seq: Number(text.slice(colon + 1) || NaN),
  });
  if (colon > 0 && data !== undefined) return data;
  throw new CommandError(`--since: expected EPOCH:SEQ, not ${JSON.stringify(text)}`, exitCodes.usage);
}
