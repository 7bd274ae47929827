import type { Clock } from './clock.js';
import { History } from './history.js';
import type { Ids } from './ids.js';
import type { Log } from './errors.js';
import { HISTORY_FILE_BYTES_MAX } from './limits.js';
import type { Output } from './output.js';
import { OpenRequests } from './requests.js';
import type { Store } from './store.js';
import { isMaterialized, isThreadMeta, type Thread, type ThreadMeta, threadView } from './thread.js';

export interface DemoOptions {
  /** Text of each delta of a streamed scene; null: a word each. */
  readonly deltaBytes: number | null;
  /** Every turn streams this many deltas; null: what the user typed chooses the scene. */
  readonly turnEvents: number | null;
  readonly log: Log;
}

/** The client, once it has initialized. There is one: the other end of stdin and stdout. */
export interface Client {
  readonly name: string;
  readonly optOut: ReadonlySet<string>;
}

/** Where everything is kept that outlives one request: threads, open requests, the way to the client. */
export class Demo {
  readonly threads = new Map<string, Thread>();
  readonly requests = new OpenRequests();
  client: Client | null = null;

  constructor(
    readonly ids: Ids,
    readonly clock: Clock,
    readonly output: Output,
    readonly store: Store,
    readonly options: DemoOptions,
  ) {
    for (const meta of store.metas()) {
      if (isThreadMeta(meta)) this.add(meta, { type: 'notLoaded' });
      else options.log('skipped a file that is no thread of this version');
    }
  }

  add(meta: ThreadMeta, status: Thread['status']): Thread {
    const subscribed = status.type !== 'notLoaded';
    const memory = { history: null, fileBytes: 0, turn: null, accepted: new Set<string>() };
    const thread: Thread = { meta, status, subscribed, ...memory };
    this.threads.set(meta.id, thread);
    return thread;
  }

  log(line: string): void {
    this.options.log(line);
  }

  get runningTurns(): number {
    return [...this.threads.values()].filter(({ turn }) => turn !== null).length;
  }

  /** Tells the client, whatever it is subscribed to. */
  notify(method: string, params: object): void {
    if (this.client === null || this.client.optOut.has(method)) return;
    this.output.line(JSON.stringify({ method, params, emittedAtMs: this.clock.nowMs() }));
  }

  /** Tells the client if it is subscribed to the thread. */
  tell(thread: Thread, method: string, params: object): void {
    if (thread.subscribed) this.notify(method, params);
  }

  setStatus(thread: Thread, status: Thread['status']): void {
    thread.status = status;
    this.notify('thread/status/changed', { threadId: thread.meta.id, status });
  }

  /** The history of a thread, read from disk when it is first needed. */
  history(thread: Thread): History {
    if (thread.history !== null) return thread.history;
    const { id, ephemeral } = thread.meta;
    const text = ephemeral ? '' : this.store.readHistory(id);
    thread.fileBytes = text.length;
    thread.history = History.read(text, (why) => this.log(`skipped a line of the history of ${id}: ${why}`));
    return thread.history;
  }

  /** Writes a line of a thread's history down; an ephemeral thread lives in memory only. */
  record(thread: Thread, line: string): void {
    const { id, ephemeral } = thread.meta;
    if (ephemeral) return;
    this.store.appendHistory(id, line);
    thread.fileBytes += line.length;
    if (thread.fileBytes <= HISTORY_FILE_BYTES_MAX) return;
    const history = this.history(thread);
    this.store.replaceHistory(id, history.lines());
    thread.fileBytes = history.bytes;
  }

  /** The client has gone: nothing more is said, and what runs counts as interrupted. */
  stop(): void {
    this.client = null;
    for (const { turn } of this.threads.values()) turn?.end('interrupted');
  }

  /** A thread comes to disk with its first message. */
  save(thread: Thread): void {
    const { meta } = thread;
    if (!meta.ephemeral && isMaterialized(thread)) this.store.saveMeta(meta.id, meta);
  }

  view(thread: Thread, turns: readonly object[] = [], listed = false): object {
    return threadView(thread, this.store.historyPath(thread.meta.id), turns, listed);
  }
}
