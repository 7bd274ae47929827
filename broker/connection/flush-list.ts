import type { Outbox } from './outbox.js';

/**
 * The outboxes that got something in the current turn of work. They are flushed once, at its end: frames a write
 * decide what a delivery costs, and one chunk of the runtime brings many events.
 */
export class FlushList {
  #dirty: Outbox[] = [];
  readonly #defer: (run: () => void) => void;

  /** `defer` runs its argument when the current turn is over; a microtask, outside of tests. */
  constructor(defer: (run: () => void) => void = queueMicrotask) {
    this.#defer = defer;
  }

  add(outbox: Outbox): void {
    this.#dirty.push(outbox);
    if (this.#dirty.length === 1) this.#defer(() => this.#run());
  }

  #run(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const outbox of dirty) outbox.flush();
  }
}
