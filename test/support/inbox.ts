import { inTime } from './deadline.js';

interface Waiter<T> {
  readonly matches: (item: T) => boolean;
  readonly take: (item: T) => void;
  readonly fail: (error: Error) => void;
}

/** What somebody has said, item by item. Each can be taken once, whether it is there already or is still to come. */
export class Inbox<T> {
  /** All that was said, taken or not. */
  readonly all: T[] = [];
  readonly #who: string;
  #untaken: T[] = [];
  #waiters: Waiter<T>[] = [];
  #ended: string | null = null;

  constructor(who: string) {
    this.#who = who;
  }

  push(item: T): void {
    this.all.push(item);
    const waiter = this.#waiters.find((each) => each.matches(item));
    if (waiter === undefined) this.#untaken.push(item);
    else {
      this.#waiters = this.#waiters.filter((each) => each !== waiter);
      waiter.take(item);
    }
  }

  /** Nothing more will be said: whoever waits is told why. */
  end(why: string): void {
    this.#ended = why;
    for (const waiter of this.#waiters.splice(0)) waiter.fail(new Error(`${this.#who} ${why}`));
  }

  /** The first item that matches and was not taken. @throws {Error} with what was said instead */
  async take(what: string, matches: (item: T) => boolean): Promise<T> {
    const index = this.#untaken.findIndex(matches);
    const [found] = index === -1 ? [] : this.#untaken.splice(index, 1);
    if (found !== undefined) return found;
    return await inTime(this.#next(matches), () => `${what} of ${this.#who}; it said: ${this.#said()}`);
  }

  async #next(matches: (item: T) => boolean): Promise<T> {
    if (this.#ended !== null) throw new Error(`${this.#who} ${this.#ended}; it said: ${this.#said()}`);
    return await new Promise((take, fail) => this.#waiters.push({ matches, take, fail }));
  }

  #said(): string {
    const texts = this.#untaken.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
    return texts.map((text) => `\n  ${text}`).join('');
  }
}
