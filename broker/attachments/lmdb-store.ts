import { AUDIT_ENTRIES_MAX, AUDIT_MS_MAX } from '../../protocol/limits.js';
import { countAudit, planAudit, readAudit } from './audit-trail.js';
import type { AuditBounds } from './audit-trail.js';
import { StoreDatabase } from './store-database.js';
import { inWords, prepareFile, removeFile } from './store-file.js';
import { headerText, keys, put, readHeader, readKept, remove, schemas } from './store-records.js';
import type { Header, Kept, Records, Write } from './store-records.js';
import { StoreError } from './store.js';
import type { AuditFound, AuditQuery, Change, Store } from './store.js';

/** What makes records of one schema those of the next. */
export type Migration = (records: Records) => void;

export interface StoreOptions {
  /** Ms since 1970. */
  readonly now?: () => number;
  /** From schema 1 on. Forward only. */
  readonly migrations?: readonly Migration[];
  readonly auditEntriesMax?: number;
  readonly auditMsMax?: number;
}

/** None so far: the schema is 1. */
const MIGRATIONS: readonly Migration[] = [];
/** Entries of the audit trail that a change may remove, on top of as many as it adds. */
const PRUNED_MAX = 16;
/** Those that are removed in one transaction when a store is opened. */
const PRUNED_AT_OPEN_MAX = 1_000;

/**
 * Opens what is kept in a file, or makes it.
 * @throws {StoreError} it cannot be read or written, is damaged, not ours, or of a newer version: it is left as it is
 */
export async function openStore(path: string, options: StoreOptions = {}): Promise<Store> {
  const { migrations = MIGRATIONS } = options;
  const { isNew } = await prepareFile(path, migrations.length + 1);
  let database: StoreDatabase | null = null;
  try {
    database = new StoreDatabase(path);
    const header = await migrated(database, migrations);
    const store = new LmdbStore(database, header, options);
    await store.prune();
    return store;
  } catch (error) {
    await database?.close();
    if (isNew) removeFile(path);
    throw inWords(path, error);
  }
}

/** Brings the records to the newest schema, in one transaction. */
async function migrated(database: StoreDatabase, migrations: readonly Migration[]): Promise<Header> {
  const schema = migrations.length + 1;
  const old = database.read(readHeader);
  if (old?.schema === schema) return old;
  const header = { schema, highest: old?.highest ?? 0 };
  await database.change((records) => {
    for (const migration of migrations.slice((old?.schema ?? schema) - 1)) migration(records);
    void records.put(keys.header, headerText(header));
    // What does not fit now, would be refused from now on.
    readKept(records);
  });
  return header;
}

class LmdbStore implements Store {
  readonly attachments: Kept['attachments'];
  readonly sent: Kept['sent'];
  readonly submissions: Kept['submissions'];
  readonly devices: Kept['devices'];
  readonly #database: StoreDatabase;
  readonly #schema: number;
  readonly #options: StoreOptions;
  /** Entries of the audit trail that are on disk. */
  #count: number;
  /** The highest number that is on disk, and the highest that was given. */
  #highest: number;
  #given: number;
  /** Ends when all that was committed has been written. */
  #written: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(database: StoreDatabase, { schema, highest }: Header, options: StoreOptions) {
    const { attachments, sent, submissions, devices } = database.read(readKept);
    this.attachments = attachments;
    this.sent = sent;
    this.submissions = submissions;
    this.devices = devices;
    this.#database = database;
    this.#schema = schema;
    this.#options = options;
    this.#count = database.read(countAudit);
    this.#highest = highest;
    this.#given = highest;
  }

  newNumber(): number {
    this.#given += 1;
    return this.#given;
  }

  async commit(change: Change): Promise<void> {
    if (this.#closed) throw new StoreError('the store is closed');
    const before = this.#written;
    const written = (async (): Promise<void> => {
      await before;
      await this.#write(change);
    })();
    // Whoever committed it is told; what comes after it is written all the same.
    this.#written = written.catch(() => {});
    await written;
  }

  audit(query: AuditQuery): AuditFound {
    return this.#database.read((records) => readAudit(records, query, this.#bounds.since));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#written;
    await this.#database.close();
  }

  /** Removes what has become too old since the store was closed. */
  async prune(): Promise<void> {
    let before: number;
    do {
      before = this.#count;
      await this.#write({}, PRUNED_AT_OPEN_MAX);
    } while (this.#count < before);
  }

  async #write(change: Change, pruned = PRUNED_MAX): Promise<void> {
    const state = { count: this.#count, bounds: this.#bounds, pruned };
    const audit = this.#database.read((records) => planAudit(records, change.audit ?? [], state));
    const highest = Math.max(this.#highest, ...numbersOf(change));
    const writes = [...writesOf(change), ...audit.writes];
    if (highest > this.#highest)
      writes.push({ key: keys.header, text: headerText({ schema: this.#schema, highest }) });
    if (writes.length === 0) return;
    await this.#database.write(writes);
    this.#count += audit.growth;
    this.#highest = highest;
  }

  get #bounds(): AuditBounds {
    const { now = Date.now, auditEntriesMax = AUDIT_ENTRIES_MAX, auditMsMax = AUDIT_MS_MAX } = this.#options;
    return { entriesMax: auditEntriesMax, since: now() - auditMsMax };
  }
}

function numbersOf({ attachments = [], audit = [] }: Change): number[] {
  return [...attachments, ...audit].map(({ number }) => number);
}

/** All of a change but its audit trail. */
function writesOf(change: Change): Write[] {
  const { attachments = [], forgotten = [], sent = [], ended = [], submissions = [], expired = [] } = change;
  const { devices = [], revoked = [] } = change;
  return [
    ...attachments.map((each) => put(schemas.attachment, keys.attachment(each.number), each)),
    ...forgotten.map((number) => remove(keys.attachment(number))),
    ...sent.map((each) => put(schemas.sent, keys.sent(each.message.messageId), each)),
    ...ended.map((messageId) => remove(keys.sent(messageId))),
    ...submissions.map((each) => put(schemas.submission, keys.submission(each.key), each)),
    ...expired.map((key) => remove(keys.submission(key))),
    ...devices.map((each) => put(schemas.device, keys.device(each.deviceId), each)),
    ...revoked.map((deviceId) => remove(keys.device(deviceId))),
  ];
}
