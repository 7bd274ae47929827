import assert from 'node:assert';
import { membersOf } from './json.js';
import { HISTORY_BYTES_MAX } from './limits.js';
import { type Item, lastMessage } from './items.js';
import { reason } from './errors.js';

export interface TurnError {
  readonly message: string;
  readonly codexErrorInfo: unknown;
  readonly additionalDetails: string | null;
  readonly misalignment: null;
}

/** A turn without its items: one line of the history file, written when it starts and when it ends. */
export interface TurnFacts {
  readonly id: string;
  readonly rootTurnId: string;
  readonly status: 'inProgress' | 'completed' | 'interrupted' | 'failed';
  readonly error: TurnError | null;
  /** Unix seconds. */
  readonly startedAt: number;
  readonly completedAt: number | null;
  readonly durationMs: number | null;
}

export type ItemsView = 'notLoaded' | 'summary' | 'full';

interface StoredItem {
  readonly item: Item;
  readonly bytes: number;
}
interface StoredTurn {
  facts: TurnFacts;
  items: StoredItem[];
}
export interface Position<T> {
  readonly ordinal: number;
  readonly value: T;
}

/** What a turn without items counts for, about. */
const TURN_BYTES = 256;

/** What was said in one thread, oldest first. Bounded by `HISTORY_BYTES_MAX`: the oldest leaves. */
export class History {
  #turns: StoredTurn[] = [];
  #bytes = 0;
  /** Turns and items that have left; ordinals, and so the cursors made of them, stay true. */
  #left = 0;

  /** Takes the next line of a history file, or what is to become one. @returns the line. */
  turn(facts: TurnFacts): string {
    const newest = this.#turns.at(-1);
    if (newest?.facts.id === facts.id) newest.facts = facts;
    else this.#begin(facts);
    return JSON.stringify({ turn: facts });
  }

  /** Adds a finished item to the newest turn. @returns the line for the history file. */
  item(item: Item): string {
    const line = JSON.stringify({ item });
    const newest = this.#turns.at(-1);
    assert(newest !== undefined, 'an item belongs to a turn');
    newest.items.push({ item, bytes: line.length });
    this.#grow(line.length);
    return line;
  }

  /** Reads a history file. Lines that are torn or foreign are skipped and told to `odd`. */
  static read(text: string, odd: (why: string) => void): History {
    const history = new History();
    for (const line of text.split('\n')) {
      if (line === '') continue;
      try {
        history.#take(membersOf(JSON.parse(line)));
      } catch (error) {
        odd(reason(error));
      }
    }
    history.#endRunning();
    return history;
  }

  /** All of it again as lines, for a file of its own. */
  lines(): string[] {
    return this.#turns.flatMap(({ facts, items }) => [
      JSON.stringify({ turn: facts }),
      ...items.map(({ item }) => JSON.stringify({ item })),
    ]);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#turns.length === 0;
  }

  /** Keeps what came before a turn, or up to and with it. Unknown ids keep everything. */
  cut(turnId: string, keepIt: boolean): void {
    const index = this.#turns.findIndex((turn) => turn.facts.id === turnId);
    if (index !== -1) this.#turns = this.#turns.slice(0, keepIt ? index + 1 : index);
  }

  lastTurnId(): string | null {
    return this.#turns.at(-1)?.facts.id ?? null;
  }

  turns(view: ItemsView): Position<object>[] {
    let ordinal = this.#left;
    return this.#turns.map(({ facts, items }) => {
      const at = ordinal;
      ordinal += 1 + items.length;
      return { ordinal: at, value: turnView(facts, shown(items, view), view) };
    });
  }

  items(turnId: string | null): Position<object>[] {
    const entries: Position<object>[] = [];
    let ordinal = this.#left;
    for (const { facts, items } of this.#turns) {
      for (const { item } of items) {
        ordinal += 1;
        const { startedAtMs, completedAtMs } = item;
        const value = { turnId: facts.id, item, startedAtMs, completedAtMs };
        if (turnId === null || turnId === facts.id) entries.push({ ordinal, value });
      }
      ordinal += 1;
    }
    return entries;
  }

  #take({ turn, item }: Readonly<Record<string, unknown>>): void {
    if (isTurnFacts(turn)) this.turn(turn);
    else if (isItem(item) && !this.isEmpty) this.item(item);
    else throw new TypeError('neither a turn nor an item of one');
  }

  #begin(facts: TurnFacts): void {
    this.#turns.push({ facts, items: [] });
    this.#grow(TURN_BYTES);
  }

  #grow(bytes: number): void {
    this.#bytes += bytes;
    while (this.#bytes > HISTORY_BYTES_MAX) this.#dropOldest();
  }

  /** A turn that was running when the process ended counts as interrupted from then on. */
  #endRunning(): void {
    const last = this.#turns.at(-1);
    if (last?.facts.status !== 'inProgress') return;
    const endMs = last.items.at(-1)?.item.completedAtMs ?? last.facts.startedAt * 1000;
    const durationMs = Math.max(0, endMs - last.facts.startedAt * 1000);
    last.facts = { ...last.facts, status: 'interrupted', completedAt: Math.floor(endMs / 1000), durationMs };
  }

  /** The oldest turn; of the only turn the oldest item, since more of it may still come. */
  #dropOldest(): void {
    const [oldest, next] = this.#turns;
    assert(oldest !== undefined, 'bytes are held by turns');
    const leaving = next === undefined ? oldest.items.splice(0, 1) : oldest.items;
    for (const { bytes } of leaving) this.#bytes -= bytes;
    this.#left += leaving.length;
    if (next === undefined) return;
    this.#turns.shift();
    this.#bytes -= TURN_BYTES;
    this.#left += 1;
  }
}

/** Whether what was read from disk is one, as far as this process relies on it. */
function isTurnFacts(value: unknown): value is TurnFacts {
  const { id, status, startedAt } = membersOf(value);
  return typeof id === 'string' && typeof status === 'string' && typeof startedAt === 'number';
}

/** As `isTurnFacts`. */
function isItem(value: unknown): value is Item {
  const { id, type } = membersOf(value);
  return typeof id === 'string' && typeof type === 'string';
}

/** A turn as the wire shows it; one that is only just accepted has no start yet. */
export function turnView(
  facts: Omit<TurnFacts, 'startedAt'> & { readonly startedAt: number | null },
  items: readonly Item[],
  itemsView: ItemsView,
): object {
  const { id, rootTurnId, status, error, startedAt, completedAt, durationMs } = facts;
  return { id, rootTurnId, items, itemsView, status, error, startedAt, completedAt, durationMs };
}

/** The summary of a turn is what the user asked first and what the agent said last. */
function shown(stored: readonly StoredItem[], view: ItemsView): Item[] {
  const items = stored.map(({ item }) => item);
  if (view === 'full') return items;
  if (view === 'notLoaded') return [];
  const asked = items.find((item) => item.type === 'userMessage');
  return [asked, lastMessage(items)].filter((item) => item !== undefined);
}
