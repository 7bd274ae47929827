import type { Writable } from 'node:stream';
import { WRITE_SLICE_BYTES } from './limits.js';

const NOTHING = Buffer.alloc(0);

/**
 * Writes to a Node stream a slice at a time. A stream counts a chunk as waiting until all of it has gone, so a
 * client that reads a large one steadily would look as stuck as one that reads nothing.
 */
export class SliceWriter {
  readonly #stream: Writable;
  readonly #progressed: () => void;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #waiting = false;

  /** `progressed` is called whenever the kernel has taken some of what had to wait, never from inside `write`. */
  constructor(stream: Writable, progressed: () => void) {
    this.#stream = stream;
    this.#progressed = progressed;
    // What was written past it before waits too (TLS takes nothing at once), and nobody else would say when it is gone.
    this.#waiting = stream.writableLength > 0;
    if (this.#waiting) stream.write(NOTHING, this.#flushed);
  }

  /** Bytes written here that the kernel has not taken, to the slice. */
  get pendingBytes(): number {
    return this.#queuedBytes + this.#stream.writableLength;
  }

  write(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#pump();
  }

  #pump(): void {
    const stream = this.#stream;
    let head = this.#queue[0];
    // What the kernel takes at once is gone when `write` returns, so the length tells whether it is full.
    while (head !== undefined && stream.writable && stream.writableLength === 0) {
      const slice = head.subarray(0, WRITE_SLICE_BYTES);
      if (slice.length === head.length) this.#queue.shift();
      else this.#queue[0] = head.subarray(slice.length);
      this.#queuedBytes -= slice.length;
      stream.write(slice, this.#flushed);
      head = this.#queue[0];
    }
    this.#waiting = this.pendingBytes > 0;
  }

  readonly #flushed = (error?: Error | null): void => {
    if (!this.#waiting || error) return;
    this.#pump();
    this.#progressed();
  };
}
