import {
  SUBSCRIPTIONS_PER_CONNECTION_MAX,
  THREADS_MAX,
  UNCLAIMED_EVENTS_MAX,
  UNCLAIMED_MS_MAX,
} from '../../protocol/limits.js';
import type { Connection } from '../connection/connection.js';
import { NOT_LOADED } from './fold.js';
import { Grace } from './grace.js';
import type { Cursor, Log } from './log.js';
import type { Logs } from './logs.js';
import { Openings } from './openings.js';
import type { Opened, Opening, Unclaimed } from './openings.js';
import type { Position } from '../../protocol/schemas.js';
import { Thread } from './thread.js';

/** Why a connection is told of a log that it did not ask for. */
export const SUBSCRIBED_UNASKED = 'subscribed';

export interface ThreadsContext {
  readonly logs: Logs;
  /** How long a thread that nobody watches, in which nothing runs, stays loaded. */
  readonly graceMs: number;
  /** A log may have to be trimmed at the end of the turn of work. */
  touched(log: Log): void;
  /** The connections initialized now. */
  present(): Iterable<Connection>;
  /** A connection was subscribed; by a request of its own, or unasked. */
  subscribed(connection: Connection, thread: Thread, resumed: boolean): void;
  /** All who get a thread unasked are subscribed to it now. */
  everybodyIsThere(thread: Thread): void;
  /** The runtime lets go of a thread; its log is still there. */
  gone(thread: Thread): void;
  /** Asks the runtime to let go of a thread. */
  unload(threadId: string): void;
  /** Runs something so much later; returns what calls it off. */
  after(ms: number, run: () => void): () => void;
}

/** The threads the broker knows, who is subscribed to them, and who gets one that appears by itself. */
export class Threads {
  readonly #threads = new Map<string, Thread>();
  readonly openings = new Openings();
  readonly #unclaimed = new Map<Thread, Unclaimed>();
  readonly #context: ThreadsContext;
  readonly #grace: Grace;

  constructor(context: ThreadsContext) {
    this.#context = context;
    this.#grace = new Grace({
      ...context,
      after: (ms, run) => context.after(ms, run),
      isUnclaimed: (thread) => this.#unclaimed.has(thread),
      isBeingOpened: (thread) => this.openings.mayBe(thread.id),
      unload: (thread) => {
        this.gone(thread);
        context.unload(thread.id);
      },
    });
  }

  all(): Iterable<Thread> {
    return this.#threads.values();
  }

  /** The thread, where it is known and loaded. */
  loaded(id: string): Thread | null {
    const thread = this.#threads.get(id);
    return thread?.loaded === true ? thread : null;
  }

  /** The thread, where the runtime has it loaded too. */
  awake(id: string): Thread | null {
    const thread = this.loaded(id);
    return thread?.asleep === true ? null : thread;
  }

  /** Whether the connection may be subscribed to that thread too (null: to a new one), those it has asked for included. */
  mayOpen(connection: Connection, threadId: string | null): boolean {
    const thread = this.#threads.get(threadId ?? '');
    if (thread?.subscribers.has(connection) === true) return true;
    const asked = this.openings.besides(connection, threadId);
    return connection.threads.size + asked < SUBSCRIPTIONS_PER_CONNECTION_MAX;
  }

  /**
   * The opening is answered, with the thread's id or in vain (null). Subscribing is one step with queueing the answer:
   * the caller has just done that, and nothing may come in between.
   */
  opened(opening: Opening, threadId: string | null): Opened | null {
    this.openings.delete(opening);
    const thread = threadId === null ? null : this.#known(threadId);
    const opened = thread === null ? null : this.#openedBy(opening, thread);
    for (const [other, unclaimed] of this.#unclaimed) {
      if (unclaimed.openings.delete(opening) && unclaimed.openings.size === 0) this.#adopt(other, unclaimed);
    }
    return opened;
  }

  /** Whether the opening, answered now, subscribes a connection that is not subscribed yet. */
  isNewTo({ connection }: Opening, threadId: string): boolean {
    const thread = this.#known(threadId);
    return connection !== null && !thread.subscribers.has(connection) && connection.hasRoomFor(thread);
  }

  /** Where the subscription of the next opening of this thread that is answered begins. */
  positionOf(threadId: string): Position {
    const thread = this.#known(threadId);
    const log = this.logOf(thread);
    // What it said before that answer belongs to whoever asked first.
    return this.#unclaimed.has(thread) ? { epoch: log.epoch, seq: 0 } : log.position;
  }

  #openedBy({ connection, does }: Opening, thread: Thread): Opened {
    const { seq } = this.positionOf(thread.id);
    thread.loaded = true;
    thread.asleep = false;
    this.#claimed(thread);
    const known = connection !== null && thread.subscribers.has(connection);
    const subscribed = connection !== null && this.#subscribe(connection, thread, seq) !== null;
    const fresh = subscribed && !known;
    // One that resumes once more is asked once more, as on the real server.
    if (subscribed && (fresh || does === 'resume'))
      this.#context.subscribed(connection, thread, does === 'resume');
    this.settle(thread);
    return { thread, log: this.logOf(thread), fresh };
  }

  /**
   * The thread an event or request is about. One that nobody asked for is given to all who are present; not so the
   * last words of one that is gone.
   */
  speaking(threadId: string): Thread {
    const known = this.#threads.get(threadId);
    if (known?.loaded === true) return known;
    const openings = this.openings.of(threadId, known === undefined);
    if (known !== undefined && openings.size === 0) return known;
    const thread = this.#known(threadId);
    thread.loaded = true;
    const unclaimed = { openings, present: known === undefined ? [...this.#context.present()] : [] };
    this.#unclaimed.set(thread, unclaimed);
    this.logOf(thread).held = true;
    if (openings.size === 0) this.#adopt(thread, unclaimed);
    else this.#context.after(UNCLAIMED_MS_MAX, () => this.#adopt(thread, unclaimed));
    return thread;
  }

  /**
   * Its status has changed. One that the runtime has let go of, and takes up again by itself (a sub-agent), is for all
   * who are present, as one that it starts.
   */
  statusChanged(threadId: string, status: string | null): void {
    const thread = this.#threads.get(threadId);
    if (thread === undefined || this.#unclaimed.has(thread)) return;
    const isAsked = this.openings.loads(threadId);
    const wakes = thread.asleep && status !== NOT_LOADED && !isAsked;
    thread.asleep = status === NOT_LOADED && !isAsked;
    if (!wakes) return;
    thread.loaded = true;
    this.#subscribeAll(this.#context.present(), thread, this.logOf(thread).seq);
  }

  /** The thread has said something. One that is nobody's yet does not say too much unheard. */
  spoke(thread: Thread): void {
    if (this.#unclaimed.size === 0) return;
    const unclaimed = this.#unclaimed.get(thread);
    const log = this.logOf(thread);
    if (unclaimed !== undefined && (log.full || log.seq >= UNCLAIMED_EVENTS_MAX))
      this.#adopt(thread, unclaimed);
  }

  /** The log of a thread; a new one where it has none. */
  logOf(thread: Thread): Log {
    if (thread.log !== null) return thread.log;
    thread.log = this.#context.logs.create(thread.id);
    if (thread.callOffUnload !== null) this.#context.logs.idle(thread);
    return thread.log;
  }

  /**
   * Subscribes a connection, or moves its subscription: it gets what comes after the entry `after`. False where it may
   * have no more.
   */
  join(connection: Connection, thread: Thread, after: number): boolean {
    thread.subscribers.get(connection)?.drop();
    thread.subscribers.delete(connection);
    const joined = this.#subscribe(connection, thread, after) !== null;
    this.settle(thread);
    return joined;
  }

  #subscribe(connection: Connection, thread: Thread, after: number): Cursor | null {
    const known = thread.subscribers.get(connection);
    if (known !== undefined) return known;
    if (!connection.hasRoomFor(thread)) return null;
    const cursor = connection.outbox.follow(this.logOf(thread), after);
    thread.subscribers.set(connection, cursor);
    connection.subscribed(thread);
    return cursor;
  }

  /** Ends a subscription; what has been said until now is still given. */
  unsubscribe(connection: Connection, thread: Thread): void {
    thread.subscribers.get(connection)?.end();
    thread.subscribers.delete(connection);
    connection.unsubscribed(thread);
    this.settle(thread);
  }

  /** The runtime has let go of the thread. It stays known, so that its last words do not look like a new one's. */
  gone(thread: Thread): void {
    // One that is nobody's yet is everyone's before it goes.
    const unclaimed = this.#unclaimed.get(thread);
    if (unclaimed !== undefined) this.#adopt(thread, unclaimed);
    this.#context.gone(thread);
    for (const connection of thread.subscribers.keys()) connection.unsubscribed(thread);
    thread.subscribers.clear();
    thread.toolOwner = null;
    thread.loaded = false;
    this.forgetLog(thread);
    this.settle(thread);
  }

  /** The runtime has begun anew, and the thread's log with it: its subscribers stay, and are told. */
  renewLog(thread: Thread, reason: string): void {
    thread.asleep = false;
    const old = thread.log;
    thread.log = null;
    const log = this.logOf(thread);
    if (old !== null) {
      log.fold.inheritLatest(old.fold);
      this.#context.logs.end(old);
    }
    for (const connection of thread.subscribers.keys()) {
      connection.resetLog(log, 0, reason);
      thread.subscribers.set(connection, connection.outbox.follow(log));
    }
  }

  /** Ends the life of a thread's log: whoever comes back to it gets a snapshot. */
  forgetLog(thread: Thread): void {
    if (thread.log !== null) this.#context.logs.end(thread.log);
    thread.log = null;
    thread.base = null;
  }

  /** Something in the thread has changed: whether it may be let go of, and when. */
  settle(thread: Thread): void {
    this.#grace.settle(thread);
  }

  /** Nobody has claimed the thread: it is everyone's. Nothing happens where somebody has. */
  #adopt(thread: Thread, unclaimed: Unclaimed): void {
    if (this.#unclaimed.get(thread) !== unclaimed) return;
    this.#claimed(thread);
    this.#subscribeAll(unclaimed.present, thread, 0);
  }

  /** Those who did not ask: they are told that they are. */
  #subscribeAll(connections: Iterable<Connection>, thread: Thread, after: number): void {
    const log = this.logOf(thread);
    for (const connection of connections) {
      if (thread.subscribers.has(connection) || !connection.hasRoomFor(thread)) continue;
      connection.resetLog(log, after, SUBSCRIBED_UNASKED);
      if (this.#subscribe(connection, thread, after) !== null)
        this.#context.subscribed(connection, thread, false);
    }
    this.#context.everybodyIsThere(thread);
    this.settle(thread);
  }

  #claimed(thread: Thread): void {
    if (!this.#unclaimed.delete(thread)) return;
    const log = this.logOf(thread);
    log.held = false;
    this.#context.touched(log);
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
      if (this.#grace.busy(thread)) continue;
      this.#grace.forget(thread);
      this.forgetLog(thread);
      this.#threads.delete(thread.id);
      return;
    }
  }
}
