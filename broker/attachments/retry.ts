import { errors } from '../../protocol/errors.js';
import { DELIVERY_RETRY_MS } from '../../protocol/limits.js';
import type { Clock } from '../clock.js';
import { Refusal } from '../requests/refusal.js';

/** Does something for as often as the runtime is not there, or too busy, to do it. */
export async function untilItCan<T>(clock: Clock, act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Refusal) || error.error.code !== errors.overloaded.code) throw error;
    }
    await new Promise<void>((resolve) => {
      clock.after(DELIVERY_RETRY_MS, resolve);
    });
  }
}
