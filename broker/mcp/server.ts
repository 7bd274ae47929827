import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { NAME_CHARS_MAX } from '../../protocol/limits.js';
import type { BrokerAddress } from '../cli/broker-address.js';
import { version } from '../ops/version.js';
import { actingThread } from './acting-thread.js';
import { attachedThreads, findAttached, linesOf, readThreads } from './attached-threads.js';
import { Calls } from './calls.js';
import { TURNS, TURNS_MAX, WAIT_MS_MAX } from './limits.js';
import { Reading } from './reading.js';
import { send } from './sending.js';

/** What is told of a tool to whoever decides whether it may be called. */
const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
/** It adds a message and takes nothing away. What comes of it is decided, and approved, in the other thread. */
const SENDS = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false };

const attachment = z
  .string()
  .min(1)
  .max(NAME_CHARS_MAX)
  .describe('Id of the attachment; or the role or name of a child thread, or "parent"');

const LIST = {
  description: 'Lists the threads that are attached to this one, with role, name and what they are doing.',
  inputSchema: z.strictObject({}),
  annotations: READS,
};

const SEND = {
  description:
    'Sends a message to an attached thread: it starts a turn there, or joins the one that runs. ' +
    'Say all that the other agent has to know.',
  inputSchema: z.strictObject({
    attachment,
    message: z.string().min(1),
    wait: z
      .boolean()
      .optional()
      .describe(`Wait for the answer, at most ${WAIT_MS_MAX / 1000} s`),
  }),
  annotations: SENDS,
};

const READ = {
  description:
    'Reads the newest turns of an attached thread: what was said, what was done, and what is said right now.',
  inputSchema: z.strictObject({
    attachment,
    limit: z
      .int()
      .min(1)
      .max(TURNS_MAX)
      .default(TURNS)
      .describe('How many turns; fewer leave room for more of each'),
    cursor: z
      .string()
      .max(NAME_CHARS_MAX)
      .optional()
      .describe('From an earlier result: the turns before that'),
  }),
  annotations: READS,
};

const INSTRUCTIONS =
  'Other threads can be attached to this one: each works by itself, in its own folder. ' +
  'They know of this thread only what they are sent.';

interface Extra {
  readonly signal: AbortSignal;
  readonly _meta?: Readonly<Record<string, unknown>> | undefined;
}

/** The tools with which the agent of a thread works with the threads that are attached to it. */
export interface Acting {
  /** The thread that it acts for; undefined where the client names it with each call. */
  readonly threadId: string | undefined;
  /** Where the broker listens now. @throws {Error} none does */
  readonly broker: () => BrokerAddress;
}

export function mcpServer({ threadId: own, broker }: Acting): McpServer {
  const server = new McpServer({ name: 'threadcast', version }, { instructions: INSTRUCTIONS });
  const calls = new Calls(broker);
  const reading = new Reading();

  server.registerTool('list_attached_threads', LIST, async (_, { signal, _meta: meta }: Extra) => {
    const threadId = actingThread(own, meta);
    return said(
      await calls.run('observer', signal, async ({ client }) => {
        const attached = await attachedThreads(client, threadId);
        if (attached.length === 0) return 'No thread is attached to this one.';
        const told = await readThreads(client, attached);
        return linesOf(attached, (one) => told.get(one.threadId) ?? '');
      }),
    );
  });

  server.registerTool(
    'send_to_attached_thread',
    SEND,
    async ({ attachment: wanted, message, wait = false }, { signal, _meta: meta }: Extra) =>
      said(await send(calls, { threadId: actingThread(own, meta), wanted, message, wait }, signal)),
  );

  server.registerTool(
    'read_attached_thread',
    READ,
    async ({ attachment: wanted, limit, cursor }, { signal, _meta: meta }: Extra) => {
      const threadId = actingThread(own, meta);
      return said(
        await calls.run('observer', signal, async ({ client }) => {
          const found = findAttached(await attachedThreads(client, threadId), wanted);
          return await reading.page(client, found, { limit, cursor });
        }),
      );
    },
  );
  return server;
}

function said(text: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text }] };
}
