import { setImmediate, setTimeout } from 'node:timers/promises';
import { SLICE_EVENTS } from './limits.js';

/** The one source of time. A turn asks it how long to wait before its next event. */
export class Clock {
  readonly #eventMs: number;
  #sliceEvents = 0;

  /** @param paceEventsPerS 0: as fast as possible. */
  constructor(paceEventsPerS: number) {
    this.#eventMs = paceEventsPerS === 0 ? 0 : 1000 / paceEventsPerS;
  }

  nowMs(): number {
    return Date.now();
  }

  nowS(): number {
    return Math.floor(Date.now() / 1000);
  }

  /** Waits for the time of `events` events; undefined when there is nothing to wait for. */
  wait(events: number): Promise<unknown> | undefined {
    if (this.#eventMs > 0) return setTimeout(events * this.#eventMs);
    this.#sliceEvents += events;
    if (this.#sliceEvents < SLICE_EVENTS) return undefined;
    this.#sliceEvents = 0;
    return setImmediate();
  }
}
