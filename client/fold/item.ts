import type { ItemDelta } from '../../protocol/notifications.js';
import { list, number, object, text, told } from '../json.js';
import type { Json } from '../json.js';
import { PARTS_MAX, PROGRESS_MAX } from '../limits.js';
import type { Item } from '../runtime-types.js';
import type { ItemState } from '../types.js';

/** One item, and what has come to it since it began. Text is appended to text, whatever its length. */
export class ItemFold {
  readonly id: string;
  /** Its place in its turn. */
  readonly at: number;
  #item: Json;
  #inProgress: boolean;
  #output: string;
  #progress: string[];
  /** Members that have grown, as they are now. */
  readonly #texts = new Map<string, string>();
  readonly #parts = new Map<string, string[]>();
  #state: ItemState | null = null;

  constructor(id: string, at: number, item: Json, inProgress: boolean) {
    this.id = id;
    this.at = at;
    this.#item = item;
    this.#inProgress = inProgress;
    const known = object(item, 'threadcast');
    this.#output = text(known, 'output') ?? '';
    this.#progress = list(known, 'progress').filter((each) => typeof each === 'string');
  }

  get inProgress(): boolean {
    return this.#inProgress;
  }

  get state(): ItemState {
    this.#state ??= {
      id: this.id,
      item: told<Item>(this.#soFar()),
      inProgress: this.#inProgress,
      output: this.#output,
      progress: [...this.#progress],
    };
    return this.#state;
  }

  /** It has begun anew, or is done: it is what the runtime says that it is. */
  replace(item: Json, inProgress: boolean): void {
    this.#item = item;
    this.#inProgress = inProgress;
    this.#texts.clear();
    this.#parts.clear();
    this.#progress = [];
    if (inProgress) this.#output = '';
    this.#state = null;
  }

  /** Its turn is over, and it with it. */
  stop(): void {
    this.#inProgress = false;
    this.#state = null;
  }

  /** More of it has come. What is done does not grow. */
  grow({ does, from, index, to }: ItemDelta, params: Json): void {
    if (!this.#inProgress) return;
    this.#state = null;
    const value = params[from];
    if (does === 'collect') this.#collect(value);
    else if (does === 'replace') this.#item = { ...this.#item, [to ?? from]: value };
    else if (to === null) this.#output += textOf(value);
    else if (index === null)
      this.#texts.set(to, (this.#texts.get(to) ?? textOf(this.#item[to])) + textOf(value));
    else this.#growPart(to, number(params, index) ?? -1, does === 'part' ? '' : textOf(value));
  }

  #collect(value: unknown): void {
    if (typeof value !== 'string') return;
    this.#progress.push(value);
    if (this.#progress.length > PROGRESS_MAX) this.#progress.shift();
  }

  #growPart(to: string, at: number, value: string): void {
    if (!Number.isInteger(at) || at < 0 || at >= PARTS_MAX) return;
    const parts = this.#parts.get(to) ?? list(this.#item, to).map(textOf);
    this.#parts.set(to, parts);
    while (parts.length <= at) parts.push('');
    parts[at] += value;
  }

  #soFar(): Json {
    if (this.#texts.size + this.#parts.size === 0) return this.#item;
    const parts = Array.from(this.#parts, ([to, texts]) => [to, [...texts]] as const);
    return { ...this.#item, ...Object.fromEntries(this.#texts), ...Object.fromEntries(parts) };
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
