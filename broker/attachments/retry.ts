import { errors } from '../../protocol/errors.js';
import { DELIVERY_RETRY_MS } from '../../protocol/limits.js';
import type { Clock } from '../clock.js';
import { Refusal } from '../requests/refusal.js';

/** Does what nobody waits for as often as the runtime is not there, or too busy, to do it. */
export class Retry {
  readonly #clock: Clock;
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From here on nothing is tried again, and what was not done stays so: the next broker does it. */
  stop(): void {
    this.#isOver = true;
  }

  async untilItCan<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof Refusal) || error.error.code !== errors.overloaded.code) throw error;
      }
      await new Promise<void>((resolve) => {
        if (!this.#isOver) this.#clock.after(DELIVERY_RETRY_MS, resolve);
      });
    }
  }
}
