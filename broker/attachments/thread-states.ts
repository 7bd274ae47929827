import { isObject } from '../../protocol/messages.js';
import { ownRequests } from '../../protocol/methods.js';
import type { Ask } from '../requests/asking.js';
import { Refusal } from '../requests/refusal.js';

/** What a thread is to the graph: one that can be worked with, an archived one, or none. */
export type ThreadState = 'open' | 'archived' | 'missing';

/** What the runtime says of a thread. */
interface ThreadFacts {
  readonly state: ThreadState;
  /** Its name, else how it begins; null where it has neither. */
  readonly title: string | null;
}

/** How Codex says that it knows no such thread. Nothing else may be taken for it: an edge would be detached for good. */
const NO_SUCH_THREAD = /^(thread not (loaded|found): |no rollout found for thread id |invalid thread id: )/;

/** Where Codex moves the file of a thread that is archived: it says so nowhere else in the answer of `thread/read`. */
const ARCHIVED_PATH = /[\\/]archived_sessions[\\/]/;

/**
 * What the runtime says of threads. An answer may be older than a notification that has come since the question was
 * asked: then the notification counts.
 */
export class ThreadStates {
  readonly #ask: Ask;
  readonly #watches = new Set<Watch>();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Asks for these, and keeps what it is told true until it is closed. */
  watch(threadIds: readonly string[]): Watch {
    const watch = new Watch(threadIds, this.#ask, () => this.#watches.delete(watch));
    this.#watches.add(watch);
    return watch;
  }

  /** Whether somebody is deciding about that thread now. */
  isWatched(threadId: string): boolean {
    return [...this.#watches].some((watch) => watch.threadIds.includes(threadId));
  }

  /** The runtime has said what became of a thread. */
  said(threadId: string, state: ThreadState): void {
    for (const watch of this.#watches) watch.said(threadId, state);
  }
}

/** What some threads are, for as long as somebody decides about them. */
export class Watch {
  readonly threadIds: readonly string[];
  /** Resolves when the runtime has answered. Rejects with a `Refusal` where it could not. */
  readonly ready: Promise<void>;
  readonly close: () => void;
  readonly #said = new Map<string, ThreadState>();
  readonly #answered = new Map<string, ThreadFacts>();

  constructor(threadIds: readonly string[], ask: Ask, close: () => void) {
    this.threadIds = threadIds;
    this.close = close;
    this.ready = this.#askAll(ask);
  }

  async #askAll(ask: Ask): Promise<void> {
    await Promise.all(
      this.threadIds.map(async (id) => {
        this.#answered.set(id, await factsOf(ask, id));
      }),
    );
  }

  said(threadId: string, state: ThreadState): void {
    this.#said.set(threadId, state);
  }

  /** What it is now. Not before `ready`. */
  state(threadId: string): ThreadState {
    return this.#said.get(threadId) ?? this.#answered.get(threadId)?.state ?? 'missing';
  }

  /** What is known of it, where the runtime has answered; else null. */
  known(threadId: string): ThreadState | null {
    return this.#said.get(threadId) ?? this.#answered.get(threadId)?.state ?? null;
  }

  title(threadId: string): string | null {
    return this.#answered.get(threadId)?.title ?? null;
  }
}

async function factsOf(ask: Ask, threadId: string): Promise<ThreadFacts> {
  try {
    const answer = await ask(ownRequests.readThread, { threadId });
    const thread = isObject(answer) && isObject(answer['thread']) ? answer['thread'] : {};
    const { path, name, preview } = thread;
    const isArchived = typeof path === 'string' && ARCHIVED_PATH.test(path);
    const title = [name, preview].find((text) => typeof text === 'string' && text !== '');
    return {
      state: isArchived ? 'archived' : 'open',
      title: typeof title === 'string' ? title : null,
    };
  } catch (error) {
    if (error instanceof Refusal && NO_SUCH_THREAD.test(error.message))
      return { state: 'missing', title: null };
    throw error;
  }
}
