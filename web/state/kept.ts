/** What `sessionStorage` and `localStorage` are, as far as it is used here. */
export interface KeyedStrings {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Strings that stay where the browser lets them: what it does not take is kept as long as the page is open. */
export class Kept {
  readonly #storage: KeyedStrings | null;
  readonly #memory = new Map<string, string>();

  /** @param open Gives the storage. A browser that forbids it throws here already. */
  constructor(open: () => KeyedStrings) {
    this.#storage = opened(open);
  }

  get(key: string): string | null {
    const held = this.#memory.get(key);
    if (held !== undefined) return held;
    try {
      return this.#storage?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  /** False: it is forgotten with the page. */
  set(key: string, value: string): boolean {
    try {
      if (this.#storage === null) throw new Error('there is no storage');
      this.#storage.setItem(key, value);
      this.#memory.delete(key);
      return true;
    } catch {
      this.#memory.set(key, value);
      return false;
    }
  }

  remove(key: string): void {
    this.#memory.delete(key);
    try {
      this.#storage?.removeItem(key);
    } catch {
      // One that takes nothing holds nothing, either.
    }
  }
}

function opened(open: () => KeyedStrings): KeyedStrings | null {
  try {
    return open();
  } catch {
    return null;
  }
}
