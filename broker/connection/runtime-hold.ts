import { HOLD_HIGH_BYTES, HOLD_LOW_BYTES } from '../../protocol/limits.js';
import type { RuntimeLink } from '../runtime/link.js';
import type { Outbox } from './outbox.js';

/**
 * Stdio loses nothing and is never cut: while such a client does not read, the runtime is not read either. That
 * bounds the queue, by design at everyone's cost.
 */
export class RuntimeHold {
  readonly #holders = new Set<Outbox>();
  readonly #link: RuntimeLink;

  constructor(link: RuntimeLink) {
    this.#link = link;
  }

  /** The queue of a stdio client has grown or shrunk. */
  changed(outbox: Outbox): void {
    const held = this.#holders.size > 0;
    if (outbox.pendingBytes > HOLD_HIGH_BYTES) this.#holders.add(outbox);
    else if (outbox.pendingBytes < HOLD_LOW_BYTES) this.#holders.delete(outbox);
    if (held === this.#holders.size > 0) return;
    if (held) this.#link.resume();
    else this.#link.pause();
  }

  /** Whether this client keeps the runtime waiting now. */
  holds(outbox: Outbox): boolean {
    return this.#holders.has(outbox);
  }
}
