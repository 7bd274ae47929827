import type { Logger } from 'pino';
import { HOLD_HIGH_BYTES, HOLD_LOW_BYTES } from '../../protocol/limits.js';
import type { Clock } from '../clock.js';
import type { RuntimeLink } from '../runtime/link.js';
import type { Outbox } from './outbox.js';

/**
 * Stdio loses nothing and is never cut: while such a client does not read, the runtime is not read either. That
 * bounds the queue, by design at everyone's cost.
 */
export class RuntimeHold {
  /** Who holds, and since when (ms since 1970). */
  readonly #holders = new Map<Outbox, number>();
  readonly #link: Pick<RuntimeLink, 'pause' | 'resume'>;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(link: Pick<RuntimeLink, 'pause' | 'resume'>, clock: Clock, log: Logger) {
    this.#link = link;
    this.#clock = clock;
    this.#log = log;
  }

  /** The queue of a stdio client has grown or shrunk. */
  changed(outbox: Outbox): void {
    const bytes = outbox.queuedBytes;
    const since = this.#holders.get(outbox);
    if (since === undefined && bytes > HOLD_HIGH_BYTES) this.#hold(outbox);
    else if (since !== undefined && bytes < HOLD_LOW_BYTES) this.#letGo(outbox, since);
  }

  /** How long this client has kept the runtime waiting, in ms; null when it does not. */
  heldFor(outbox: Outbox): number | null {
    const since = this.#holders.get(outbox);
    return since === undefined ? null : this.#clock.now() - since;
  }

  #hold(outbox: Outbox): void {
    if (this.#holders.size === 0) this.#link.pause();
    this.#holders.set(outbox, this.#clock.now());
    this.#log.warn({ connection: outbox.id }, 'a stdio client does not read: the runtime has to wait');
  }

  #letGo(outbox: Outbox, since: number): void {
    this.#holders.delete(outbox);
    if (this.#holders.size === 0) this.#link.resume();
    const ms = this.#clock.now() - since;
    this.#log.warn({ connection: outbox.id, ms }, 'the stdio client reads again: the runtime goes on');
  }
}
