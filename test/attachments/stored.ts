import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Test } from 'tap';
import { openStore } from '../../broker/attachments/lmdb-store.js';
import type { StoreOptions } from '../../broker/attachments/lmdb-store.js';
import type { Store, StoredMessage } from '../../broker/attachments/store.js';
import type { AttachmentMessage, AuditEntry } from '../../protocol/attachments.js';

/** Where a store may be kept; gone with its test. */
export function storePath(t: Test): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'threadcast-store-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'store.lmdb');
}

/** A store that is closed with its test, if not before. */
export async function opened(t: Test, file: string, options: StoreOptions = {}): Promise<Store> {
  const store = await openStore(file, options);
  t.teardown(async () => {
    await store.close();
  });
  return store;
}

/** Says why a file is not opened. */
export async function refusal(file: string, options: StoreOptions = {}): Promise<string> {
  try {
    const store = await openStore(file, options);
    await store.close();
  } catch (error) {
    return String(error);
  }
  return 'it was opened';
}

type RefusedEntry = Extract<AuditEntry, { kind: 'refused' }>;

export const NOON = Date.parse('2026-01-01T12:00:00.000Z');

/** An entry of the audit trail: a message refused, `ms` after noon. */
export function entry(parentThreadId: string, childThreadId: string, ms = 0, text = 'hi'): RefusedEntry {
  return {
    kind: 'refused',
    at: new Date(NOON + ms).toISOString(),
    parentThreadId,
    childThreadId,
    attachmentId: `${parentThreadId}-${childThreadId}`,
    by: null,
    method: 'broker/attachment/send',
    reason: 'cycle',
    text,
  };
}

/** A message whose turn runs, `ms` after noon. */
export function sent(messageId: string, number: number, ms = 0): StoredMessage {
  const message: AttachmentMessage = {
    messageId,
    attachmentId: 'a1',
    from: 'p',
    to: 'c',
    kind: 'message',
    turnId: 'turn',
    text: 'hi',
    hops: 1,
    at: new Date(NOON + ms).toISOString(),
    by: { connectionId: 'c1', clientName: 'tui' },
    inReplyTo: null,
    status: null,
  };
  return { message, number, clientUserMessageId: `threadcast:${messageId}` };
}

/** The numbers of the entries about a thread or an attachment, the newest first. */
export function numbers(store: Store, of: string, limit = Infinity, before: number | null = null): number[] {
  return store.audit({ of, before, limit, charsMax: Infinity }).entries.map(({ number }) => number);
}
