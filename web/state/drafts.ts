import { DRAFT_CHARS_MAX, DRAFTS_MAX } from '../limits.js';
import type { Kept } from './kept.js';

const KEY = 'threadcast.drafts';

/** What has been typed and not been sent, by thread; the newest `DRAFTS_MAX`. */
export class Drafts {
  readonly #kept: Kept;
  /** The newest last. */
  readonly #texts: Map<string, string>;

  constructor(kept: Kept) {
    this.#kept = kept;
    this.#texts = new Map(read(kept.get(KEY)));
  }

  of(threadId: string): string {
    return this.#texts.get(threadId) ?? '';
  }

  set(threadId: string, text: string): void {
    this.#texts.delete(threadId);
    if (text !== '') this.#texts.set(threadId, text.slice(0, DRAFT_CHARS_MAX));
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= DRAFTS_MAX) break;
      this.#texts.delete(oldest);
    }
    this.#kept.set(KEY, JSON.stringify([...this.#texts]));
  }
}

/** What another version, or somebody by hand, has left there is no draft. */
function read(json: string | null): readonly (readonly [string, string])[] {
  if (json === null) return [];
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value.filter(isDraft).slice(-DRAFTS_MAX) : [];
  } catch {
    return [];
  }
}

function isDraft(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}
