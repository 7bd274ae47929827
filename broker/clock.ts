/** Time as the broker sees it: the system's, or a test's own. */
export interface Clock {
  /** Ms since 1970. */
  now(): number;
  /** Runs something so much later; returns what calls it off. */
  after(ms: number, run: () => void): () => void;
}

/** The system's. Nothing that waits keeps the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};
