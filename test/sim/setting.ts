/** What is the same for a whole story. */
export interface Setting {
  /** What of the bounds is small; null: as large as it comes. */
  readonly ringEntries: number | null;
  readonly ringBytes: number | null;
  readonly memoryBytes: number | null;
  /** Turns of the stored threads. */
  readonly turns: readonly number[];
  /** Which requests of the broker's own the runtime takes its time for: bit after bit. */
  readonly dawdling: number;
  /** After which of its answers it goes on to speak in the same breath: bit after bit. */
  readonly chatty: number;
}

export const STALL_MS = 30_000;
export const GRACE_MS = 30 * 60_000;
/** What a log holds where the story does not bound it: more than is ever said. */
const UNBOUNDED = 1_000_000;

/** How many entries a log is sure to hold. */
export function entriesHeld({ ringEntries, ringBytes, memoryBytes }: Setting): number {
  return ringBytes === null && memoryBytes === null ? (ringEntries ?? UNBOUNDED) : 0;
}

/** The bounds as the broker takes them. */
export function boundsOf({ ringEntries, ringBytes, memoryBytes }: Setting): Record<string, number> {
  const small = Object.entries({ ringEntries, ringBytes, memoryBytes });
  const given = small.filter((bound): bound is [string, number] => bound[1] !== null);
  return { stallMs: STALL_MS, graceMs: GRACE_MS, ...Object.fromEntries(given) };
}
