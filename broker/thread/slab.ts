/** The first block of a log, and the largest. They double in between: a quiet thread must not cost much. */
const BLOCK_BYTES_MIN = 2 * 1024;
const BLOCK_BYTES_MAX = 64 * 1024;

/**
 * What a log holds, packed into blocks that hold nothing else. A line is a view of the chunk that was read: kept as it
 * is, one short line of a quiet thread would keep 64 KB of its neighbours alive.
 */
export class Slab {
  #block = Buffer.alloc(0);
  #used = 0;
  #nextBytes = BLOCK_BYTES_MIN;

  copy(bytes: Uint8Array): Buffer {
    // What is long is a buffer of its own already, or worth one.
    if (bytes instanceof Buffer && bytes.length === bytes.buffer.byteLength) return bytes;
    const copy = this.take(bytes.length);
    copy.set(bytes);
    return copy;
  }

  /** Room for so many bytes. */
  take(bytes: number): Buffer {
    if (bytes > BLOCK_BYTES_MAX / 4) return Buffer.allocUnsafeSlow(bytes);
    if (bytes > this.#block.length - this.#used) this.#begin(bytes);
    const start = this.#used;
    this.#used += bytes;
    return this.#block.subarray(start, this.#used);
  }

  #begin(bytes: number): void {
    while (this.#nextBytes < bytes) this.#nextBytes *= 2;
    this.#block = Buffer.allocUnsafeSlow(this.#nextBytes);
    this.#used = 0;
    this.#nextBytes = Math.min(this.#nextBytes * 2, BLOCK_BYTES_MAX);
  }
}

/** A copy that shares its memory with nothing. */
export function ownCopy(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
