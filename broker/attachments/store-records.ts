import { createHash } from 'node:crypto';
import type { Database, Key } from 'lmdb';
import { z } from 'zod';
import { attachment, attachmentMessage, auditEntry } from '../../protocol/attachments.js';
import { StoreError } from './store.js';
import type { StoredAttachment, StoredDevice, StoredMessage, StoredSubmission } from './store.js';

/** Every record is one text of JSON under a key that begins with its kind. */
export type Records = Database<string>;
/** One record to put in the place of what is there, or, with null, to remove. */
export interface Write {
  readonly key: Key;
  readonly text: string | null;
}

/** What is in a file is nothing that a store could use; the message is why. */
export class UnfitFile extends StoreError {}

const PRODUCT = 'threadcast attachments';
const number = z.int().min(1);

/** Whose file it is, how its records are laid out, and the highest number that one has had. */
const header = z.object({ product: z.literal(PRODUCT), schema: z.int().min(1), highest: z.int().min(0) });
export type Header = Omit<z.infer<typeof header>, 'product'>;

/** Of the records of each kind. */
export const schemas = {
  attachment: attachment.extend({
    number,
    home: z.string(),
    archived: z.array(z.enum(['parent', 'child'])),
  }),
  sent: z.object({ message: attachmentMessage, number, clientUserMessageId: z.string() }),
  submission: z.object({ key: z.string(), id: z.string(), result: z.unknown(), at: z.number() }),
  device: z.object({
    deviceId: z.string(),
    name: z.string(),
    role: z.enum(['controller', 'observer']),
    digest: z.string(),
    createdAt: z.string(),
  }),
  audit: auditEntry,
};

export const keys = {
  header: ['header'],
  attachment: (of: number): Key => ['attachment', of],
  sent: (messageId: string): Key => ['sent', digest(messageId)],
  submission: (key: string): Key => ['submission', digest(key)],
  device: (deviceId: string): Key => ['device', digest(deviceId)],
  audit: (of: number): Key => ['audit', of],
  /** Of the entries about a thread or an attachment. */
  auditOf: (id: string, of: number): Key => ['auditOf', digest(id), of],
};

/** @throws {UnfitFile} the next one to open the file would refuse it for this record */
export function put<T>(schema: z.ZodType<T>, key: Key, record: T): Write {
  const text = JSON.stringify(record);
  decode(schema, key, text);
  return { key, text };
}

export function remove(key: Key): Write {
  return { key, text: null };
}

/** All keys of a kind. */
export function rangeOf(kind: string): { start: Key; end: Key } {
  // Behind all numbers, which come before all texts, and behind all digests.
  return { start: [kind], end: [kind, '~'] };
}

/** In place of a text of any length and script: keys are short. Halves of characters are told apart, too. */
function digest(text: string): string {
  return createHash('sha256').update(JSON.stringify(text)).digest('base64url').slice(0, 22);
}

/** @throws {UnfitFile} it is no such record */
export function decode<T>(schema: z.ZodType<T>, key: Key, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const reason = issue === undefined ? String(error) : `${issue.path.join('.')}: ${issue.message}`;
    throw new UnfitFile(`its record ${JSON.stringify(key)} is damaged (${reason})`, { cause: error });
  }
}

/** What says whose file it is; null when nothing was ever written to it. @throws {UnfitFile} it is not ours */
export function readHeader(records: Records): Header | null {
  const text = records.get(keys.header);
  if (text !== undefined) return decode(header, keys.header, text);
  for (const _ of records.getKeys({ limit: 1 })) throw new UnfitFile('it is the database of another program');
  return null;
}

export function headerText({ schema, highest }: Header): string {
  return JSON.stringify({ product: PRODUCT, schema, highest });
}

/** What a store has in memory from its start. */
export interface Kept {
  readonly attachments: readonly StoredAttachment[];
  readonly sent: readonly StoredMessage[];
  readonly submissions: readonly StoredSubmission[];
  readonly devices: readonly StoredDevice[];
}

/** @throws {UnfitFile} one of them is damaged */
export function readKept(records: Records): Kept {
  const attachments = readAll(records, 'attachment', schemas.attachment, (each) =>
    keys.attachment(each.number),
  );
  const sent = readAll(records, 'sent', schemas.sent, (each) => keys.sent(each.message.messageId));
  const submissions = readAll(records, 'submission', schemas.submission, (each) => keys.submission(each.key));
  const devices = readAll(records, 'device', schemas.device, (each) => keys.device(each.deviceId));
  return {
    attachments,
    sent: sent.toSorted((a, b) => compare(a.message.at, b.message.at) || a.number - b.number),
    submissions: submissions.toSorted((a, b) => a.at - b.at),
    devices: devices.toSorted((a, b) => compare(a.createdAt, b.createdAt)),
  };
}

function readAll<T>(records: Records, kind: string, schema: z.ZodType<T>, keyOf: (record: T) => Key): T[] {
  const all: T[] = [];
  for (const { key, value } of records.getRange(rangeOf(kind))) {
    const record = decode(schema, key, value);
    if (JSON.stringify(keyOf(record)) !== JSON.stringify(key))
      throw new UnfitFile(`its record ${JSON.stringify(key)} is in the place of another`);
    all.push(record);
  }
  return all;
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
