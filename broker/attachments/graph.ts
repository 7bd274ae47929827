import assert from 'node:assert';
import type { AttachmentState } from '../../protocol/attachments.js';
import { DETACHED_MAX } from '../../protocol/limits.js';
import { Sequence } from './sequence.js';
import type { Slot } from './sequence.js';
import type { StoredAttachment } from './store.js';

export type EdgeRefusal = 'duplicate' | 'childAlreadyAttached' | 'cycle';

/** Which edges are asked for; null: of any thread. */
export interface EdgeQuery {
  readonly parentThreadId: string | null;
  readonly childThreadId: string | null;
  readonly states: ReadonlySet<AttachmentState>;
  /** Only those with a number over it. */
  readonly after: number;
  readonly limit: number;
}

const NONE = new Sequence();

/** The edges, as they stand. Active ones make a forest: one active parent a child. */
export class Graph {
  readonly #slots = new Map<number, Slot>();
  readonly #ids = new Map<string, Slot>();
  readonly #all = new Sequence();
  /** The edges at each thread, of either side and in any state. */
  readonly #threads = new Map<string, Sequence>();
  /** By child. What is refused is judged by them alone. */
  readonly #active = new Map<string, StoredAttachment>();
  #live = 0;

  constructor(edges: Iterable<StoredAttachment>) {
    for (const edge of edges) this.put(edge);
  }

  /** Edges that are active or archived. */
  get live(): number {
    return this.#live;
  }

  get(attachmentId: string): StoredAttachment | undefined {
    return this.#ids.get(attachmentId)?.edge ?? undefined;
  }

  /** The edge with that number. */
  numbered(number: number): StoredAttachment | undefined {
    return this.#slots.get(number)?.edge ?? undefined;
  }

  /** Why an active edge cannot be added; the first that applies in the order of the type. */
  refusal(parentThreadId: string, childThreadId: string): EdgeRefusal | null {
    const current = this.#active.get(childThreadId);
    if (current !== undefined) {
      return current.parentThreadId === parentThreadId ? 'duplicate' : 'childAlreadyAttached';
    }
    let depth = 0;
    let above: string | undefined = parentThreadId;
    while (above !== undefined && above !== childThreadId) {
      above = this.#active.get(above)?.parentThreadId;
      depth += 1;
      assert(depth <= this.#active.size + 1, 'active edges make a forest');
    }
    return above === undefined ? null : 'cycle';
  }

  /** A new edge, or the new state of one (same number). */
  put(edge: StoredAttachment): void {
    const slot = this.#slots.get(edge.number) ?? this.#added(edge);
    this.#leave(slot.edge);
    slot.edge = edge;
    if (edge.state !== 'detached') this.#live += 1;
    if (edge.state !== 'active') return;
    assert(!this.#active.has(edge.childThreadId), 'a child has one active parent');
    this.#active.set(edge.childThreadId, edge);
  }

  forget(number: number): void {
    const slot = this.#slots.get(number);
    if (slot === undefined || slot.edge === null) return;
    const { attachmentId, parentThreadId, childThreadId } = slot.edge;
    this.#leave(slot.edge);
    slot.edge = null;
    this.#slots.delete(number);
    this.#ids.delete(attachmentId);
    this.#all.emptied();
    for (const threadId of [parentThreadId, childThreadId]) {
      const sequence = this.#threads.get(threadId) ?? NONE;
      sequence.emptied();
      if (sequence.size === 0) this.#threads.delete(threadId);
    }
  }

  /** The live edges at a thread, both sides, oldest first. */
  at(threadId: string): readonly StoredAttachment[] {
    return this.#at(threadId).take(-Infinity, Infinity, isLive);
  }

  /** The threads of all live edges, each once. */
  threads(): Iterable<string> {
    const live = this.#all.take(-Infinity, Infinity, isLive);
    return new Set(live.flatMap((edge) => [edge.parentThreadId, edge.childThreadId]));
  }

  /** Numbers of the oldest detached edges that are too many (over `DETACHED_MAX`) once `more` are added. */
  surplus(more: number): readonly number[] {
    const over = this.#slots.size - this.#live + more - DETACHED_MAX;
    return this.#all.take(-Infinity, over, (edge) => !isLive(edge)).map(({ number }) => number);
  }

  /** The oldest edges that fit; `more`: whether there are others behind them. `seen`: what each of them is by now. */
  list(
    query: EdgeQuery,
    seen: (edge: StoredAttachment) => StoredAttachment = same,
  ): { edges: readonly StoredAttachment[]; more: boolean } {
    const { parentThreadId, childThreadId, states, after, limit } = query;
    const fits = (edge: StoredAttachment): boolean =>
      states.has(seen(edge).state) &&
      (parentThreadId === null || edge.parentThreadId === parentThreadId) &&
      (childThreadId === null || edge.childThreadId === childThreadId);
    const edges = this.#shortest(parentThreadId, childThreadId).take(after, limit + 1, fits);
    return { edges: edges.slice(0, limit), more: edges.length > limit };
  }

  /** What holds all edges of these threads. */
  #shortest(parentThreadId: string | null, childThreadId: string | null): Sequence {
    const parents = parentThreadId === null ? this.#all : this.#at(parentThreadId);
    const children = childThreadId === null ? this.#all : this.#at(childThreadId);
    return children.size < parents.size ? children : parents;
  }

  #at(threadId: string): Sequence {
    return this.#threads.get(threadId) ?? NONE;
  }

  /** A place for a new edge. */
  #added({ number, attachmentId, parentThreadId, childThreadId }: StoredAttachment): Slot {
    const slot: Slot = { number, edge: null };
    this.#slots.set(number, slot);
    this.#ids.set(attachmentId, slot);
    this.#all.add(slot);
    for (const threadId of [parentThreadId, childThreadId]) {
      const sequence = this.#threads.get(threadId) ?? new Sequence();
      this.#threads.set(threadId, sequence);
      sequence.add(slot);
    }
    return slot;
  }

  /** The edge no longer counts as what it was. */
  #leave(edge: StoredAttachment | null): void {
    if (edge === null) return;
    if (isLive(edge)) this.#live -= 1;
    if (edge.state === 'active') this.#active.delete(edge.childThreadId);
  }
}

/** As the graph has it. */
const same = (edge: StoredAttachment): StoredAttachment => edge;

function isLive({ state }: StoredAttachment): boolean {
  return state !== 'detached';
}
