import { serverNotification } from '../protocol/notifications.js';
import type { ServerNotification } from '../protocol/notifications.js';
import type { Connection } from './connection/connection.js';
import type { Streams } from './connection/streams.js';
import type { Envelope } from './framing/envelope.js';
import type { ServerRequests } from './requests/server-requests.js';
import type { Threads } from './thread/threads.js';

/** What the fan-out needs to know of who is there. */
export interface FanoutContext {
  readonly threads: Threads;
  readonly requests: ServerRequests;
  readonly streams: Streams;
  /** The connections initialized now. */
  present(): Iterable<Connection>;
  /** Keeps what a new client is greeted with. */
  greeting(method: string, row: ServerNotification, line: Buffer): void;
}

/**
 * Gives each notification of the runtime to whoever its row says: the line itself, shared by all, in the order in
 * which the runtime wrote them. Never awaits, and encodes nothing for a single client.
 */
export class Fanout {
  readonly #context: FanoutContext;

  constructor(context: FanoutContext) {
    this.#context = context;
  }

  publish(line: Buffer, method: string, envelope: Envelope): void {
    const row = serverNotification(method);
    if (row.greets !== 'no') this.#context.greeting(method, row, line);
    switch (row.scope) {
      case 'connection':
        this.#context.streams.deliver(line, method, row);
        return;
      case 'asker':
        this.#deliver(
          [...this.#context.present()].filter((one) => one.asksFor(method)),
          line,
          method,
          row,
        );
        return;
      case 'lobby':
        this.#deliver(this.#context.present(), line, method, row);
        this.#applyThreadGone(envelope, row);
        return;
      case 'thread':
        if (envelope.threadId === null) this.#deliver(this.#context.present(), line, method, row);
        else this.#publishToThread(envelope.threadId, line, method, row);
    }
  }

  #publishToThread(threadId: string, line: Buffer, method: string, row: ServerNotification): void {
    const { threads, requests } = this.#context;
    const thread = threads.speaking(threadId);
    const frame = row.effect === 'requestResolved' ? requests.resolved(line) : line;
    if (frame === null) return;
    const held = threads.hold(thread, (connection) => this.#deliver([connection], frame, method, row));
    if (!held) this.#deliver(thread.subscribers, frame, method, row);
    this.#applyThreadGone({ threadId }, row);
  }

  #applyThreadGone({ threadId }: Pick<Envelope, 'threadId'>, row: ServerNotification): void {
    if (row.effect !== 'threadGone' || threadId === null) return;
    const thread = this.#context.threads.loaded(threadId);
    if (thread === null) return;
    this.#context.requests.threadGone(thread);
    this.#context.threads.gone(thread);
  }

  #deliver(connections: Iterable<Connection>, frame: Buffer, method: string, row: ServerNotification): void {
    for (const connection of connections) {
      if (connection.wants(method, row)) connection.outbox.push(frame);
    }
  }
}
