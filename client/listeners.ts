import type { Unsubscribe } from './types.js';

/** Runs something when the present message has been worked off. */
function later(run: () => void): void {
  void Promise.resolve().then(run);
}

/** Calls somebody else's function. What it throws is reported as unhandled, and ends nothing here. */
export function callSafely<T extends readonly unknown[]>(run: (...given: T) => void, ...given: T): void {
  try {
    run(...given);
  } catch (error) {
    void Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Who wants to be told that something has changed. However often it does in one turn of work, they are told once. */
export class Listeners {
  readonly #listeners = new Set<{ readonly run: () => void }>();
  #due = false;

  get size(): number {
    return this.#listeners.size;
  }

  add(run: () => void): Unsubscribe {
    const listener = { run };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  clear(): void {
    this.#listeners.clear();
  }

  changed(): void {
    if (this.#due || this.#listeners.size === 0) return;
    this.#due = true;
    later(() => {
      this.#due = false;
      // One that subscribes anew each time it is told would be told for ever.
      for (const listener of Array.from(this.#listeners))
        if (this.#listeners.has(listener)) callSafely(listener.run);
    });
  }
}
