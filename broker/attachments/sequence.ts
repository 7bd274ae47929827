import type { StoredAttachment } from './store.js';

/** Where an edge is held, in its newest state; null once it is forgotten. */
export interface Slot {
  readonly number: number;
  edge: StoredAttachment | null;
}

/**
 * Edges in order of their numbers. Forgotten ones stay as holes until they are half of it: taking each out at once
 * would move all behind it.
 */
export class Sequence {
  #slots: Slot[] = [];
  #holes = 0;

  /** How many edges it has. */
  get size(): number {
    return this.#slots.length - this.#holes;
  }

  add(slot: Slot): void {
    const last = this.#slots.at(-1);
    if (last === undefined || last.number < slot.number) this.#slots.push(slot);
    else this.#slots.splice(this.#firstOver(slot.number), 0, slot);
  }

  /** One of its slots has been emptied. */
  emptied(): void {
    this.#holes += 1;
    if (this.#holes * 2 <= this.#slots.length) return;
    this.#slots = this.#slots.filter(({ edge }) => edge !== null);
    this.#holes = 0;
  }

  /** The first edges with a number over `after` that fit, at most `limit`. */
  take(after: number, limit: number, fits: (edge: StoredAttachment) => boolean): StoredAttachment[] {
    const taken: StoredAttachment[] = [];
    for (let i = this.#firstOver(after); i < this.#slots.length && taken.length < limit; i += 1) {
      const edge = this.#slots[i]?.edge ?? null;
      if (edge !== null && fits(edge)) taken.push(edge);
    }
    return taken;
  }

  #firstOver(number: number): number {
    let low = 0;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#slots[middle]?.number ?? Infinity) > number) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
