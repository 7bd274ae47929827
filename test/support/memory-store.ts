import type { AuditEntry } from '../../protocol/attachments.js';
import type {
  AuditFound,
  AuditQuery,
  Change,
  Store,
  StoredAttachment,
  StoredDevice,
  StoredMessage,
  StoredSubmission,
} from '../../broker/attachments/store.js';

const NO_CHANGE: Required<Change> = {
  attachments: [],
  forgotten: [],
  audit: [],
  sent: [],
  ended: [],
  submissions: [],
  expired: [],
  devices: [],
  revoked: [],
};

/** What a broker keeps, without a disk: for as long as the test lives. */
export class MemoryStore implements Store {
  readonly #attachments = new Map<number, StoredAttachment>();
  readonly #sent = new Map<string, StoredMessage>();
  readonly #submissions = new Map<string, StoredSubmission>();
  readonly #devices = new Map<string, StoredDevice>();
  readonly #audit = new Map<number, AuditEntry>();
  isClosed = false;
  #lastNumber = 0;
  /** What the next commits fail with; null: they do not. */
  failure: Error | null = null;
  /** What they wait for first. */
  disk: Promise<void> = Promise.resolve();

  get attachments(): readonly StoredAttachment[] {
    return [...this.#attachments.values()];
  }

  get sent(): readonly StoredMessage[] {
    return [...this.#sent.values()];
  }

  get submissions(): readonly StoredSubmission[] {
    return [...this.#submissions.values()];
  }

  get devices(): readonly StoredDevice[] {
    return [...this.#devices.values()];
  }

  newNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  async commit(change: Change): Promise<void> {
    await this.disk;
    if (this.failure !== null) throw this.failure;
    const { attachments, forgotten, audit, sent, ended } = { ...NO_CHANGE, ...change };
    for (const edge of attachments) this.#attachments.set(edge.number, edge);
    for (const number of forgotten) this.#attachments.delete(number);
    for (const { number, entry } of audit) this.#audit.set(number, entry);
    for (const message of sent) this.#sent.set(message.message.messageId, message);
    for (const id of ended) this.#sent.delete(id);
    const { submissions, expired, devices, revoked } = { ...NO_CHANGE, ...change };
    for (const submission of submissions) this.#submissions.set(submission.key, submission);
    for (const key of expired) this.#submissions.delete(key);
    for (const device of devices) this.#devices.set(device.deviceId, device);
    for (const id of revoked) this.#devices.delete(id);
  }

  audit({ of, before, limit, charsMax }: AuditQuery): AuditFound {
    const all = [...this.#audit]
      .filter(([number, entry]) => number < (before ?? Infinity) && isAbout(entry, of))
      .sort(([one], [other]) => other - one)
      .map(([number, entry]) => ({ number, entry }));
    let chars = 0;
    const end = all.findIndex(({ entry }, index) => {
      const isOver = index === limit || chars > charsMax;
      chars += 'text' in entry ? (entry.text?.length ?? 0) : 0;
      return isOver;
    });
    return { entries: all.slice(0, end === -1 ? undefined : end), more: end !== -1 };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function isAbout(entry: AuditEntry, id: string): boolean {
  const attachmentId = 'attachment' in entry ? entry.attachment.attachmentId : entry.attachmentId;
  return [entry.parentThreadId, entry.childThreadId, attachmentId].includes(id);
}
