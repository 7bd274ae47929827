import type { Calls } from './calls.js';
import type { TurnsFold } from './fold/turns.js';
import { object, objectOf, objects, text } from './json.js';
import type { Json } from './json.js';
import { OLDER_TURNS, TURNS_MAX } from './limits.js';
import type { ThreadState } from './types.js';

/** The turns before those that are held: where they can be had, and the loading of them. */
export class OlderTurns {
  readonly #threadId: string;
  readonly #turns: TurnsFold;
  readonly #calls: Calls;
  readonly #changed: () => void;
  #cursor: string | null = null;
  #loading: Promise<boolean> | null = null;
  /** How often what they stand in front of was replaced. */
  #times = 0;

  constructor(threadId: string, turns: TurnsFold, calls: Calls, changed: () => void) {
    this.#threadId = threadId;
    this.#turns = turns;
    this.#calls = calls;
    this.#changed = changed;
  }

  get state(): ThreadState['older'] {
    if (this.#loading !== null) return 'loading';
    return this.#cursor === null ? 'none' : 'some';
  }

  /** There is a snapshot. Where turns before it stay, they are still what the next page stands in front of. */
  replaced(stay: boolean, snapshot: Json): void {
    if (stay) return;
    this.#times += 1;
    this.#cursor = text(object(snapshot, 'initialTurnsPage'), 'nextCursor');
  }

  /** Loads one page; those who ask while it is on its way get the same. */
  async load(): Promise<boolean> {
    if (this.#loading === null && (this.#cursor === null || this.#turns.size >= TURNS_MAX)) return false;
    this.#loading ??= this.#page().finally(() => {
      this.#loading = null;
      this.#changed();
    });
    this.#changed();
    return await this.#loading;
  }

  /** Asks again where the turns that it was to stand in front of are gone by then. */
  async #page(): Promise<boolean> {
    for (;;) {
      const [cursor, times] = [this.#cursor, this.#times];
      if (cursor === null) return false;
      const params = {
        threadId: this.#threadId,
        cursor,
        limit: OLDER_TURNS,
        sortDirection: 'desc',
        itemsView: 'full',
      };
      // oxlint-disable-next-line no-await-in-loop -- only where it was in vain
      const result = objectOf(await this.#calls.promised('thread/turns/list', params));
      if (times !== this.#times) continue;
      const next = text(result, 'nextCursor');
      // A list that leads to itself has come to its end.
      this.#cursor = next === cursor ? null : next;
      const data = objects(result, 'data');
      this.#turns.prepend(data);
      return data.length > 0;
    }
  }
}
