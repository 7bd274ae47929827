import type { Connection } from './connection.js';
import type { History } from './history.js';
import { NumberedReader, StockReader } from './readers.js';
import type { Since } from './readers.js';
import type { Runtime } from './runtime.js';

/** What may still be answered with a thread that has spoken already. */
export const OPENING = ['thread/start', 'thread/fork'];

/** A thread of the runtime's own that has spoken, while it was open whose it is. */
interface Unclaimed {
  readonly threadId: string;
  readonly since: Since;
  /** The marks of the requests that could be answered with it. */
  readonly openings: Set<string>;
}

/** Whose the threads are that nobody has asked for: everybody's who was there when they first spoke. */
export class Adoption {
  readonly #history: History;
  #unclaimed: Unclaimed[] = [];

  constructor(history: History) {
    this.#history = history;
  }

  /** Those of which it is not clear yet. */
  get unclear(): string[] {
    return this.#unclaimed.map(({ threadId }) => threadId);
  }

  /**
   * A thread is about to speak for the first time. What it says may be held until it is clear that nobody has asked
   * for it, and no longer.
   */
  spawned(threadId: string, runtime: Runtime, connections: readonly Connection[]): void {
    const openings = new Set(runtime.inFlight(...OPENING).map(({ mark }) => mark));
    const since = { from: this.#history.now, lateUntil: openings.size === 0 ? 0 : Infinity };
    if (openings.size > 0) this.#unclaimed.push({ threadId, since, openings });
    for (const one of connections.filter(({ presentFrom, gone }) => presentFrom !== null && !gone)) {
      const at = { epoch: null, seq: 0 };
      const reader = one.isV1
        ? new NumberedReader(one, threadId, since, at)
        : new StockReader(one, threadId, since, 0);
      one.readers.set(threadId, reader);
    }
  }

  /** A request is answered. */
  answered(mark: string): void {
    for (const { openings } of this.#unclaimed) openings.delete(mark);
    this.#adoptClear();
  }

  /** No request will be answered any more. */
  allFailed(): void {
    for (const { openings } of this.#unclaimed) openings.clear();
    this.#adoptClear();
  }

  #adoptClear(): void {
    for (const { openings, since } of this.#unclaimed)
      if (openings.size === 0) since.lateUntil = this.#history.now;
    this.#unclaimed = this.#unclaimed.filter(({ openings }) => openings.size > 0);
  }
}
