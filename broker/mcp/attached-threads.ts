import { z } from 'zod';
import type { Attachment, Side } from '../../protocol/attachments.js';
import { listAttachments } from '../cli/attachments-calls.js';
import type { BrokerClient } from '../cli/broker-client.js';
import { messageOf } from '../cli/exit.js';
import { cell } from '../cli/one-line.js';

/** A thread at the other end of an active attachment. */
export interface AttachedThread {
  readonly attachment: Attachment;
  readonly threadId: string;
  /** What it is to the thread that asks. */
  readonly side: Side;
}

/** What a runtime says of a thread. */
const threadRead = z.object({
  thread: z.object({
    name: z.string().nullish(),
    preview: z.string().nullish(),
    status: z.object({ type: z.string(), activeFlags: z.array(z.string()).nullish() }).nullish(),
  }),
});

export interface ThreadInfo {
  /** In quotation marks; empty where it has none. */
  readonly title: string;
  readonly isRunning: boolean;
  /** In words. */
  readonly status: string;
}

/** How many of them a list, or an error, names. */
const NAMED_MAX = 20;

/** Its parents and its children, oldest attachment first. @throws {CommandError} */
export async function attachedThreads(client: BrokerClient, threadId: string): Promise<AttachedThread[]> {
  const [above, below] = await Promise.all([
    listAttachments(client, { childThreadId: threadId }),
    listAttachments(client, { parentThreadId: threadId }),
  ]);
  return [
    ...above.map((one) => ({ attachment: one, threadId: one.parentThreadId, side: 'parent' as const })),
    ...below.map((one) => ({ attachment: one, threadId: one.childThreadId, side: 'child' as const })),
  ];
}

/**
 * The one that is meant: by the id of its attachment or of its thread; else a child by its role or its name, and
 * `parent`.
 * @throws {Error} there is none, or more than one
 */
export function findAttached(attached: readonly AttachedThread[], wanted: string): AttachedThread {
  const byId = attached.filter(
    ({ attachment, threadId }) => attachment.attachmentId === wanted || threadId === wanted,
  );
  const plain = wanted.trim().toLowerCase();
  const byLabel = attached.filter(({ side, attachment: { roleLabel, displayName } }) => {
    const labels = side === 'child' ? [roleLabel, displayName] : ['parent'];
    return labels.some((label) => label?.trim().toLowerCase() === plain);
  });
  const found = byId.length > 0 ? byId : byLabel;
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const what = quoted(wanted);
  if (found.length > 1) throw new Error(`${what} can be several. Name one by its id:\n${named(found)}`);
  const choice = attached.length === 0 ? 'There is none.' : `There are:\n${named(attached)}`;
  throw new Error(`No thread that is attached to this one is called ${what}. ${choice}`);
}

/** One line for the model: which it is, and what it is to the thread that asks. */
export function lineOf({ attachment, threadId, side }: AttachedThread): string {
  const { attachmentId, roleLabel, displayName, deliverReplies } = attachment;
  // Role and name are the child's, whichever end looks.
  const whose = side === 'child' ? '' : 'your ';
  const role = roleLabel === null ? '' : `, ${whose}role ${quoted(roleLabel)}`;
  const name = displayName === null ? '' : `, ${whose}name ${quoted(displayName)}`;
  const replies = deliverReplies ? ', replies come as messages' : '';
  return `attachment ${attachmentId}: your ${side} thread ${threadId}${role}${name}${replies}`;
}

/** The first of them, a line each, and how many more there are. */
export function linesOf(attached: readonly AttachedThread[], rest: (one: AttachedThread) => string): string {
  const lines = attached.slice(0, NAMED_MAX).map((one) => `- ${lineOf(one)}${rest(one)}`);
  const more = attached.length - lines.length;
  return [...lines, ...(more > 0 ? [`(${more} more are not shown)`] : [])].join('\n');
}

/** What the runtime says of those that `linesOf` shows, by thread. */
export async function readThreads(
  client: BrokerClient,
  attached: readonly AttachedThread[],
): Promise<ReadonlyMap<string, string>> {
  const shown = attached.slice(0, NAMED_MAX);
  return new Map(
    await Promise.all(
      shown.map(async ({ threadId }) => {
        const told = await readThread(client, threadId).then(
          ({ title, status }) => `${title === '' ? '' : `, titled ${title}`}, ${status}`,
          (error: unknown) => `, cannot be read: ${cell(messageOf(error))}`,
        );
        return [threadId, told] as const;
      }),
    ),
  );
}

/** @throws {CommandError} the runtime cannot say */
export async function readThread(client: BrokerClient, threadId: string): Promise<ThreadInfo> {
  const { thread } = threadRead.parse(await client.call('thread/read', { threadId }));
  const title = thread.name ?? thread.preview ?? '';
  const { type, activeFlags } = thread.status ?? { type: 'unknown' };
  return {
    title: title === '' ? '' : quoted(title),
    isRunning: type === 'active',
    status: [STATUSES[type] ?? type, ...(activeFlags ?? [])].join(', '),
  };
}

const STATUSES: Readonly<Record<string, string>> = {
  active: 'a turn is running',
  idle: 'idle',
  notLoaded: 'idle',
  systemError: 'its last turn failed',
};

/** In quotation marks, so that nothing that a label says looks like part of what is said about it. */
function quoted(text: string): string {
  return JSON.stringify(cell(text));
}

function named(attached: readonly AttachedThread[]): string {
  return linesOf(attached, () => '');
}
