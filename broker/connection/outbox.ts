import { close } from '../../protocol/close.js';
import { OUTBOX_BATCH_BYTES, OUTBOX_BYTES_MAX, OUTBOX_FRAMES_MAX } from '../../protocol/limits.js';
import type { Counters } from '../ops/counters.js';
import type { Transport } from '../transports/transport.js';

/** What an outbox needs from around it. */
export interface OutboxContext {
  readonly counters: Counters;
  /** Asks for one `flush` at the end of the current turn of work. */
  schedule(outbox: Outbox): void;
  /** The bytes queued for a stdio client have changed. */
  pendingChanged(outbox: Outbox): void;
}

/**
 * What waits to be sent to one connection: events, answers and requests alike, so a client sees one order.
 * Holds references to frames that all connections share. The slow-consumer rule lives here and nowhere else:
 * a WebSocket over its bounds is cut, stdio is never cut, its queue is bounded by not reading the runtime.
 */
export class Outbox {
  readonly #transport: Transport;
  readonly #context: OutboxContext;
  #frames: Uint8Array[] = [];
  #bytes = 0;
  #full = false;
  #scheduled = false;
  #closed = false;

  constructor(transport: Transport, context: OutboxContext) {
    this.#transport = transport;
    this.#context = context;
  }

  /** Bytes on their way to this client that the kernel has not taken. */
  get pendingBytes(): number {
    return this.#bytes + this.#transport.pendingBytes;
  }

  /** Queues one frame behind all others. */
  push(frame: Uint8Array): void {
    if (this.#closed) return;
    this.#frames.push(frame);
    this.#bytes += frame.length;
    if (this.#full) this.#enforceBounds();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      this.#context.schedule(this);
    }
  }

  /** Writes what is queued, in batches, until the transport is full. */
  flush(): void {
    this.#scheduled = false;
    while (this.#frames.length > 0 && !this.#full && !this.#closed) {
      const batch = this.#takeBatch();
      this.#context.counters.writes += 1;
      this.#context.counters.framesSent += batch.length;
      this.#full = this.#transport.write(batch) === 'full';
    }
    this.#tellPending();
  }

  /** The transport has sent all that it had. */
  drained(): void {
    this.#full = false;
    this.flush();
  }

  /** Nothing more is queued, and what is queued is dropped. */
  close(): void {
    this.#closed = true;
    this.#frames = [];
    this.#bytes = 0;
    this.#tellPending();
  }

  #takeBatch(): Uint8Array[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#frames.length && bytes < OUTBOX_BATCH_BYTES) {
      bytes += this.#frames[count]?.length ?? 0;
      count += 1;
    }
    this.#bytes -= bytes;
    if (count < this.#frames.length) return this.#frames.splice(0, count);
    const batch = this.#frames;
    this.#frames = [];
    return batch;
  }

  #enforceBounds(): void {
    this.#tellPending();
    const over = this.#bytes > OUTBOX_BYTES_MAX || this.#frames.length > OUTBOX_FRAMES_MAX;
    if (!over || this.#transport.kind === 'stdio') return;
    this.#context.counters.slowConsumers += 1;
    this.close();
    this.#transport.close(close.slowConsumer);
  }

  #tellPending(): void {
    if (this.#transport.kind === 'stdio') this.#context.pendingChanged(this);
  }
}
