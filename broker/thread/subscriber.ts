import type { Cursor } from './log.js';

/** Whoever reads logs: a connection, as far as a log knows it. */
export interface Subscriber {
  /** There is something for it behind this cursor. */
  wake(cursor: Cursor): void;
  /** This cursor gives nothing any more. */
  dropped(cursor: Cursor): void;
  /** A log has dropped what it has not been given yet. */
  fellOff(cursor: Cursor): void;
}
