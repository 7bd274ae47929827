import type { Connection } from '../connection/connection.js';
import type { Log } from './log.js';
import type { Thread } from './thread.js';

/** A request in flight whose answer will subscribe the asker: `thread/start`, `thread/resume`, … */
export interface Opening {
  /** Who asks; null for the broker itself, which subscribes nobody. */
  readonly connection: Connection | null;
  /** The thread it names; null where only the answer will tell. */
  readonly threadId: string | null;
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
