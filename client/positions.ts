import type { Position } from '../protocol/schemas.js';

export type { Position } from '../protocol/schemas.js';

/** What an entry is to somebody who has worked off all up to its position. */
export type Place = 'next' | 'had' | 'ahead' | 'unknown';

/**
 * Where a client stands in one log. It only ever moves to what has been worked off, one entry after the other; a hole
 * in the numbers means that something is lost.
 */
export class Standing {
  /** Null: it is not known, and nothing that comes can be put in its place. */
  at: Position | null = null;

  place(seq: number): Place {
    if (this.at === null) return 'unknown';
    if (seq <= this.at.seq) return 'had';
    return seq === this.at.seq + 1 ? 'next' : 'ahead';
  }

  /** The entry with the next number has been worked off. */
  workedOff(): void {
    if (this.at !== null) this.at = { epoch: this.at.epoch, seq: this.at.seq + 1 };
  }
}
