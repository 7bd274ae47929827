import { isObject } from '../protocol/messages.js';
import { serverNotification } from '../protocol/notifications.js';
import type { NotificationScope, ServerNotification } from '../protocol/notifications.js';
import type { AttachmentParts } from './attachments/parts.js';
import type { Connection } from './connection/connection.js';
import type { FlushList } from './connection/flush-list.js';
import type { Streams } from './connection/streams.js';
import type { Envelope } from './framing/envelope.js';
import { parseObject } from './framing/json-bytes.js';
import type { ServerRequests } from './requests/server-requests.js';
import type { Counters } from './ops/counters.js';
import type { Entry, NewEntry } from './thread/log.js';
import type { Logs } from './thread/logs.js';
import { statusOf } from './thread/named.js';
import type { Thread } from './thread/thread.js';
import type { Threads } from './thread/threads.js';

/** What the fan-out needs to know of who is there. */
export interface FanoutContext {
  readonly counters: Counters;
  readonly logs: Logs;
  readonly flushes: FlushList;
  readonly threads: Threads;
  readonly requests: ServerRequests;
  readonly streams: Streams;
  /** Messages between threads, which end with their turns, and edges, which live as long as their threads. */
  readonly attachments: AttachmentParts;
  /** The connections initialized now. */
  present(): Iterable<Connection>;
  /** Keeps what a new client is greeted with. */
  greeting(method: string, row: ServerNotification, line: Buffer): void;
}

/**
 * Gives each notification of the runtime to whoever its row says: one entry in one log, from where every subscriber
 * takes it at the end of the turn of work. Never awaits, and does nothing for a single client.
 */
export class Fanout {
  readonly #context: FanoutContext;

  constructor(context: FanoutContext) {
    this.#context = context;
  }

  publish(line: Buffer, method: string, envelope: Envelope): void {
    const row = serverNotification(method);
    if (row.greets !== 'no') this.#context.greeting(method, row, line);
    switch (scopeOf(row, line)) {
      case 'connection':
        this.#context.streams.deliver(line, method, row);
        return;
      case 'asker':
        for (const connection of this.#context.present()) {
          if (connection.asksFor(method) && connection.wants(method, row)) connection.push(line);
        }
        return;
      case 'lobby':
        this.#publishToLobby(line, method, row, envelope);
        return;
      case 'thread':
        if (envelope.threadId === null) this.#say(null, line, method, row);
        else this.#publishToThread(envelope.threadId, line, method, row, envelope);
    }
  }

  /** One entry more in the log of a thread, or in the lobby. */
  append(thread: Thread | null, entry: NewEntry): Entry {
    const log = thread === null ? this.#context.logs.lobby : this.#context.threads.logOf(thread);
    this.#context.flushes.addLog(log);
    this.#context.counters.entries += 1;
    return log.append(entry);
  }

  #publishToLobby(line: Buffer, method: string, row: ServerNotification, envelope: Envelope): void {
    this.append(null, { method, row, line });
    const { threadId, params } = envelope;
    if (threadId === null) return;
    if (row.effect === 'statusChanged' && params !== null)
      this.#context.threads.statusChanged(threadId, statusOf(line, params));
    if (row.life !== 'none') this.#context.attachments.threadLives(threadId, row.life);
    const thread = this.#context.threads.loaded(threadId);
    if (thread === null) return;
    thread.log?.fold.apply(row, method, line, envelope);
    if (row.fold !== 'none') this.#context.threads.settle(thread);
    this.#applyThreadGone(thread, row);
  }

  #publishToThread(
    threadId: string,
    line: Buffer,
    method: string,
    row: ServerNotification,
    envelope: Envelope,
  ): void {
    const { threads } = this.#context;
    const thread = threads.speaking(threadId);
    // The last words of a thread that is gone: nobody is subscribed to it.
    if (!thread.loaded) return;
    this.#say(thread, line, method, row);
    if (row.fold === 'turnCompleted') this.#context.attachments.turnEnds(thread, line);
    thread.log?.fold.apply(row, method, line, envelope);
    if (row.fold === 'turnCompleted' && thread.log?.fold.running !== true)
      this.#context.requests.turnsEnded(thread);
    if (row.fold === 'turnStarted' || row.fold === 'turnCompleted') threads.settle(thread);
    threads.spoke(thread);
    this.#applyThreadGone(thread, row);
  }

  /** Appends what the runtime has said; the ids of its requests are told in those of clients. */
  #say(thread: Thread | null, line: Buffer, method: string, row: ServerNotification): void {
    if (row.effect !== 'requestResolved') this.append(thread, { method, row, line });
    else {
      const resolved = this.#context.requests.resolved(line);
      if (resolved !== null) this.append(thread, { method, row, ...resolved });
    }
  }

  #applyThreadGone(thread: Thread, row: ServerNotification): void {
    if (row.effect !== 'threadGone') return;
    this.#context.requests.threadGone(thread);
    this.#context.threads.gone(thread);
    this.#context.streams.threadGone(thread.id);
  }
}

function scopeOf(row: ServerNotification, line: Buffer): NotificationScope {
  if (row.askerWith === null) return row.scope;
  const params = parseObject(line)?.['params'];
  return isObject(params) && (params[row.askerWith] ?? null) !== null ? 'asker' : row.scope;
}
