import { LRUCache } from 'lru-cache';
import { THREADS_MAX } from '../../protocol/limits.js';
import { LOBBY } from '../../protocol/wires.js';
import { Log } from './log.js';
import type { LogBounds, Ordinals } from './log.js';
import type { Thread } from './thread.js';

export interface LogsBounds extends LogBounds {
  /** Bytes that all logs and their folds together hold. */
  readonly memoryBytes: number;
}

/**
 * All logs, and the bound on their bytes together. Over it the logs of threads in which nothing goes on are let go
 * of, least recently used first; when there are none, the log that grew is cut shorter.
 */
export class Logs {
  readonly ordinals: Ordinals = { last: 0 };
  readonly #bounds: LogsBounds;
  /** Unique in the life of this broker and of any other: part of every epoch. */
  readonly #life: string;
  readonly #idle: LRUCache<string, Thread>;
  #lobby: Log;
  #lastEpoch = 0;
  #bytes = 0;
  #size = 0;

  /** `evict` is called when the log of an idle thread has to go. */
  constructor(bounds: LogsBounds, life: string, evict: (thread: Thread) => void) {
    this.#bounds = bounds;
    this.#life = life;
    this.#idle = new LRUCache({
      max: THREADS_MAX,
      dispose: (thread, _, reason) => {
        if (reason === 'evict') evict(thread);
      },
    });
    this.#lobby = this.create(LOBBY);
  }

  get lobby(): Log {
    return this.#lobby;
  }

  /** Bytes that all of them hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that they may hold. */
  get bytesMax(): number {
    return this.#bounds.memoryBytes;
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** A new log: the first of its name, or a new life of it. */
  create(name: string): Log {
    this.#lastEpoch += 1;
    this.#size += 1;
    return new Log(name, `${this.#life}-${this.#lastEpoch}`, this.ordinals, this.#bounds);
  }

  /** The runtime behind the lobby is another one: its log begins anew. Returns the old one, which has ended. */
  renewLobby(): Log {
    const old = this.#lobby;
    this.#lobby = this.create(LOBBY);
    this.end(old);
    return old;
  }

  /** A life of a log is over. It is held for those who are still behind. */
  end(log: Log): void {
    log.ended = () => {
      log.ended = null;
      this.#bytes -= log.counted;
      log.counted = 0;
      this.#size -= 1;
    };
    for (const cursor of log.cursors) cursor.end();
    if (log.cursors.size === 0) log.ended?.();
  }

  /** Nothing goes on in the thread: its log may be evicted. */
  idle(thread: Thread): void {
    this.#idle.set(thread.id, thread);
  }

  /** Something goes on in it again, or it is gone. */
  busy(thread: Thread): void {
    this.#idle.delete(thread.id);
  }

  /** Drops what a log holds over its own bounds and over that of all together, now that all have been served. */
  trim(log: Log): void {
    log.trim();
    this.#count(log);
    while (this.#bytes > this.#bounds.memoryBytes && this.#idle.size > 0) this.#idle.pop();
    if (this.#bytes > this.#bounds.memoryBytes) {
      log.trim(this.#bytes - this.#bounds.memoryBytes);
      this.#count(log);
    }
    for (const cursor of log.cursors) if (cursor.fellOff) cursor.subscriber.fellOff(cursor);
  }

  #count(log: Log): void {
    const bytes = log.bytes + log.fold.bytes;
    this.#bytes += bytes - log.counted;
    log.counted = bytes;
  }
}
