import { text } from '../json.js';
import type { Json } from '../json.js';
import { TURNS_MAX } from '../limits.js';
import type { TurnState } from '../types.js';
import { TurnFold } from './turn.js';

/** The turns of a thread that are held, oldest first. */
export class TurnsFold {
  #turns = new Map<string, TurnFold>();
  #shown: readonly TurnState[] = [];

  get size(): number {
    return this.#turns.size;
  }

  /** The same list as before where none of them has changed. */
  get state(): readonly TurnState[] {
    const now = Array.from(this.#turns.values(), ({ state }) => state);
    const isSame = now.length === this.#shown.length && now.every((turn, at) => turn === this.#shown[at]);
    if (!isSame) this.#shown = now;
    return this.#shown;
  }

  byId(id: string): TurnFold | undefined {
    return this.#turns.get(id);
  }

  /** The turn that an event names. */
  get(params: Json): TurnFold | undefined {
    return this.#turns.get(text(params, 'turnId') ?? '');
  }

  /** A turn has begun. */
  begin(id: string, turn: Json): TurnFold {
    const begun = this.#turns.get(id) ?? new TurnFold(id);
    begun.tell(turn);
    this.#turns.set(id, begun);
    return begun;
  }

  /**
   * The newest turns as they are now. Those before them stay only where it is sure that there are none in between: where
   * the oldest of the new ones is held, and nothing before it was left in the middle. Returns whether any stay.
   */
  replace(newest: readonly Json[]): boolean {
    const held = [...this.#turns.values()];
    const found = held.findIndex(({ id }) => id === text(newest[0] ?? {}, 'id'));
    const before = held.slice(0, Math.max(0, found));
    const isWhole = !before.some(({ running }) => running) && before.length + newest.length <= TURNS_MAX;
    const stay = isWhole ? before : [];
    const made = newest.map((turn) => this.#made(turn));
    this.#turns = new Map([...stay, ...made].map((turn) => [turn.id, turn]));
    return stay.length > 0;
  }

  /** Puts older turns, newest first, in front of those that are held. */
  prepend(older: readonly Json[]): void {
    const made = older
      .filter((turn) => !this.#turns.has(text(turn, 'id') ?? ''))
      .map((turn) => TurnFold.of(turn))
      .toReversed();
    this.#turns = new Map([...made.map((turn) => [turn.id, turn] as const), ...this.#turns]);
  }

  #made(turn: Json): TurnFold {
    const made = TurnFold.of(turn);
    const known = this.#turns.get(made.id);
    if (known !== undefined) made.inherit(known.state);
    return made;
  }
}
