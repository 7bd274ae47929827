import type { Logger } from 'pino';
import type {
  AttachmentMessage,
  AttachmentMessagesListParams,
  AuditEntry,
  AuditPage,
} from '../../protocol/attachments.js';
import { errors } from '../../protocol/errors.js';
import { ATTACHMENTS_PAGE, AUDIT_PAGE_CHARS_MAX, REASON_CHARS_MAX } from '../../protocol/limits.js';
import type { Clock } from '../clock.js';
import { Refusal } from '../requests/refusal.js';
import type { Changes } from './changes.js';
import { cursorAt, numberAt } from './cursors.js';
import { StoreError } from './store.js';
import type { AuditQuery, Store, StoredAttachment, StoredMessage } from './store.js';
import { shortened } from './texts.js';

export interface TrailContext {
  readonly changes: Changes;
  readonly clock: Clock;
  readonly log: Logger;
  store(): Store;
  edge(attachmentId: string): StoredAttachment | null;
}

/** An entry of the audit trail, and its place there. */
export interface Audited {
  readonly number: number;
  readonly entry: AuditEntry;
}

/** What has become of edges, what was sent along them, and what was refused. */
export class Trail {
  readonly #context: TrailContext;

  constructor(context: TrailContext) {
    this.#context = context;
  }

  /** The audit trail of a thread or of an edge, newest first. @throws {Refusal} a cursor of another list */
  page(params: AttachmentMessagesListParams): AuditPage {
    const of = params.threadId ?? params.attachmentId ?? '';
    const list = ['audit', of];
    const before = numberAt(params.cursor, list);
    const limit = params.limit ?? ATTACHMENTS_PAGE;
    const found = this.#trail({ of, before, limit: limit + 1 });
    const page = withinChars(found.slice(0, limit));
    const last = found.length > page.length ? page.at(-1) : undefined;
    return {
      data: page.map(({ entry }) => entry),
      nextCursor: last === undefined ? null : cursorAt(last.number, list),
    };
  }

  #trail(query: AuditQuery): ReturnType<Store['audit']> {
    try {
      return this.#context.store().audit(query);
    } catch (error) {
      throw error instanceof StoreError ? Refusal.of(errors.storeFailed, error.message) : error;
    }
  }

  /** A new entry for the audit trail, in its place there. */
  audited(entry: AuditEntry): Audited {
    return { number: this.#context.store().newNumber(), entry };
  }

  /** A message as an entry of the audit trail: with the ends of its edge. */
  entryOf(message: AttachmentMessage): AuditEntry {
    const { from, to } = message;
    const isFromParent = this.#context.edge(message.attachmentId)?.parentThreadId !== to;
    const [parentThreadId, childThreadId] = isFromParent ? [from, to] : [to, from];
    return { ...message, parentThreadId, childThreadId };
  }

  /**
   * Something was refused: that is kept too, and where it cannot be, the refusal stands all the same. `stored`: the
   * message that it takes the place of.
   */
  async refused(error: unknown, edge: Ends, about: Refused, stored?: StoredMessage): Promise<void> {
    if (!(error instanceof Refusal) || UNRECORDED.has(error.reason)) return;
    const { parentThreadId, childThreadId, attachmentId } = edge;
    const entry: AuditEntry = {
      ...about,
      kind: 'refused',
      at: new Date(this.#context.clock.now()).toISOString(),
      parentThreadId,
      childThreadId,
      attachmentId,
      reason: error.reason ?? shortened(error.message, REASON_CHARS_MAX),
    };
    const audit = [stored === undefined ? this.audited(entry) : { number: stored.number, entry }];
    const ended = stored === undefined ? [] : [stored.message.messageId];
    try {
      await this.#context.changes.run(() => ({ change: { audit, ended }, kept: () => {} }));
    } catch (failure) {
      this.#context.log.warn({ failure }, 'a refusal could not be written down');
    }
  }
}

/** The first of them, as many as are not too long for one answer, and at least one. */
function withinChars<T extends { readonly entry: AuditEntry }>(entries: readonly T[]): readonly T[] {
  let chars = 0;
  const end = entries.findIndex(({ entry }, index) => {
    chars += 'text' in entry ? (entry.text?.length ?? 0) : 0;
    return index > 0 && chars > AUDIT_PAGE_CHARS_MAX;
  });
  return end === -1 ? entries : entries.slice(0, end);
}

/** What is refused because there is too much to do, or no room to write: writing that down would add to it. */
const UNRECORDED: ReadonlySet<string | null> = new Set([errors.overloaded.reason, errors.storeFailed.reason]);

/** The threads that something is about, and the edge between them where there is one. */
interface Ends {
  readonly parentThreadId: string;
  readonly childThreadId: string;
  readonly attachmentId: string | null;
}

/** What was refused, and to whom. */
type Refused = Pick<Extract<AuditEntry, { kind: 'refused' }>, 'method' | 'text' | 'by'>;
