import type { Logger } from 'pino';
import type { Side } from '../../protocol/attachments.js';
import { STATES_ASKED_MAX, STORE_RETRY_MS, UNKEPT_ENTRIES_MAX } from '../../protocol/limits.js';
import type { Clock } from '../clock.js';
import { severalAtOnce } from '../several.js';
import type { Changes, Decision } from './changes.js';
import type { Graph } from './graph.js';
import { shown } from './store.js';
import type { StoredAttachment } from './store.js';
import type { Audited, Trail } from './trail.js';
import type { ThreadState, ThreadStates, Watch } from './thread-states.js';

export interface LifecycleContext {
  readonly changes: Changes;
  readonly states: ThreadStates;
  readonly clock: Clock;
  readonly log: Logger;
  home(): string;
  graph(): Graph;
  /** An edge has changed. */
  notify(edge: StoredAttachment): void;
  readonly trail: Trail;
}

/** What the runtime has said of a thread, or was found to be so when it was asked. */
interface News {
  readonly threadId: string;
  readonly state: ThreadState;
  readonly asked: boolean;
}

/**
 * What becomes of edges when something becomes of their threads. It has happened, so the graph knows it at once, and
 * is written down as soon as the disk takes it.
 */
export class Lifecycle {
  readonly #context: LifecycleContext;
  /** The latest of each thread that has not been taken in. */
  readonly #news = new Map<string, News>();
  /** Edges whose state has not been written down, by number, and the entries of the audit trail for it. */
  readonly #unkept = new Map<number, Audited[]>();
  #running = false;
  #isRetrySet = false;
  #isOver = false;

  constructor(context: LifecycleContext) {
    this.#context = context;
  }

  /** Threads that no edge is at, or about to be, are none of its business. */
  threadIs(threadId: string, state: ThreadState): void {
    const { states } = this.#context;
    states.said(threadId, state);
    if (
      this.#context.graph().at(threadId).length > 0 ||
      states.isWatched(threadId) ||
      this.#news.has(threadId)
    )
      this.#take({ threadId, state, asked: false });
  }

  /**
   * Resolves when all threads that edges are at have been asked for, and what has become of them is known. It is taken
   * in all together, what ends edges first: else an edge would be active for a moment in between, or one that is gone
   * by now would stand in the way of another.
   */
  async reconcile(): Promise<void> {
    const { changes, states } = this.#context;
    const watches: Watch[] = [];
    await severalAtOnce(STATES_ASKED_MAX, [...this.#context.graph().threads()], async (threadId) => {
      const watch = states.watch([threadId]);
      watches.push(watch);
      await this.#looked(watch);
    });
    const known = watches.flatMap((watch) => {
      watch.close();
      const [threadId = ''] = watch.threadIds;
      const state = watch.known(threadId);
      return state === null ? [] : [{ threadId, state, asked: true }];
    });
    for (const state of ['missing', 'archived', 'open'] as const)
      for (const news of known) if (news.state === state) this.#take(news);
    await changes.settled();
  }

  async #looked(watch: Watch): Promise<void> {
    try {
      await watch.ready;
    } catch (error) {
      // It stays as it was: whoever wants to send to it is told more.
      this.#context.log.debug(
        { error, threadIds: watch.threadIds },
        'the runtime did not say what has become of a thread',
      );
    }
  }

  #take(news: News): void {
    this.#news.set(news.threadId, news);
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#news.size > 0 || this.#unkept.size > 0)
        await this.#context.changes.runAlways(() => this.decide());
    } catch (error) {
      this.#context.log.error({ error }, 'what became of an attachment could not be written down');
      this.#retry();
    } finally {
      this.#running = false;
    }
  }

  #retry(): void {
    if (this.#isRetrySet || this.#isOver) return;
    this.#isRetrySet = true;
    this.#context.clock.after(STORE_RETRY_MS, () => {
      this.#isRetrySet = false;
      void this.#run();
    });
  }

  /**
   * All that is new, and what could not be written down before. Only where a change is decided on: whoever decides by
   * what a thread has become does so when its edges have, and keeps that too.
   */
  decide(): Decision<void> {
    const graph = this.#context.graph();
    const all = [...this.#news.values()];
    this.#news.clear();
    for (const news of all) this.#apply(graph, news);
    const unkept = [...this.#unkept];
    const forgotten = graph.surplus(0);
    return {
      change: {
        attachments: unkept.flatMap(([number]) => graph.numbered(number) ?? []),
        audit: unkept.flatMap(([, entries]) => entries),
        forgotten,
      },
      kept: () => {
        for (const [number] of unkept) this.#unkept.delete(number);
        for (const number of forgotten) graph.forget(number);
      },
    };
  }

  /** The edge as it is after what was said and has not been taken in: what no longer routes does not from then on. */
  seen(edge: StoredAttachment): StoredAttachment {
    if (edge.state !== 'active' || this.#news.size === 0) return edge;
    const graph = this.#context.graph();
    const news = [edge.parentThreadId, edge.childThreadId].flatMap((id) => this.#news.get(id) ?? []);
    return news.reduce((seen, one) => this.#next(graph, seen, one), edge);
  }

  /** Writes down what has not been, if the disk takes it now; there is no other time. */
  async close(): Promise<void> {
    this.#isOver = true;
    if (this.#news.size === 0 && this.#unkept.size === 0) return;
    try {
      await this.#context.changes.runAlways(() => this.decide());
    } catch (error) {
      this.#context.log.error({ error }, 'what became of an attachment could not be written down');
    }
  }

  #apply(graph: Graph, news: News): void {
    const at = new Date(this.#context.clock.now()).toISOString();
    for (const edge of graph.at(news.threadId)) {
      const next = this.#next(graph, edge, news);
      if (next === edge) continue;
      // That one side more is archived is nothing that clients can see.
      const shows = next.state !== edge.state;
      const changed = shows ? { ...next, updatedAt: at } : next;
      graph.put(changed);
      if (shows) this.#context.notify(changed);
      const known = this.#unkept.get(edge.number) ?? [];
      this.#unkept.set(
        edge.number,
        shows ? [...known, this.#audited(changed)].slice(-UNKEPT_ENTRIES_MAX) : known,
      );
    }
  }

  #next(graph: Graph, edge: StoredAttachment, { threadId, state, asked }: News): StoredAttachment {
    // Another runtime's threads are not there, and yet not deleted.
    if (state === 'missing')
      return asked && edge.home !== this.#context.home() ? edge : { ...edge, state: 'detached' };
    const side: Side = edge.parentThreadId === threadId ? 'parent' : 'child';
    const known = edge.archived.includes(side);
    if (state === 'archived')
      return known ? edge : { ...edge, state: 'archived', archived: [...edge.archived, side] };
    if (!known) return edge;
    const archived = edge.archived.filter((one) => one !== side);
    const fits = archived.length === 0 && graph.refusal(edge.parentThreadId, edge.childThreadId) === null;
    return { ...edge, archived, state: fits ? 'active' : 'archived' };
  }

  #audited(edge: StoredAttachment): Audited {
    const { parentThreadId, childThreadId, updatedAt: at } = edge;
    const about = { at, parentThreadId, childThreadId, by: null };
    return this.#context.trail.audited({ ...about, kind: 'stateChanged', attachment: shown(edge) });
  }
}
