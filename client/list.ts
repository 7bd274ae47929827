import type { Clock, WatchedList } from './api.js';
import type { Calls } from './calls.js';
import { CallError } from './errors.js';
import { statusOf, threadOf } from './fold/thread.js';
import { object, objectOf, objects, text } from './json.js';
import type { Json } from './json.js';
import { LIST_MAX, LIST_PAGE, RELOAD_MS_MIN } from './limits.js';
import { Listeners } from './listeners.js';
import type { Thread } from './runtime-types.js';
import type { ThreadListState, Unsubscribe } from './types.js';

export interface ListContext {
  readonly calls: Calls;
  readonly clock: Clock;
  /** Nobody needs it any more. */
  closed(list: ThreadList): void;
}

export interface ListQuery {
  readonly searchTerm?: string;
  readonly archived?: boolean;
}

/** A list of threads, the most recent first. What changes in one is told; where the list itself changes it is asked for anew. */
export class ThreadList implements WatchedList {
  readonly #context: ListContext;
  readonly #query: ListQuery;
  readonly #listeners = new Listeners();
  /** In the order of the list. */
  #threads = new Map<string, Thread>();
  #phase: ThreadListState['phase'] = 'loading';
  #cursor: string | null = null;
  #state: ThreadListState | null = null;
  #loading: Promise<boolean> | null = null;
  #reloading = false;
  /** It is to be asked for once more, whatever comes. */
  #reloadAgain = false;
  /** What has changed since it was asked for, which may be older; null: it is there no more. */
  readonly #touched = new Map<string, Thread | null>();
  /** It was asked for in vain. */
  #isStale = false;
  /** How often its first page was replaced. */
  #times = 0;
  #resting: (() => void) | null = null;
  /** It has changed since, and is to be asked for anew when that is over. */
  #isDue = false;
  #closed = false;

  constructor(query: ListQuery, context: ListContext) {
    this.#query = query;
    this.#context = context;
  }

  get state(): ThreadListState {
    const more = this.#cursor === null ? 'none' : 'some';
    this.#state ??= {
      phase: this.#phase,
      threads: [...this.#threads.values()],
      more: this.#loading === null ? more : 'loading',
    };
    return this.#state;
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#closed ? () => {} : this.#listeners.add(listener);
  }

  async loadMore(): Promise<boolean> {
    if (this.#loading === null && (this.#cursor === null || this.#threads.size >= LIST_MAX)) return false;
    this.#loading ??= this.#more().finally(() => {
      this.#loading = null;
      this.#changed();
    });
    this.#changed();
    return await this.#loading;
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
    this.#resting?.();
    this.#context.closed(this);
  }

  /** The connection is there. `whole`: all that everyone was told meanwhile follows. */
  connected(whole: boolean): void {
    if (this.#phase === 'catchingUp' && whole && !this.#isStale) this.#enter('live');
    else void this.reload();
  }

  lost(): void {
    if (this.#phase === 'live') this.#enter('catchingUp');
  }

  /** What everyone is told. */
  apply(method: string, params: Json): void {
    const id = text(params, 'threadId') ?? text(object(params, 'thread'), 'id');
    const known = id === null ? undefined : this.#threads.get(id);
    if (method === 'thread/started' || method === 'thread/unarchived') this.#reloadSoon();
    else if (method === 'thread/archived' || method === 'thread/deleted') this.#without(method, id ?? '');
    else if (method === 'thread/status/changed') this.#status(known, params);
    else if (method === 'thread/name/updated' && known !== undefined)
      this.#put({ ...known, name: text(params, 'threadName') });
  }

  /** Asks for the first page anew. What was loaded behind it stays where it joins up with it. */
  async reload(): Promise<void> {
    this.#reloadAgain = this.#reloading;
    if (this.#reloading || this.#closed) return;
    this.#reloading = true;
    try {
      do {
        this.#reloadAgain = false;
        this.#touched.clear();
        // oxlint-disable-next-line no-await-in-loop -- once more, for it was asked to
        const page = await this.#page(null);
        this.#isStale = false;
        this.#replace(page);
      } while (this.#reloadAgain && !this.#closed);
    } catch (error) {
      // Cut, it is asked for again when there is a connection; refused, in a while or when something changes.
      this.#isStale = true;
      if (this.#phase !== 'loading') this.#enter('catchingUp');
      this.#isDue = error instanceof CallError && error.again;
      if (this.#isDue) this.#rest();
    } finally {
      this.#reloading = false;
    }
  }

  #status(known: Thread | undefined, params: Json): void {
    const { status } = statusOf(object(params, 'status'));
    if (status === undefined) return;
    if (known === undefined) {
      // One from further down, perhaps: what works is among the first.
      if (status.type === 'active' && this.#query.archived !== true) this.#reloadSoon();
      return;
    }
    const wasActive = known.status.type === 'active';
    const isActive = status.type === 'active';
    if (isActive && !wasActive) this.#threads = new Map([[known.id, known], ...this.#threads]);
    this.#put({ ...known, status });
    // When it was last updated, and how it begins, is told nowhere else.
    if (isActive !== wasActive) this.#reloadSoon();
  }

  #without(method: string, id: string): void {
    if (method === 'thread/archived' && this.#query.archived === true) this.#reloadSoon();
    else if (this.#threads.delete(id)) this.#changed();
    this.#touch(id, null);
  }

  #put(thread: Thread): void {
    this.#threads.set(thread.id, thread);
    this.#touch(thread.id, thread);
    this.#changed();
  }

  #touch(id: string, now: Thread | null): void {
    if (!this.#reloading) return;
    if (this.#touched.size < LIST_MAX) this.#touched.set(id, now);
    else this.#reloadAgain = true;
  }

  /** At once, and then not again for a while. */
  #reloadSoon(): void {
    this.#isDue = this.#resting !== null;
    if (this.#isDue) return;
    this.#rest();
    void this.reload();
  }

  #rest(): void {
    this.#resting ??= this.#context.clock.after(RELOAD_MS_MIN, () => {
      this.#resting = null;
      if (this.#isDue && !this.#closed) this.#reloadSoon();
    });
  }

  async #page(cursor: string | null): Promise<Json> {
    const { searchTerm, archived } = this.#query;
    const params = {
      limit: LIST_PAGE,
      sortKey: 'recency_at',
      ...(cursor !== null && { cursor }),
      ...(searchTerm !== undefined && searchTerm !== '' && { searchTerm }),
      ...(archived !== undefined && { archived }),
    };
    return objectOf(await this.#context.calls.promised('thread/list', params, false));
  }

  async #more(): Promise<boolean> {
    const [cursor, times] = [this.#cursor, this.#times];
    const page = await this.#page(cursor);
    if (times !== this.#times) return this.#cursor !== null;
    const before = this.#threads.size;
    for (const thread of threadsOf(page))
      if (!this.#threads.has(thread.id)) this.#threads.set(thread.id, thread);
    const next = text(page, 'nextCursor');
    this.#cursor = next === cursor ? null : next;
    return this.#threads.size > before;
  }

  #replace(page: Json): void {
    const listed = threadsOf(page);
    const first = listed.flatMap((thread) => this.#asTold(thread));
    const stay = this.#behind(new Set(listed.map(({ id }) => id)), listed.at(-1)?.id);
    this.#threads = new Map([...first, ...stay].map((thread) => [thread.id, thread]));
    if (stay.length === 0) {
      this.#times += 1;
      this.#cursor = text(page, 'nextCursor');
    }
    this.#enter('live');
  }

  /** What was told while the page was on its way counts for more. */
  #asTold(thread: Thread): readonly Thread[] {
    const touched = this.#touched.get(thread.id);
    if (touched === null) return [];
    return [touched === undefined ? thread : { ...thread, name: touched.name, status: touched.status }];
  }

  /** What stays behind the first page: where nothing can be missing between it and the last of the page. */
  #behind(listed: ReadonlySet<string>, last: string | undefined): readonly Thread[] {
    const held = [...this.#threads.values()];
    const joinsUp = held.findIndex(({ id }) => id === last);
    const isWhole = held.slice(0, joinsUp + 1).every(({ id }) => listed.has(id));
    const stay = held.slice(joinsUp + 1).filter(({ id }) => !listed.has(id));
    return joinsUp !== -1 && isWhole && listed.size + stay.length <= LIST_MAX ? stay : [];
  }

  #enter(phase: ThreadListState['phase']): void {
    this.#phase = phase;
    this.#changed();
  }

  #changed(): void {
    this.#state = null;
    this.#listeners.changed();
  }
}

function threadsOf(page: Json): Thread[] {
  return objects(page, 'data').flatMap((thread) => {
    const id = text(thread, 'id');
    return id === null ? [] : [threadOf(id, thread)];
  });
}
