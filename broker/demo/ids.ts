const HEX = '0123456789abcdef';
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** A fixed moment, because the clock would make every run's ids differ. */
const FIRST_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 24 * 60 * 60 * 1000;
const STEP_MS_MAX = 50;

/**
 * The one source of chance: the same seed gives the same ids in the same order. Ids sort by age, as UUIDv7 do.
 * Every turn draws from a source of its own (`fork`), so that turns side by side do not change each other's ids.
 */
export class Ids {
  #state: number;
  #ms: number;

  private constructor(state: number, ms: number) {
    this.#state = state;
    this.#ms = ms;
  }

  /** @param life How often this state folder was opened before: a later life must not repeat stored ids. */
  static seeded(seed: number, life: number): Ids {
    return new Ids((seed * 0x9e37_79b1 + life * 0x85eb_ca6b) | 0, FIRST_MS + life * DAY_MS);
  }

  fork(): Ids {
    return new Ids(this.#next() | 0, this.#ms);
  }

  /** An integer in `0 … below - 1`. */
  below(below: number): number {
    return this.#next() % below;
  }

  /** Shaped like a UUIDv7, as thread, turn and user message ids are. */
  uuid(): string {
    this.#ms += 1 + this.below(STEP_MS_MAX);
    const time = this.#ms.toString(16).padStart(12, '0');
    const variant = HEX.charAt(8 + this.below(4));
    return `${time.slice(0, 8)}-${time.slice(8)}-7${this.hex(3)}-${variant}${this.hex(3)}-${this.hex(12)}`;
  }

  hex(length: number): string {
    return this.#chars(length, HEX);
  }

  /** The id of an item that a model would have made: `call`, `msg`, `rs`. */
  item(prefix: string): string {
    return `${prefix}_${this.#chars(24, ALPHANUMERIC)}`;
  }

  #chars(length: number, alphabet: string): string {
    let text = '';
    for (let i = 0; i < length; i += 1) text += alphabet.charAt(this.below(alphabet.length));
    return text;
  }

  /** mulberry32: 32 bits of state are plenty for ids that only have to differ. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
