import type { Logs } from './logs.js';
import type { Thread } from './thread.js';

export interface GraceContext {
  readonly logs: Logs;
  /** How long a thread that nobody watches, in which nothing runs, stays loaded. */
  readonly graceMs: number;
  /** Whether it is not clear yet whose it is. */
  isUnclaimed(thread: Thread): boolean;
  /** Whether somebody is about to come to it. */
  isBeingOpened(thread: Thread): boolean;
  /** Its time is over. */
  unload(thread: Thread): void;
  /** Runs something so much later; returns what calls it off. */
  after(ms: number, run: () => void): () => void;
}

/**
 * When a thread may be let go of: the one place that says in which threads nothing goes on. Their logs may be evicted
 * at once, and they are unloaded when that has lasted.
 */
export class Grace {
  readonly #context: GraceContext;

  constructor(context: GraceContext) {
    this.#context = context;
  }

  /** Whether something goes on in it. */
  busy(thread: Thread): boolean {
    const { subscribers, openRequests, joining, log } = thread;
    if (subscribers.size > 0 || openRequests.size > 0 || joining > 0) return true;
    return log?.fold.running === true || log?.fold.mayRunUnseen === true || this.#context.isUnclaimed(thread);
  }

  /** Something in the thread has changed. */
  settle(thread: Thread): void {
    if (!thread.loaded || this.busy(thread)) this.forget(thread);
    else if (thread.callOffUnload === null) {
      this.#context.logs.idle(thread);
      thread.callOffUnload = this.#context.after(this.#context.graceMs, () => this.#isOver(thread));
    }
  }

  /** It is neither to be unloaded nor evicted. */
  forget(thread: Thread): void {
    if (thread.callOffUnload === null) return;
    thread.callOffUnload();
    thread.callOffUnload = null;
    this.#context.logs.busy(thread);
  }

  #isOver(thread: Thread): void {
    this.forget(thread);
    if (this.#context.isBeingOpened(thread)) this.settle(thread);
    else this.#context.unload(thread);
  }
}
