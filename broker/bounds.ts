import {
  GRACE_MS,
  MEMORY_BYTES_MAX,
  RING_BYTES_MAX,
  RING_ENTRIES_MAX,
  STALL_MS_MAX,
} from '../protocol/limits.js';

/** Bounds that a user may change. */
export interface BrokerBounds {
  /** Of one log, all frames of its entries counted. */
  readonly ringBytes: number;
  readonly ringEntries: number;
  /** Of all logs together. */
  readonly memoryBytes: number;
  /** How long a WebSocket client may read nothing. */
  readonly stallMs: number;
  /** How long a thread that nobody watches stays loaded. */
  readonly graceMs: number;
}

export const DEFAULT_BOUNDS: BrokerBounds = {
  ringBytes: RING_BYTES_MAX,
  ringEntries: RING_ENTRIES_MAX,
  memoryBytes: MEMORY_BYTES_MAX,
  stallMs: STALL_MS_MAX,
  graceMs: GRACE_MS,
};
