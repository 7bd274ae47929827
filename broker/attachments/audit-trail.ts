import type { AuditEntry } from '../../protocol/attachments.js';
import { decode, keys, put, rangeOf, remove, schemas, UnfitFile } from './store-records.js';
import type { Records, Write } from './store-records.js';
import type { AuditFound, AuditQuery, Change } from './store.js';

/** What is kept of the audit trail. */
export interface AuditBounds {
  readonly entriesMax: number;
  /** Ms since 1970: what is older is not kept. */
  readonly since: number;
}

/** The way from one state of the audit trail to the next. */
export interface AuditPlan {
  readonly writes: readonly Write[];
  /** How many more entries there are then. */
  readonly growth: number;
}

/**
 * New entries, others in the place of old ones, and the removal of some that are over the bounds: of as many as are
 * added and at most `pruned` more, the oldest first.
 * @param count how many entries there are
 */
export function planAudit(
  records: Records,
  added: NonNullable<Change['audit']>,
  { count, bounds, pruned }: { count: number; bounds: AuditBounds; pruned: number },
): AuditPlan {
  const writes: Write[] = [];
  const entries = new Map(added.map(({ number, entry }) => [number, entry]));
  let growth = 0;
  for (const [number, entry] of entries) {
    const old = read(records, number);
    if (old === null) growth += 1;
    else writes.push(...removed(number, old).slice(1));
    writes.push(put(schemas.audit, keys.audit(number), entry));
    for (const id of idsOf(entry))
      writes.push({ key: keys.auditOf(id, number), text: String(Date.parse(entry.at)) });
  }
  let room = growth + pruned;
  for (const { number, entry } of oldest(records)) {
    if (entries.has(number)) continue;
    const over = count + growth > bounds.entriesMax || Date.parse(entry.at) < bounds.since;
    if (!over || room === 0) break;
    writes.push(...removed(number, entry));
    growth -= 1;
    room -= 1;
  }
  return { writes, growth };
}

/** The newest first. Those too old are left out, whether they have been removed or not. */
export function readAudit(
  records: Records,
  { of, before, limit, charsMax }: AuditQuery,
  since: number,
): AuditFound {
  const entries: { number: number; entry: AuditEntry }[] = [];
  let chars = 0;
  const start = keys.auditOf(of, before ?? Infinity);
  const end = keys.auditOf(of, 0);
  for (const { key, value } of records.getRange({ start, end, reverse: true })) {
    const number = Array.isArray(key) ? Number(key[2]) : 0;
    if (number === before || Number(value) < since) continue;
    if (entries.length === limit || chars > charsMax) return { entries, more: true };
    const entry = read(records, number);
    if (entry === null) continue;
    entries.push({ number, entry });
    chars += 'text' in entry ? (entry.text?.length ?? 0) : 0;
  }
  return { entries, more: false };
}

/** @throws {UnfitFile} an entry is damaged, or there are others than lead to one */
export function checkAudit(records: Records): void {
  let leading = 0;
  for (const { entry } of oldest(records)) leading += idsOf(entry).length;
  if (records.getKeysCount(rangeOf('auditOf')) !== leading)
    throw new UnfitFile('it is damaged: entries of the audit trail are missing');
}

export function countAudit(records: Records): number {
  return records.getKeysCount(rangeOf('audit'));
}

function* oldest(records: Records): Generator<{ number: number; entry: AuditEntry }> {
  for (const { key, value } of records.getRange(rangeOf('audit')))
    yield { number: Array.isArray(key) ? Number(key[1]) : 0, entry: decode(schemas.audit, key, value) };
}

function read(records: Records, number: number): AuditEntry | null {
  const key = keys.audit(number);
  const text = records.get(key);
  return text === undefined ? null : decode(schemas.audit, key, text);
}

/** The removal of an entry, and after it of all that leads to it. */
function removed(number: number, entry: AuditEntry): Write[] {
  const leading = idsOf(entry).map((id) => keys.auditOf(id, number));
  return [keys.audit(number), ...leading].map(remove);
}

/** Under which it is found: of both threads, and of the attachment. */
function idsOf(entry: AuditEntry): string[] {
  const attachmentId = 'attachment' in entry ? entry.attachment.attachmentId : entry.attachmentId;
  const ids = new Set([entry.parentThreadId, entry.childThreadId, attachmentId]);
  return [...ids].filter((id) => id !== null);
}
