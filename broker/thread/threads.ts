import {
  SUBSCRIPTIONS_PER_CONNECTION_MAX,
  THREADS_MAX,
  UNCLAIMED_EVENTS_MAX,
  UNCLAIMED_MS_MAX,
} from '../../protocol/limits.js';
import type { Connection } from '../connection/connection.js';
import { Thread } from './thread.js';

/** A request in flight whose answer will subscribe the asker: `thread/start`, `thread/resume`, `thread/fork`. */
export interface Opening {
  readonly connection: Connection;
  /** The thread it names; null where only the answer will tell. */
  readonly threadId: string | null;
}

/** Hands on one event to a connection that has just been subscribed. */
type Deliver = (connection: Connection) => void;

/**
 * A thread that spoke before it was clear whose it is: of an opening in flight, or the runtime's own (a
 * sub-agent). Its events wait until its openings are answered.
 */
interface Unclaimed {
  readonly openings: Set<Opening>;
  /** Every connection initialized when it first spoke: the real server subscribes these to a sub-agent. */
  readonly present: readonly Connection[];
  readonly held: Deliver[];
}

export interface ThreadsContext {
  /** The connections initialized now. */
  present(): Iterable<Connection>;
  /** A connection was subscribed, and has had what was held for it; by a request of its own, or unasked. */
  subscribed(connection: Connection, thread: Thread, resumed: boolean): void;
  /** Runs something so much later. */
  after(ms: number, run: () => void): void;
}

/** The threads the broker knows, who is subscribed to them, and who gets one that appears by itself. */
export class Threads {
  readonly #threads = new Map<string, Thread>();
  readonly #openings = new Set<Opening>();
  readonly #unclaimed = new Map<Thread, Unclaimed>();
  readonly #context: ThreadsContext;

  constructor(context: ThreadsContext) {
    this.#context = context;
  }

  all(): Iterable<Thread> {
    return this.#threads.values();
  }

  /** The thread, where it is known and loaded. */
  loaded(id: string): Thread | null {
    const thread = this.#threads.get(id);
    return thread?.loaded === true ? thread : null;
  }

  /** Whether the connection may be subscribed to one more thread, those it has asked for included. */
  mayOpen(connection: Connection): boolean {
    const asked = [...this.#openings].filter((opening) => opening.connection === connection).length;
    return connection.threads.size + asked < SUBSCRIPTIONS_PER_CONNECTION_MAX;
  }

  /** An opening goes to the runtime. */
  open(connection: Connection, threadId: string | null): Opening {
    const opening = { connection, threadId };
    this.#openings.add(opening);
    return opening;
  }

  /**
   * The opening is answered, with the thread's id or in vain (null). Subscribing, and giving what was held, is
   * one step with queueing the answer: the caller has just done that, and nothing may come in between.
   */
  opened(opening: Opening, threadId: string | null): Thread | null {
    this.#openings.delete(opening);
    const thread = threadId === null ? null : this.#known(threadId);
    if (thread !== null) {
      thread.loaded = true;
      const held = this.#unclaimed.get(thread)?.held ?? [];
      this.#unclaimed.delete(thread);
      this.#subscribe(opening.connection, thread, { held, resumed: true });
    }
    for (const [other, unclaimed] of this.#unclaimed) {
      if (unclaimed.openings.delete(opening) && unclaimed.openings.size === 0) this.#adopt(other, unclaimed);
    }
    return thread;
  }

  /** The thread an event or request is about. One that nobody asked for is given to all who are present. */
  speaking(threadId: string): Thread {
    const known = this.#threads.get(threadId);
    if (known !== undefined) return known;
    const thread = this.#known(threadId);
    const openings = new Set(
      [...this.#openings].filter((opening) => opening.threadId === null || opening.threadId === threadId),
    );
    const unclaimed = { openings, present: [...this.#context.present()], held: [] };
    this.#unclaimed.set(thread, unclaimed);
    if (openings.size === 0) this.#adopt(thread, unclaimed);
    else this.#context.after(UNCLAIMED_MS_MAX, () => this.#adopt(thread, unclaimed));
    return thread;
  }

  /** Keeps an event for whoever turns out to own the thread. False: that is known, deliver it now. */
  hold(thread: Thread, deliver: Deliver): boolean {
    const unclaimed = this.#unclaimed.get(thread);
    if (unclaimed === undefined) return false;
    unclaimed.held.push(deliver);
    if (unclaimed.held.length >= UNCLAIMED_EVENTS_MAX) this.#adopt(thread, unclaimed);
    return true;
  }

  unsubscribe(connection: Connection, thread: Thread): void {
    thread.subscribers.delete(connection);
    connection.threads.delete(thread);
  }

  /** The runtime has let go of the thread. It stays known, so that its last words do not look like a new one's. */
  gone(thread: Thread): void {
    for (const connection of thread.subscribers) connection.threads.delete(thread);
    thread.subscribers.clear();
    thread.toolOwner = null;
    thread.loaded = false;
  }

  /** Nobody has claimed the thread: it is everyone's. Nothing happens where somebody has. */
  #adopt(thread: Thread, unclaimed: Unclaimed): void {
    if (this.#unclaimed.get(thread) !== unclaimed) return;
    this.#unclaimed.delete(thread);
    for (const connection of unclaimed.present) {
      this.#subscribe(connection, thread, { held: unclaimed.held, resumed: false });
    }
  }

  #subscribe(
    connection: Connection,
    thread: Thread,
    how: { held: readonly Deliver[]; resumed: boolean },
  ): void {
    if (connection.closed || connection.threads.size >= SUBSCRIPTIONS_PER_CONNECTION_MAX) return;
    thread.subscribers.add(connection);
    connection.threads.add(thread);
    for (const deliver of how.held) deliver(connection);
    this.#context.subscribed(connection, thread, how.resumed);
  }

  #known(id: string): Thread {
    const known = this.#threads.get(id);
    if (known !== undefined) return known;
    if (this.#threads.size >= THREADS_MAX) this.#forgetOne();
    const thread = new Thread(id);
    this.#threads.set(id, thread);
    return thread;
  }

  /** Forgets the oldest thread that nobody watches. */
  #forgetOne(): void {
    for (const thread of this.#threads.values()) {
      if (thread.subscribers.size > 0 || thread.openRequests.size > 0 || this.#unclaimed.has(thread))
        continue;
      this.#threads.delete(thread.id);
      return;
    }
  }
}
