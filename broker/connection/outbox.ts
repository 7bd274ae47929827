import { OUTBOX_BATCH_BYTES, OWN_BYTES_MAX, OWN_FRAMES_MAX } from '../../protocol/limits.js';
import type { Counters, CutCause } from '../ops/counters.js';
import { Cursor } from '../thread/log.js';
import type { Entry, Log, Ordinals } from '../thread/log.js';
import type { Subscriber } from '../thread/subscriber.js';
import type { Transport } from '../transports/transport.js';

/** What an outbox needs from around it. */
export interface OutboxContext {
  readonly counters: Counters;
  /** Ms since 1970. */
  now(): number;
  readonly ordinals: Ordinals;
  readonly stallMs: number;
  /** Asks for one `flush` at the end of the current turn of work. */
  schedule(outbox: Outbox): void;
  /** The bytes queued for a stdio client have changed. */
  pendingChanged(outbox: Outbox): void;
  /** What others are told of a connection has changed: whether it lags, or its threads. */
  presenceChanged(connectionId: string): void;
  /** Runs something so much later; returns what calls it off. */
  after(ms: number, run: () => void): () => void;
}

/** What an outbox needs from its connection. */
export interface OutboxOwner {
  /** Of the connection, for the log. */
  readonly id: string;
  /** An entry as this connection gets it; null where it gets nothing for it. */
  frameOf(entry: Entry, cursor: Cursor): Uint8Array | null;
  /** It does not read, and has to go. */
  cut(cause: CutCause): void;
}

/** A frame that is in no log. */
interface OwnFrame {
  readonly frame: Uint8Array;
  readonly ordinal: number;
}

/** Frames for one write. */
interface Batch {
  readonly frames: Uint8Array[];
  bytes: number;
}

/** How often within `stallMs` it is looked whether a client reads. */
const STALL_CHECKS = 4;

/**
 * What one connection still has to be sent: its place in each log that it is subscribed to, and the frames that are
 * in no log, merged by their ordinals into the one order in which they came to be. Nothing of a log is queued here:
 * a client that falls behind lags by its place alone, and is fed from there as its socket drains.
 *
 * The slow-consumer rule lives here and nowhere else. A WebSocket is cut when a log has dropped what it needs, when
 * its own frames pass their bound, or when it has read nothing for `stallMs`. Stdio is never cut and never lags: all is
 * handed on at once, and its client makes the runtime wait (`RuntimeHold`).
 */
export class Outbox implements Subscriber {
  /** One for each log that it is subscribed to, and those that have ended and not been read to their end. */
  readonly cursors = new Set<Cursor>();
  /** What its client was sent. */
  readonly sent = { frames: 0, bytes: 0 };
  readonly #owner: OutboxOwner;
  readonly #transport: Transport;
  readonly #context: OutboxContext;
  /** Those of the cursors that may have something. */
  readonly #awake: Cursor[] = [];
  #own: OwnFrame[] = [];
  #ownAt = 0;
  #ownBytes = 0;
  #full = false;
  #scheduled = false;
  #closed = false;
  #callOffStall: () => void = () => {};

  constructor(owner: OutboxOwner, transport: Transport, context: OutboxContext) {
    this.#owner = owner;
    this.#transport = transport;
    this.#context = context;
  }

  /** That of the connection. */
  get id(): string {
    return this.#owner.id;
  }

  /** Whether its socket is full, so that it is fed from the logs as it drains. */
  get lagging(): boolean {
    return this.#full;
  }

  /** Bytes on their way to this client that have left the logs and that the kernel has not taken. */
  get queuedBytes(): number {
    return this.#ownBytes + this.#transport.pendingBytes;
  }

  /** Bytes on their way to this client, those in the logs included. */
  get pendingBytes(): number {
    let bytes = this.queuedBytes;
    for (const cursor of this.cursors) bytes += cursor.bytesBehind;
    return bytes;
  }

  /** Entries of logs that it has not been given. */
  get entriesBehind(): number {
    let entries = 0;
    for (const cursor of this.cursors) entries += cursor.entriesBehind;
    return entries;
  }

  /** Queues a frame that is in no log behind all that has come to be. */
  push(frame: Uint8Array): void {
    if (this.#closed) return;
    this.#context.ordinals.last += 1;
    this.#own.push({ frame, ordinal: this.#context.ordinals.last });
    this.#ownBytes += frame.length;
    if (this.#full && this.#ownOverBounds()) this.#owner.cut('tooMuchQueued');
    else this.#schedule();
  }

  /**
   * Subscribes to a log: it gets what comes after the entry `after`, behind what is queued for it now. By default
   * what comes from now on.
   */
  follow(log: Log, after: number = log.seq): Cursor {
    const cursor = new Cursor(log, this, after, this.#context.ordinals.last);
    this.#context.counters.subscriptions += 1;
    this.cursors.add(cursor);
    if (cursor.behind) this.wake(cursor);
    return cursor;
  }

  wake(cursor: Cursor): void {
    if (cursor.awake || this.#closed) return;
    cursor.awake = true;
    this.#awake.push(cursor);
    this.#schedule();
  }

  dropped(cursor: Cursor): void {
    this.cursors.delete(cursor);
  }

  fellOff(): void {
    this.#owner.cut('fellBehind');
  }

  /** Writes what there is, in batches, until the transport is full. */
  flush(): void {
    this.#scheduled = false;
    while (!this.#closed && this.#mayWrite()) {
      const batch = this.#takeBatch();
      if (batch.frames.length === 0) break;
      this.#count(batch);
      const full = this.#transport.write(batch.frames) === 'full';
      if (full && !this.#full) this.#becameFull();
    }
    this.#tellPending();
  }

  /** The transport has sent all that it had. */
  drained(): void {
    if (this.#full) this.#context.presenceChanged(this.id);
    this.#full = false;
    this.#callOffStall();
    this.flush();
  }

  /** Nothing more is queued, and what is queued is dropped. */
  close(): void {
    this.#closed = true;
    this.#callOffStall();
    this.#own = [];
    this.#ownAt = 0;
    this.#ownBytes = 0;
    for (const cursor of this.cursors) cursor.drop();
    this.#awake.length = 0;
    this.#tellPending();
  }

  #count({ frames, bytes }: Batch): void {
    const { counters } = this.#context;
    counters.writes += 1;
    counters.framesSent += frames.length;
    counters.clientBytesOut += bytes;
    this.sent.frames += frames.length;
    this.sent.bytes += bytes;
  }

  #mayWrite(): boolean {
    return !this.#full || this.#transport.kind === 'stdio';
  }

  #schedule(): void {
    if (this.#scheduled || !this.#mayWrite()) return;
    this.#scheduled = true;
    this.#context.schedule(this);
  }

  /** The frames that come next, by ordinal. */
  #takeBatch(): Batch {
    const batch: Batch = { frames: [], bytes: 0 };
    const take = (frame: Uint8Array): boolean => {
      batch.frames.push(frame);
      batch.bytes += frame.length;
      return batch.bytes < OUTBOX_BATCH_BYTES;
    };
    for (;;) {
      const [first, bound] = this.#firstCursor();
      const own = this.#own[this.#ownAt];
      if (own !== undefined && (first === null || own.ordinal <= first.ordinal)) {
        this.#takeOwn(own);
        if (!take(own.frame)) return batch;
      } else if (first === null) return batch;
      else if (!this.#takeRun(first, Math.min(bound, own?.ordinal ?? Infinity), take)) return batch;
    }
  }

  /** The cursor whose entry comes next, and the ordinal at which that of another does. */
  #firstCursor(): [Cursor | null, number] {
    let first: Cursor | null = null;
    let firstOrdinal = Infinity;
    let bound = Infinity;
    for (let at = this.#awake.length - 1; at >= 0; at -= 1) {
      const cursor = this.#awake[at];
      if (cursor === undefined) continue;
      if (!cursor.behind) {
        this.#asleep(cursor, at);
        continue;
      }
      const { ordinal } = cursor;
      if (ordinal < firstOrdinal) {
        bound = firstOrdinal;
        [first, firstOrdinal] = [cursor, ordinal];
      } else bound = Math.min(bound, ordinal);
    }
    return [first, bound];
  }

  #asleep(cursor: Cursor, at: number): void {
    cursor.awake = false;
    const last = this.#awake.pop();
    if (last !== undefined && last !== cursor) this.#awake[at] = last;
    if (cursor.until !== Infinity) cursor.drop();
  }

  /** Takes entries of one log up to the ordinal at which something else is next. False: the batch is full. */
  #takeRun(cursor: Cursor, bound: number, take: (frame: Uint8Array) => boolean): boolean {
    const { log, floor } = cursor;
    const last = Math.min(log.seq, cursor.until);
    while (cursor.next <= last) {
      const entry = log.at(cursor.next);
      if (Math.max(entry.ordinal, floor) > bound) return true;
      cursor.next += 1;
      const frame = this.#owner.frameOf(entry, cursor);
      if (frame !== null && !take(frame)) return false;
    }
    return true;
  }

  #takeOwn(own: OwnFrame): void {
    this.#ownBytes -= own.frame.length;
    this.#ownAt += 1;
    // What was taken is let go of, at a cost that does not grow with what is left.
    if (this.#ownAt * 2 < this.#own.length) return;
    this.#own = this.#own.slice(this.#ownAt);
    this.#ownAt = 0;
  }

  #ownOverBounds(): boolean {
    const first = this.#own[this.#ownAt];
    const over =
      this.#ownBytes - (first?.frame.length ?? 0) > OWN_BYTES_MAX ||
      this.#own.length - this.#ownAt > OWN_FRAMES_MAX;
    return over && this.#transport.kind !== 'stdio';
  }

  #becameFull(): void {
    this.#full = true;
    this.#context.counters.lagged += 1;
    this.#context.presenceChanged(this.id);
    if (this.#transport.kind !== 'stdio') this.#watchStall(this.#transport.pendingBytes, 0);
  }

  /** Cuts a client that has not read anything in so many looks. */
  #watchStall(pendingBytes: number, idleLooks: number): void {
    this.#callOffStall = this.#context.after(this.#context.stallMs / STALL_CHECKS, () => {
      const now = this.#transport.pendingBytes;
      const looks = now < pendingBytes ? 0 : idleLooks + 1;
      if (looks >= STALL_CHECKS) this.#owner.cut('stalled');
      else this.#watchStall(now, looks);
    });
  }

  #tellPending(): void {
    if (this.#transport.kind === 'stdio') this.#context.pendingChanged(this);
  }
}
