import { KEPT_LINES_MAX } from '../../protocol/limits.js';
import { ownCopy } from './slab.js';

interface KeptLine {
  readonly key: string;
  /** Null: it is about the thread. */
  readonly turnId: string | null;
  readonly line: Buffer;
}

/**
 * The latest line of each kind that says what neither a thread nor its turns have a member for: how many tokens were
 * used; of a turn its plan, its diff, and who started it. What is about a turn is kept until another one begins.
 */
export class KeptLines {
  /** By kind and turn, the least recent first. */
  readonly #lines = new Map<string, KeptLine>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** The least recent first. */
  *[Symbol.iterator](): Iterator<Buffer> {
    for (const { line } of this.#lines.values()) yield line;
  }

  /** Whether there is a line of that kind about that turn. */
  has(method: string, turnId: string): boolean {
    return this.#lines.has(keyOf(method, turnId));
  }

  put(method: string, turnId: string | null, line: Buffer): void {
    const key = keyOf(method, turnId);
    this.#drop(this.#lines.get(key));
    this.#lines.set(key, { key, turnId, line: ownCopy(line) });
    this.#bytes += line.length;
    if (this.#lines.size > KEPT_LINES_MAX) this.dropOldest();
  }

  /** A turn begins: what is about others is of no interest, unless they run. */
  turnStarted(turnId: string, runs: (turnId: string) => boolean): void {
    for (const kept of this.#lines.values())
      if (kept.turnId !== null && kept.turnId !== turnId && !runs(kept.turnId)) this.#drop(kept);
  }

  /** False: there is none. */
  dropOldest(): boolean {
    const [oldest] = this.#lines.values();
    this.#drop(oldest);
    return oldest !== undefined;
  }

  #drop(kept: KeptLine | undefined): void {
    if (kept === undefined) return;
    this.#lines.delete(kept.key);
    this.#bytes -= kept.line.length;
  }
}

function keyOf(method: string, turnId: string | null): string {
  return JSON.stringify([method, turnId]);
}
