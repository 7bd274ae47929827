import type { Attachment, AttachmentMessage, AuditEntry, Side } from '../../protocol/attachments.js';

/** An edge as it is kept. */
export interface StoredAttachment extends Attachment {
  /** Its place among all that were ever created: the order of lists. */
  readonly number: number;
  /** Whose threads they are: the `codexHome` of the runtime that knew them. */
  readonly home: string;
  /** Which of them are archived, as far as the runtime has told. */
  readonly archived: readonly Side[];
}

/** An edge as clients see it. */
export function shown(edge: StoredAttachment): Attachment {
  const { attachmentId, parentThreadId, childThreadId, roleLabel, displayName, deliverReplies } = edge;
  const { state, createdAt, updatedAt } = edge;
  return {
    attachmentId,
    parentThreadId,
    childThreadId,
    roleLabel,
    displayName,
    deliverReplies,
    state,
    createdAt,
    updatedAt,
  };
}

/** A message whose turn has not ended, or a reply that is to be delivered and has not been. */
export interface StoredMessage {
  readonly message: AttachmentMessage;
  /** The place of its entry in the audit trail. */
  readonly number: number;
  /** As its turn was started with. */
  readonly clientUserMessageId: string;
}

/** What was answered to something that must not be done twice. */
export interface StoredSubmission {
  /** Who asked, for what, and under which id. */
  readonly key: string;
  /** What it was given to be found again by. */
  readonly id: string;
  /** Null while it is not known whether it was done. */
  readonly result: unknown;
  /** Ms since 1970. */
  readonly at: number;
}

/** A device that was paired. */
export interface StoredDevice {
  readonly deviceId: string;
  /** For people. */
  readonly name: string;
  readonly role: 'controller' | 'observer';
  /** Of its token, SHA-256. */
  readonly digest: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What belongs together: all of it is kept, or nothing. */
export interface Change {
  /** Edges that are new or have changed. */
  readonly attachments?: readonly StoredAttachment[];
  /** Numbers of edges that are forgotten. */
  readonly forgotten?: readonly number[];
  /** New entries of the audit trail, or others in the place of old ones, by `newNumber`. */
  readonly audit?: readonly { readonly number: number; readonly entry: AuditEntry }[];
  /** Messages whose turn has not ended, new or changed. */
  readonly sent?: readonly StoredMessage[];
  /** Those whose turn has: their `messageId`. */
  readonly ended?: readonly string[];
  readonly submissions?: readonly StoredSubmission[];
  /** Keys of submissions that are forgotten. */
  readonly expired?: readonly string[];
  readonly devices?: readonly StoredDevice[];
  /** Devices that are none any more: their `deviceId`. */
  readonly revoked?: readonly string[];
}

/** Which part of the audit trail: the newest first, older than `before`. */
export interface AuditQuery {
  /** The id of a thread or of an attachment. */
  readonly of: string;
  /** Only entries below this number; null for the newest. */
  readonly before: number | null;
  readonly limit: number;
  /** Of their texts: no more entries are read than that takes, and at least one. */
  readonly charsMax: number;
}

/** Entries of the audit trail with their numbers. */
export interface AuditFound {
  readonly entries: readonly { readonly number: number; readonly entry: AuditEntry }[];
  /** Whether there are older ones. */
  readonly more: boolean;
}

/** What is kept over the broker's life, and the next one's. */
export interface Store {
  /** What was there when it was opened, in order of their numbers, of their `message.at`, `at` and `createdAt`. */
  readonly attachments: readonly StoredAttachment[];
  readonly sent: readonly StoredMessage[];
  readonly submissions: readonly StoredSubmission[];
  readonly devices: readonly StoredDevice[];
  /** A number that no edge and no entry of the audit trail has had. */
  newNumber(): number;
  /**
   * Resolves when the change is on disk. Changes are kept in the order in which they are committed.
   * @throws {StoreError} it could not be written: nothing of it is kept
   */
  commit(change: Change): Promise<void>;
  /** Those over the bounds of the audit trail are not among them. @throws {StoreError} */
  audit(query: AuditQuery): AuditFound;
  close(): Promise<void>;
}

/** What is kept could not be opened, read or written; the message says why, and what can be done. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
