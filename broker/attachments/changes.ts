import { errors } from '../../protocol/errors.js';
import { CHANGES_WAITING_MAX } from '../../protocol/limits.js';
import { Refusal } from '../requests/refusal.js';
import { StoreError } from './store.js';
import type { Change, Store } from './store.js';

/** A change that is decided on, and what it does once it is on disk: in the same step, nothing comes in between. */
export interface Decision<T> {
  readonly change: Change;
  readonly kept: () => T;
}

/**
 * Changes of what is kept, one after the other: each is decided on when the one before it is on disk, or is not, so
 * that what it is decided by is true.
 */
export class Changes {
  readonly #store: () => Store;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(store: () => Store) {
    this.#store = store;
  }

  /** Whether one more may wait for the disk. */
  get hasRoom(): boolean {
    return this.#waiting < CHANGES_WAITING_MAX;
  }

  /**
   * What a client asks for. Resolves with what `kept` returned.
   * @throws {Refusal} that `decide` threw, `overloaded`, or `storeFailed`: nothing has changed
   */
  async run<T>(decide: () => Decision<T>): Promise<T> {
    if (!this.hasRoom) throw Refusal.of(errors.overloaded, 'Too many changes wait for the disk; try again');
    return await this.runAlways(decide);
  }

  /** What has happened, and has to be kept: there is no more of it than was let in. */
  runAlways<T>(decide: () => Decision<T>): Promise<T> {
    this.#waiting += 1;
    const run = this.#last.then(() => this.#run(decide));
    this.#last = run.then(ignore, ignore);
    return run;
  }

  /** Resolves when none waits. */
  async settled(): Promise<void> {
    for (let last = null; last !== this.#last;) {
      last = this.#last;
      await last;
    }
  }

  async #run<T>(decide: () => Decision<T>): Promise<T> {
    this.#waiting -= 1;
    const { change, kept } = decide();
    try {
      await this.#store().commit(change);
    } catch (error) {
      if (error instanceof StoreError) throw Refusal.of(errors.storeFailed, error.message);
      throw error;
    }
    return kept();
  }
}

function ignore(): void {}
