/** Enough for every chain of promises in the broker to come to its end. */
const MICROTASKS = 10;
/** Beyond it something keeps itself going. */
const ROUNDS_MAX = 20_000;

/** Awaiting it lets what was deferred before go first. */
const turnOver = Promise.resolve();

/**
 * What throws in a microtask would end the process. From here on it is given to whoever listens, so that it ends
 * one story only, and can be made shorter.
 */
export function guardMicrotasks(thrown: (error: unknown) => void): void {
  const { queueMicrotask: unguarded } = globalThis;
  globalThis.queueMicrotask = (run) => {
    unguarded(() => {
      try {
        run();
      } catch (error) {
        thrown(error);
      }
    });
  };
}

/** Lets all promises that can settle do so. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < MICROTASKS; turn += 1) await turnOver;
}

/** What the wires and the runtime have yet to do. Nothing in a simulation happens but by one of these steps. */
export class Steps {
  #queue: (() => void)[] = [];

  readonly schedule = (step: () => void): void => {
    this.#queue.push(step);
  };

  /** Everything that is on its way arrives. */
  async settle(): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      if (this.#queue.length === 0) await quiet();
      if (this.#queue.length === 0) return;
      const due = this.#queue;
      this.#queue = [];
      for (const step of due) {
        step();
        // Each is a turn of its own: what it defers to the end of the turn comes before the next.
        await turnOver;
      }
    }
    throw new Error('the wires never come to rest');
  }
}
