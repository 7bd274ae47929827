import type { Clock } from '../../broker/clock.js';
import { FakeClock } from '../sim/clock.js';

/** A clock that stands still until it is told to go on, and knows how many wait for it. */
export class CountedClock implements Clock {
  waiting = 0;
  readonly #clock = new FakeClock();

  now(): number {
    return this.#clock.now();
  }

  after(ms: number, run: () => void): () => void {
    let isOver = false;
    const over = (): void => {
      if (!isOver) this.waiting -= 1;
      isOver = true;
    };
    this.waiting += 1;
    const callOff = this.#clock.after(ms, () => {
      over();
      run();
    });
    return () => {
      over();
      callOff();
    };
  }

  /** Lets time pass: what is due is run in its order, and may set more. */
  advance(ms: number): void {
    const until = this.#clock.now() + ms;
    while (this.#clock.tick(until));
  }
}
