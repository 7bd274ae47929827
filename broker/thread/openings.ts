import type { Connection } from '../connection/connection.js';
import type { Log } from './log.js';
import type { Thread } from './thread.js';

/** A request in flight whose answer will subscribe the asker: `thread/start`, `thread/resume`, … */
export interface Opening {
  /** Who asks; null for the broker itself, which subscribes nobody, and for one that has left the thread since. */
  connection: Connection | null;
  /** The thread it names; null where only the answer will tell. */
  readonly threadId: string | null;
  /** Whether it makes a thread, or loads one and has the runtime say its open requests again. */
  readonly does: 'create' | 'resume' | 'attend';
}

/**
 * A thread that spoke before it was clear whose it is: of an opening in flight, or the runtime's own (a
 * sub-agent). Nobody reads its log until its openings are answered.
 */
export interface Unclaimed {
  readonly openings: Set<Opening>;
  /** Every connection initialized when it first spoke: the real server subscribes these to a sub-agent. */
  readonly present: readonly Connection[];
}

/** How a connection came to be subscribed. */
export interface Opened {
  readonly thread: Thread;
  readonly log: Log;
  /** Whether it is subscribed, and was not before. */
  readonly fresh: boolean;
}

/** The requests in flight whose answers will subscribe those who asked. */
export class Openings {
  readonly #all = new Set<Opening>();

  add(opening: Opening): Opening {
    this.#all.add(opening);
    return opening;
  }

  delete(opening: Opening): void {
    this.#all.delete(opening);
  }

  /** Those of which a thread may come: that name it, or, where it is a new one, that tell by their answer. */
  of(threadId: string, isNew: boolean): Set<Opening> {
    return new Set(
      [...this.#all].filter((one) => one.threadId === threadId || (isNew && one.threadId === null)),
    );
  }

  /** Whether that thread may come of one. */
  mayBe(threadId: string): boolean {
    return this.of(threadId, true).size > 0;
  }

  /** Whether one loads that thread, or may: a resume by path tells only by its answer. */
  loads(threadId: string): boolean {
    return [...this.of(threadId, true)].some(({ does, threadId: id }) => id !== null || does !== 'create');
  }

  /** How many threads the connection has asked for beside that one. */
  besides(connection: Connection, threadId: string | null): number {
    const own = [...this.#all].filter((one) => one.connection === connection);
    return own.filter(({ threadId: id }) => id === null || id !== threadId).length;
  }

  /**
   * The connection leaves a thread: what would subscribe it there as a side effect does so no more. Whether something
   * would have. A resume it has asked for by itself, and the answer to that will tell.
   */
  callOff(connection: Connection, threadId: string): boolean {
    const own = [...this.of(threadId, false)].filter(
      (one) => one.connection === connection && one.does === 'attend',
    );
    for (const opening of own) opening.connection = null;
    return own.length > 0;
  }
}
