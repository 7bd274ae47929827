import { plainThreadId } from '../protocol/messages.js';
import { objectOf, text } from './json.js';
import type { Json } from './json.js';
import { FollowedThread } from './thread.js';
import type { ThreadContext } from './thread.js';
import { ThreadWatcher } from './watched-thread.js';

interface Watched {
  readonly followed: FollowedThread;
  watchers: number;
}

/** The threads that are watched. */
export class Threads {
  readonly #context: ThreadContext;
  readonly #watched = new Map<string, Watched>();
  #connected = false;
  #closed = false;

  constructor(context: ThreadContext) {
    this.#context = context;
  }

  /** Whether each is as the broker has it, or is not to be had. */
  get settled(): boolean {
    for (const { followed } of this.#watched.values())
      if (followed.phase !== 'live' && followed.phase !== 'gone') return false;
    return true;
  }

  get(id: string): FollowedThread | undefined {
    return this.#watched.get(id)?.followed;
  }

  *[Symbol.iterator](): Iterator<FollowedThread> {
    for (const { followed } of this.#watched.values()) yield followed;
  }

  watch(id: string): ThreadWatcher {
    const threadId = plainThreadId(id);
    const isNew = !this.#watched.has(threadId);
    const watcher = this.#watcher(threadId);
    if (isNew && this.#connected) this.get(threadId)?.join();
    this.#context.phaseChanged();
    return watcher;
  }

  /** A thread that was started: its first event is on its way already. Null: the answer is none. */
  started(result: unknown): ThreadWatcher | null {
    const told = objectOf(result);
    const id = text(objectOf(told['thread']), 'id');
    if (id === null) return null;
    const isNew = !this.#watched.has(id);
    const watcher = this.#watcher(id);
    if (isNew && this.get(id)?.startsWith(told) === false) this.get(id)?.join();
    return watcher;
  }

  connected(): void {
    this.#connected = true;
    for (const followed of this) followed.join();
  }

  lost(): void {
    this.#connected = false;
    for (const followed of this) followed.lost();
  }

  close(): void {
    this.#closed = true;
    for (const followed of this) followed.close(() => {});
    this.#watched.clear();
  }

  /** What everyone is told, and is about one thread. */
  ofLobby(method: string, params: Json): void {
    const followed = this.get(text(params, 'threadId') ?? '');
    if (followed === undefined) return;
    if (method === 'thread/archived') followed.gone('threadArchived', 'The thread is archived');
    else if (method === 'thread/deleted') followed.gone('threadNotFound', 'The thread is deleted');
    else if (method === 'thread/closed') followed.unloaded();
    else if (method === 'thread/unarchived' || method === 'thread/reverted') followed.refetch();
    else followed.apply(method, params);
  }

  #watcher(threadId: string): ThreadWatcher {
    const watched = this.#watched.get(threadId) ?? {
      followed: new FollowedThread(threadId, this.#context),
      watchers: 0,
    };
    if (this.#closed) watched.followed.close(() => {});
    else this.#watched.set(threadId, watched);
    watched.watchers += 1;
    return new ThreadWatcher(watched.followed, this.#context, () => {
      watched.watchers -= 1;
      if (watched.watchers === 0) this.#leave(watched.followed);
    });
  }

  #leave(followed: FollowedThread): void {
    if (this.#watched.get(followed.threadId)?.followed !== followed) return;
    const { threadId } = followed;
    this.#watched.delete(threadId);
    followed.close(() => {
      // One who has begun to watch it meanwhile needs the same subscription.
      if (!this.#watched.has(threadId))
        this.#context.calls.make('thread/unsubscribe', { threadId }, ignored, false);
    });
    this.#context.phaseChanged();
  }
}

/** Whether it worked changes nothing here: what comes for a thread that nobody watches is dropped. */
const ignored = { answered(): void {}, failed(): void {} };
