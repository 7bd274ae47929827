interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands still until it is told to go on. */
export class FakeClock {
  #now = 0;
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  /** Runs something so much later; the result calls it off. */
  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** Goes to the next timer that is due by `until` and runs it; false where there is none, and it is `until`. */
  tick(until: number): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer;
    }
    this.#now = Math.max(this.#now, next?.at ?? until);
    if (next === undefined) return false;
    this.#timers = this.#timers.filter((each) => each !== next);
    next.run();
    return true;
  }
}
