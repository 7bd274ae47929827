import { encodeStock } from '../../protocol/codec.js';
import { errorBody, errors } from '../../protocol/errors.js';
import type { ErrorBody } from '../../protocol/errors.js';
import {
  SNAPSHOT_BYTES_MAX,
  SNAPSHOT_TURNS_MAX,
  SUBSCRIPTIONS_PER_CONNECTION_MAX,
} from '../../protocol/limits.js';
import type { RequestId } from '../../protocol/messages.js';
import { ownRequests } from '../../protocol/methods.js';
import { describeIssue, joinParams } from '../../protocol/schemas.js';
import { memberOf, parseObject } from '../framing/json-bytes.js';
import type { Counters } from '../ops/counters.js';
import type { InFlight } from '../requests/in-flight.js';
import { errorIn, NO_TURNS_YET, threadError } from '../requests/refusal.js';
import type { ServerRequests } from '../requests/server-requests.js';
import type { Loading } from '../thread/loading.js';
import { NO_TURNS, readTurnsPage, snapshotOf } from '../thread/snapshot.js';
import type { TurnsPage } from '../thread/snapshot.js';
import type { Log } from '../thread/log.js';
import type { Thread } from '../thread/thread.js';
import type { Threads } from '../thread/threads.js';
import type { Connection } from './connection.js';
import { TOO_MANY } from './connection.js';
import type { DecodedRequest } from './session.js';

export interface JoinsContext {
  readonly counters: Counters;
  readonly threads: Threads;
  readonly requests: ServerRequests;
  readonly inFlight: InFlight;
  readonly loading: Loading;
}

/** A join that waits for the runtime. */
interface Waiting {
  readonly connection: Connection;
  readonly id: RequestId;
  /** Whether it has said where it has come to. */
  readonly returns: boolean;
}

/** What is asked for one thread on behalf of all who want to join it now. */
interface Inquiry {
  readonly threadId: string;
  readonly waiting: Waiting[];
  /** Lets go of what is kept for it; null while the thread is not loaded. */
  letGo: (() => void) | null;
  /** The log that this is about; null while the thread is not loaded. */
  log: Log | null;
  /** Whether it has been loaded for this. */
  loaded: boolean;
}

/**
 * How many turns are asked for, and how much of them: less where that would be too much for one answer. The last
 * one is taken as it is.
 */
const PAGES = [
  { limit: SNAPSHOT_TURNS_MAX, itemsView: 'full' },
  { limit: Math.ceil(SNAPSHOT_TURNS_MAX / 4), itemsView: 'full' },
  { limit: 1, itemsView: 'full' },
  { limit: 1, itemsView: 'summary' },
] as const;
const RESULT = Buffer.from('result');

/** `broker/thread/join`: from where a client has come to, or from a snapshot that is true exactly at an entry. */
export class Joins {
  readonly #context: JoinsContext;
  readonly #inquiries = new Map<string, Inquiry>();

  constructor(context: JoinsContext) {
    this.#context = context;
  }

  join(connection: Connection, request: DecodedRequest): void {
    const { data, error } = joinParams.safeParse(request.params);
    const refusal = error ? errorBody(errors.invalidParams, describeIssue(error)) : refusalOf(connection);
    if (refusal !== null) connection.refuse(request.id, refusal);
    if (refusal !== null || data === undefined) return;
    const { threadId, since } = data;
    const waiting = { connection, id: request.id, returns: (since ?? null) !== null };
    const thread = this.#context.threads.awake(threadId);
    if (since && thread?.log?.covers(since)) {
      this.#admit(waiting, thread, since.seq, null);
    } else this.#inquire(threadId, waiting);
  }

  /** The runtime is asked once for all who wait. */
  #inquire(threadId: string, waiting: Waiting): void {
    waiting.connection.waiting += 1;
    const known = this.#inquiries.get(threadId);
    if (known !== undefined) {
      known.waiting.push(waiting);
      return;
    }
    const inquiry: Inquiry = { threadId, waiting: [waiting], letGo: null, log: null, loaded: false };
    this.#inquiries.set(threadId, inquiry);
    const thread = this.#context.threads.awake(threadId);
    if (thread === null || thread.base === null) this.#load(inquiry);
    else this.#askForTurns(inquiry, thread, 0);
  }

  #load(inquiry: Inquiry): void {
    inquiry.loaded = true;
    this.#context.loading.load(inquiry.threadId, {
      loaded: (thread) => this.#askForTurns(inquiry, thread, 0),
      failed: (error) => this.#fail(inquiry, error),
    });
  }

  #askForTurns(inquiry: Inquiry, thread: Thread, attempt: number): void {
    const page = PAGES[attempt];
    if (page === undefined) {
      this.#fail(
        inquiry,
        errorBody(errors.tooLarge, 'The newest turn of the thread is too large to be told'),
      );
      return;
    }
    this.#keep(inquiry, thread);
    const params = { threadId: thread.id, sortDirection: 'desc', ...page };
    this.#context.inFlight.send((id) => encodeStock({ id, method: ownRequests.turns, params }), {
      answered: (line, envelope) => {
        const last = attempt === PAGES.length - 1;
        if (line.length > SNAPSHOT_BYTES_MAX && !last) this.#askForTurns(inquiry, thread, attempt + 1);
        else if (envelope.error === null) this.#answer(inquiry, thread, pageOf(line));
        else this.#refused(inquiry, thread, line);
      },
      failed: (error) => {
        if (error.data.reason === errors.tooLarge.reason) this.#askForTurns(inquiry, thread, attempt + 1);
        else this.#fail(inquiry, error);
      },
    });
  }

  #refused(inquiry: Inquiry, thread: Thread, line: Buffer): void {
    const error = threadError(errorIn(line));
    if (NO_TURNS_YET.test(error.message)) this.#answer(inquiry, thread, NO_TURNS);
    else this.#fail(inquiry, error);
  }

  /** From here on the fold keeps what ends, for the page may be older than that. */
  #keep(inquiry: Inquiry, thread: Thread): void {
    if (inquiry.letGo !== null) return;
    const { threads } = this.#context;
    const log = threads.logOf(thread);
    inquiry.log = log;
    thread.joining += 1;
    log.fold.keepEnded();
    threads.settle(thread);
    inquiry.letGo = () => {
      thread.joining -= 1;
      log.fold.letEndedGo();
      threads.settle(thread);
    };
  }

  #answer(inquiry: Inquiry, thread: Thread, page: TurnsPage | null): void {
    const { log, base } = thread;
    if (page !== null && base !== null && log !== null && log === inquiry.log) {
      const snapshot = JSON.stringify(snapshotOf(base, page, log.fold));
      for (const one of inquiry.waiting) this.#admit(one, thread, log.seq, snapshot);
      this.#done(inquiry);
    } else if (page !== null && !inquiry.loaded) {
      // It was closed meanwhile, and the page is about what was before: it is loaded again, or the runtime says why it
      // cannot be.
      inquiry.letGo?.();
      inquiry.letGo = null;
      this.#load(inquiry);
    } else this.#fail(inquiry, errorBody(errors.runtimeFailed, 'The turns of the thread cannot be had'));
  }

  #fail(inquiry: Inquiry, error: ErrorBody): void {
    for (const { connection, id } of inquiry.waiting) connection.refuse(id, error);
    this.#done(inquiry);
  }

  #done({ threadId, letGo, waiting }: Inquiry): void {
    this.#inquiries.delete(threadId);
    for (const { connection } of waiting) connection.waiting -= 1;
    letGo?.();
  }

  /**
   * Reads the log, queues the answer and subscribes: one step, in which nothing can be said. `snapshot` is JSON; null
   * where the log holds everything after `after`.
   */
  #admit({ connection, id, returns }: Waiting, thread: Thread, after: number, snapshot: string | null): void {
    if (connection.closed) {
      connection.settled('lost');
      return;
    }
    const { epoch, seq } = this.#context.threads.logOf(thread);
    const mayJoin =
      connection.threads.has(thread) || connection.threads.size < SUBSCRIPTIONS_PER_CONNECTION_MAX;
    if (!mayJoin) {
      const message = 'This client is subscribed to too many threads; unsubscribe from some';
      connection.refuse(id, errorBody(errors.overloaded, message));
      return;
    }
    if (returns) this.#context.counters.rejoins[snapshot === null ? 'recovered' : 'notRecovered'] += 1;
    connection.settled('result');
    const result = JSON.stringify({ threadId: thread.id, epoch, seq, recovered: snapshot === null }).slice(
      0,
      -1,
    );
    const pending = this.#context.requests.pending(connection, thread).map((frame) => frame.toString('utf8'));
    const text = `{"id":${JSON.stringify(id)},"result":${result},"snapshot":${snapshot ?? 'null'},"pendingRequests":[${pending.join(',')}]}}`;
    connection.push(Buffer.from(text));
    this.#context.threads.join(connection, thread, after);
    this.#context.requests.showOpen(connection, thread);
  }
}

function refusalOf(connection: Connection): ErrorBody | null {
  if (connection.wire === 'stock') {
    return errorBody(
      errors.wrongWire,
      'broker/thread/join needs a wire with positions: threadcast.v1.json or .msgpack',
    );
  }
  return connection.mayAsk ? null : TOO_MANY;
}

function pageOf(line: Buffer): TurnsPage | null {
  const result = memberOf(line, { start: 0, end: line.length }, RESULT);
  return result && readTurnsPage(parseObject(line.subarray(result.start, result.end)));
}
