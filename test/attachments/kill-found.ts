import type { z } from 'zod';
import { attachmentsPage, attachmentStates, auditPage } from '../../protocol/attachments.js';
import type { Attachment, AuditEntry } from '../../protocol/attachments.js';
import { text, type JsonObject } from '../codex/json.js';
import type { WireClient } from '../delivery/wire-client.js';

/** All that a broker says that it has. */
export interface Found {
  readonly edges: readonly Attachment[];
  /** The audit trail as the parents of its edges have it, and as the children have it: each oldest first. */
  readonly ofParents: readonly AuditEntry[];
  readonly ofChildren: readonly AuditEntry[];
  /** The threads that are archived. */
  readonly archived: ReadonlySet<string>;
}

const PAGE = 1_000;

/** Asks first for the edges: what they are is to be true from the first answer on. */
export async function find(client: WireClient, threadIds: readonly string[]): Promise<Found> {
  const edges = await pages(client, attachmentsPage, 'thread/attachments/list', { states: attachmentStates });
  const ofParents: AuditEntry[] = [];
  const ofChildren: AuditEntry[] = [];
  const archived = new Set<string>();
  for (const threadId of threadIds) {
    const newestFirst = await pages(client, auditPage, 'broker/attachment/messages/list', { threadId });
    const trail = newestFirst.toReversed();
    ofParents.push(...trail.filter((entry) => entry.parentThreadId === threadId));
    ofChildren.push(...trail.filter((entry) => entry.childThreadId === threadId));
    const read = await client.call('thread/read', { threadId });
    if (text(read, 'thread', 'path').includes('/archived_sessions/')) archived.add(threadId);
  }
  return { edges, ofParents, ofChildren, archived };
}

type Page<T> = z.ZodType<{ data: T[]; nextCursor: string | null }>;

async function pages<T>(
  client: WireClient,
  page: Page<T>,
  method: string,
  params: JsonObject,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const more = cursor === undefined ? {} : { cursor };
    const { data, nextCursor } = page.parse(await client.call(method, { ...params, ...more, limit: PAGE }));
    all.push(...data);
    cursor = nextCursor;
  }
  return all;
}
