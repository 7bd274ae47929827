import type { History } from './history.js';
import type { Json } from './message.js';
import type { Runtime } from './runtime.js';
import type { Verdict } from './verdict.js';

/** A request of this connection that waits for its answer. */
export interface Sent {
  readonly id: string | number;
  readonly method: string;
  readonly params: Json;
  readonly mark: string;
  /** When the broker read it; null before. */
  readAt: number | null;
}

/** Where a client was in a log. */
export interface Place {
  readonly epoch: string;
  readonly seq: number;
}

/** What a connection needs from around it. */
export interface ConnectionContext {
  readonly history: History;
  readonly verdict: Verdict;
  readonly runtime: Runtime;
  /** What a log is sure to hold, as far as the bounds of this story say. */
  readonly entriesHeld: number;
  now(): number;
  /** Whether the broker knows that a client has gone. */
  isGone(name: string): boolean;
  /** How an earlier connection has ended for the broker; null where it does not know yet. */
  endOf(connectionId: string): string | null;
}
