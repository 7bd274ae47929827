import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { BATCH_CHARS } from './limits.js';

/**
 * Lines on their way to stdout: gathered, and handed over once per turn of the event loop or once per
 * `BATCH_CHARS`. Whoever can wait looks at `drained` and does, so that what is queued stays small.
 */
export class Output {
  readonly #stream: Writable;
  #batch = '';
  #scheduled = false;
  #drained: Promise<void> | null = null;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Null, or while the reader is behind, what resolves when it has caught up. */
  get drained(): Promise<void> | null {
    return this.#drained;
  }

  /** @param text One message, without a newline. */
  line(text: string): void {
    this.#batch += text;
    this.#batch += '\n';
    if (this.#batch.length >= BATCH_CHARS) this.#flush();
    else if (!this.#scheduled) this.#schedule();
  }

  /** Resolves when everything has left this process. */
  end(): Promise<void> {
    this.#flush();
    return new Promise((resolve) => {
      this.#stream.end(resolve);
    });
  }

  #schedule(): void {
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#batch === '') return;
    const batch = this.#batch;
    this.#batch = '';
    if (!this.#stream.write(batch) && this.#drained === null) this.#drained = this.#untilDrained();
  }

  async #untilDrained(): Promise<void> {
    await once(this.#stream, 'drain');
    this.#drained = null;
  }
}
