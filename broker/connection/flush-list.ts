import type { Log } from '../thread/log.js';
import type { Outbox } from './outbox.js';

/**
 * The logs and outboxes that got something in the current turn of work. They are worked off once, at its end: frames
 * a write decide what a delivery costs, and one chunk of the runtime brings many events.
 */
export class FlushList {
  readonly #trim: (log: Log) => void;
  #logs = new Set<Log>();
  #outboxes: Outbox[] = [];
  #deferred = false;

  /** `trim` is called for each log when its subscribers have been served. */
  constructor(trim: (log: Log) => void) {
    this.#trim = trim;
  }

  addLog(log: Log): void {
    this.#logs.add(log);
    this.#defer();
  }

  addOutbox(outbox: Outbox): void {
    this.#outboxes.push(outbox);
    this.#defer();
  }

  #defer(): void {
    if (this.#deferred) return;
    this.#deferred = true;
    queueMicrotask(() => this.#run());
  }

  #run(): void {
    const logs = this.#logs;
    this.#logs = new Set();
    for (const log of logs) for (const cursor of log.cursors) cursor.subscriber.wake(cursor);
    const outboxes = this.#outboxes;
    this.#outboxes = [];
    this.#deferred = false;
    for (const outbox of outboxes) outbox.flush();
    for (const log of logs) this.#trim(log);
  }
}
