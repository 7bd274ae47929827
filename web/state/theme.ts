import type { Observable, Unsubscribe } from '../../client/types.js';
import type { Kept } from './kept.js';

const KEY = 'threadcast.theme';

type Choice = 'system' | 'light' | 'dark';

const NEXT: Readonly<Record<Choice, Choice>> = { system: 'light', light: 'dark', dark: 'system' };

/** Light or dark: as the system has it, or as somebody has chosen here. */
export class Theme implements Observable<Choice> {
  readonly #kept: Kept;
  readonly #system: MediaQueryList;
  readonly #root: HTMLElement;
  readonly #listeners = new Set<() => void>();
  #choice: Choice;

  constructor(kept: Kept, system: MediaQueryList, root: HTMLElement) {
    this.#kept = kept;
    this.#system = system;
    this.#root = root;
    const choice = kept.get(KEY);
    this.#choice = choice === 'light' || choice === 'dark' ? choice : 'system';
    system.addEventListener('change', () => this.#show());
    this.#show();
  }

  get state(): Choice {
    return this.#choice;
  }

  subscribe(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  next(): void {
    this.#choice = NEXT[this.#choice];
    this.#kept.set(KEY, this.#choice);
    this.#show();
    for (const listener of this.#listeners) listener();
  }

  #show(): void {
    const system = this.#system.matches ? 'dark' : 'light';
    this.#root.dataset['theme'] = this.#choice === 'system' ? system : this.#choice;
  }
}
