import { serverNotification } from '../../protocol/notifications.js';
import { encodeStock } from '../../protocol/codec.js';
import { readEnvelope } from '../../broker/framing/envelope.js';
import type { Fold } from '../../broker/thread/fold.js';
import type { Cursor, NewEntry } from '../../broker/thread/log.js';
import type { Subscriber } from '../../broker/thread/subscriber.js';

/** An event whose line has so many bytes. */
export function event(bytes: number): NewEntry {
  return { method: 'item/x', row: serverNotification('item/x'), line: line(bytes) };
}

/** A line of so many bytes: at least those of an object with one member. */
export function line(bytes: number): Buffer {
  const empty = encodeStock({ x: '' }).length;
  return Buffer.from(encodeStock({ x: 'x'.repeat(bytes - empty) }));
}

/** A reader that does nothing but keep what it is told. */
export class Reader implements Subscriber {
  readonly told: string[] = [];

  wake(cursor: Cursor): void {
    this.told.push(`wake ${cursor.next}`);
  }

  dropped(cursor: Cursor): void {
    this.told.push(`dropped ${cursor.log.name}`);
  }

  fellOff(cursor: Cursor): void {
    this.told.push(`fellOff ${cursor.next}`);
  }
}

/** Applies messages to a fold as the fan-out does. */
export function apply(fold: Fold, ...messages: readonly object[]): void {
  for (const message of messages) applyLine(fold, Buffer.from(encodeStock(message)));
}

/** The same for a line as it was written. */
export function applyLine(fold: Fold, written: Buffer): void {
  const envelope = readEnvelope(written);
  if (envelope?.method === null || envelope?.method === undefined) throw new Error('no event');
  fold.apply(serverNotification(envelope.method), envelope.method, written, envelope);
  // The line is a view of a chunk that the runtime's next words are read into.
  written.fill(0);
}
