import { RequestError } from './errors.js';
import { membersOf } from './json.js';
import type { Position } from './history.js';
import { PAGE_ENTRIES, PAGE_ENTRIES_MAX } from './limits.js';
import type { Params } from './params.js';

export interface Page {
  readonly data: readonly object[];
  readonly nextCursor: string | null;
  readonly backwardsCursor: string | null;
}

/** A place in a thread's history. What it is made of is app-server's; clients give it back unread. */
interface Anchor {
  readonly ordinal: number;
  /** Whether the page begins with the entry itself, or after it. */
  readonly inclusive: boolean;
}
type Scope = 'turns' | 'itemsByCreatedAtOrdinal';

export function cursor(threadId: string, { ordinal, inclusive }: Anchor, kind: Scope): string {
  const anchor = { rolloutOrdinal: ordinal, includeAnchor: inclusive, scope: { kind } };
  return JSON.stringify({ requestedThreadId: threadId, ...anchor });
}

function parseCursor(text: string): Anchor {
  try {
    const { rolloutOrdinal, includeAnchor } = membersOf(JSON.parse(text));
    if (typeof rolloutOrdinal === 'number' && typeof includeAnchor === 'boolean') {
      return { ordinal: rolloutOrdinal, inclusive: includeAnchor };
    }
  } catch {
    // Falls through: text that is no JSON is as wrong as JSON that is no cursor.
  }
  throw new RequestError(`invalid cursor: ${text}`);
}

export function pageEntries(params: Params): number {
  const asked = params.count('limit') ?? PAGE_ENTRIES;
  return Math.min(Math.max(asked, 1), PAGE_ENTRIES_MAX);
}

/** One page of a thread's turns or items. @param entries Oldest first. */
export function page(
  threadId: string,
  entries: readonly Position<object>[],
  params: Params,
  scope: Scope,
): Page {
  const otherwise = scope === 'turns' ? 'desc' : 'asc';
  const descending = (params.word('sortDirection', ['asc', 'desc']) ?? otherwise) === 'desc';
  const text = params.textOr('cursor', null);
  const anchor = text === null ? null : parseCursor(text);
  const sorted = descending ? entries.toReversed() : entries;
  const rest = sorted.filter(({ ordinal }) => anchor === null || isAfter(ordinal, anchor, descending));
  const data = rest.slice(0, pageEntries(params));
  const [first, last] = [data[0], data.at(-1)];
  const more = data.length < rest.length && last !== undefined;
  return {
    data: data.map(({ value }) => value),
    nextCursor: more ? cursor(threadId, { ordinal: last.ordinal, inclusive: false }, scope) : null,
    backwardsCursor:
      first === undefined ? null : cursor(threadId, { ordinal: first.ordinal, inclusive: true }, scope),
  };
}

function isAfter(ordinal: number, anchor: Anchor, descending: boolean): boolean {
  if (ordinal === anchor.ordinal) return anchor.inclusive;
  return descending ? ordinal < anchor.ordinal : ordinal > anchor.ordinal;
}
