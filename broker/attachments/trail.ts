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
import type { AuditFound, AuditQuery, Store, StoredAttachment, StoredMessage } from './store.js';
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
    const { entries, more } = this.#read({ of, before, limit, charsMax: AUDIT_PAGE_CHARS_MAX });
    const last = more ? entries.at(-1) : undefined;
    return {
      data: entries.map(({ entry }) => entry),
      nextCursor: last === undefined ? null : cursorAt(last.number, list),
    };
  }

  #read(query: AuditQuery): AuditFound {
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
   * Something was refused: that is kept too, where there is room to. `stored`: the message that it takes the place of,
   * which is always written: else it would be taken for one that was sent.
   */
  async refused(error: unknown, edge: Ends, about: Refused, stored?: StoredMessage): Promise<void> {
    if (!(error instanceof Refusal)) return;
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
    const { changes, log } = this.#context;
    try {
      if (stored !== undefined) {
        const ended = [stored.message.messageId];
        const audit = [{ number: stored.number, entry }];
        await changes.runAlways(() => ({ change: { audit, ended }, kept: () => {} }));
      } else if (!UNRECORDED.has(error.reason)) {
        await changes.run(() => ({ change: { audit: [this.audited(entry)] }, kept: () => {} }));
      }
    } catch (failure) {
      log.warn({ error: failure }, 'a refusal could not be written down');
    }
  }
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
