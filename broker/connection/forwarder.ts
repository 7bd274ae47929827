import { encodeStock } from '../../protocol/codec.js';
import { errorBody, errors } from '../../protocol/errors.js';
import type { ErrorBody } from '../../protocol/errors.js';
import { isObject, threadIdOf } from '../../protocol/messages.js';
import { enders } from '../../protocol/methods.js';
import type { ClientMethod } from '../../protocol/methods.js';
import { serverNotification } from '../../protocol/notifications.js';
import type { Position } from '../../protocol/schemas.js';
import { readEnvelope, withId } from '../framing/envelope.js';
import type { Envelope } from '../framing/envelope.js';
import { memberOf, parseObject, stringAt } from '../framing/json-bytes.js';
import type { Span } from '../framing/json-bytes.js';
import type { InFlight } from '../requests/in-flight.js';
import { fillIn } from '../thread/fill-in.js';
import type { Fold } from '../thread/fold.js';
import type { Answered, TurnOrigins } from '../thread/turn-origins.js';
import { SUBSCRIBED_UNASKED } from '../thread/threads.js';
import type { Threads } from '../thread/threads.js';
import type { Opening } from '../thread/openings.js';
import { TOO_MANY } from './connection.js';
import type { Connection } from './connection.js';
import type { DecodedRequest } from './session.js';
import type { Streams } from './streams.js';

/** A client's request that the runtime will answer. */
export interface Forwarded {
  readonly connection: Connection;
  readonly row: ClientMethod;
  readonly request: DecodedRequest;
  /** As the client sent it. */
  readonly frame: Buffer;
  /** Where its id stands there. */
  readonly id: Span;
}

/** The same while it waits for its answer. */
interface Pending extends Forwarded {
  /** The id as the client wrote it: it goes back to the byte. */
  readonly clientId: string;
  /** The params as the runtime got them. */
  readonly params: unknown;
  readonly opening: Opening | null;
  /** Takes the result that names a turn; null where there is none. */
  readonly started: Answered | null;
  upstreamId: number | null;
}

export interface ForwarderContext {
  readonly inFlight: InFlight;
  readonly threads: Threads;
  readonly streams: Streams;
  readonly origins: TurnOrigins;
  /** The connections initialized now. */
  present(): Iterable<Connection>;
  /** The connection has logged in with tokens of its own. */
  loggedIn(connection: Connection): void;
}

const THREAD = Buffer.from('thread');
const ID = Buffer.from('id');
/** An id that no request has. */
const NO_REQUEST = -1;
/** Words of the runtime's errors after which nothing has changed. */
const NOTHING_DONE = [
  /^Invalid request: /,
  /^thread not (found|loaded)/,
  /^no rollout found/,
  / is archived/,
];
/** The kind of login for which the runtime asks the client, later, for fresh tokens. */
const TOKEN_LOGIN = 'chatgptAuthTokens';

/**
 * Takes clients' requests to the runtime and its answers back: each to the connection that asked, under the id
 * that it gave, otherwise untouched. What an answer changes here happens in the same step in which it is queued.
 */
export class Forwarder {
  readonly #context: ForwarderContext;

  constructor(context: ForwarderContext) {
    this.#context = context;
  }

  forward(forwarded: Forwarded): void {
    const { connection, row, request, frame, id } = forwarded;
    const refusal = this.#notEntitled(forwarded) ?? this.#refusal(forwarded);
    if (refusal !== null) {
      connection.refuse(request.id, refusal);
      return;
    }
    const pending: Pending = {
      ...forwarded,
      frame: Buffer.from(frame),
      clientId: frame.toString('utf8', id.start, id.end),
      params: this.#paramsFor(forwarded),
      opening: subscribes(row) ? this.#open(forwarded) : null,
      started: row.answer === 'turn' ? this.#context.origins.asking(threadIdOf(request.params) ?? '') : null,
      upstreamId: null,
    };
    pending.upstreamId = this.#context.inFlight.send((upstreamId) => encode(pending, upstreamId), {
      answered: (line, envelope) => this.#answered(pending, line, envelope),
      failed: (error) => this.#failed(pending, error),
    });
    if (pending.upstreamId !== null) connection.inFlight.set(pending.upstreamId, pending);
  }

  /** The runtime knows one connection, and cannot tell what is whose. */
  #notEntitled({ connection, row, request }: Forwarded): ErrorBody | null {
    const threadId = row.subscribersOnly ? threadIdOf(request.params) : null;
    const thread = threadId === null ? null : this.#context.threads.loaded(threadId);
    if (threadId !== null && thread?.subscribers.has(connection) !== true)
      return errorBody(errors.notSubscribed, `connection is not subscribed to thread '${threadId}'`);
    const ender = enders.get(request.method);
    if (ender !== undefined && this.#asking(request.method) !== null)
      return errorBody(errors.taken, ender.ends.taken);
    const asking = row.ends === null ? null : this.#asking(row.ends.method);
    const isAnothers = row.ends !== null && asking !== null && asking !== connection;
    return isAnothers ? errorBody(errors.notYours, row.ends.notYours) : null;
  }

  /** The one connection with a request of that method in flight. */
  #asking(method: string): Connection | null {
    for (const connection of this.#context.present()) {
      for (const { request } of connection.inFlight.values())
        if (request.method === method) return connection;
    }
    return null;
  }

  #refusal({ connection, row, request }: Forwarded): ErrorBody | null {
    if (!connection.mayAsk) return TOO_MANY;
    if (subscribes(row) && !this.#context.threads.mayOpen(connection, threadNamed(row, request.params))) {
      return errorBody(
        errors.overloaded,
        'This client is subscribed to too many threads; unsubscribe from some',
      );
    }
    const opens = row.stream?.does === 'open' || row.stream?.does === 'run';
    if (opens && !this.#context.streams.mayOpen(connection)) {
      return errorBody(errors.overloaded, 'This client has too many streams open; end some');
    }
    return null;
  }

  /** The params as the runtime gets them: the same object where nothing in them is the connection's own. */
  #paramsFor({ connection, row, request }: Forwarded): unknown {
    const { params } = request;
    if (!isObject(params)) return params;
    if (row.stream !== null) return this.#context.streams.request(connection, row.stream, params);
    if (row.cancels === null) return params;
    const named = params[row.cancels];
    // What is no id of a request the runtime refuses itself.
    if (typeof named !== 'string' && typeof named !== 'number') return params;
    const wanted = JSON.stringify(named);
    const found = [...connection.inFlight].find(([, { clientId }]) => clientId === wanted);
    return { ...params, [row.cancels]: found?.[0] ?? NO_REQUEST };
  }

  #open({ connection, row, request: { params } }: Forwarded): Opening {
    const does = row.answer === 'resume' || row.answer === 'attend' ? row.answer : 'create';
    return this.#context.threads.openings.add({ connection, threadId: threadNamed(row, params), does });
  }

  #answered(pending: Pending, line: Buffer, envelope: Envelope): void {
    const { connection, row, params, clientId, upstreamId } = pending;
    if (upstreamId !== null) connection.inFlight.delete(upstreamId);
    connection.settled(envelope.error === null ? 'result' : 'error');
    const answer = envelope.id === null ? line : withId(line, envelope.id, clientId);
    if (pending.opening === null) {
      const namesStreams = row.stream !== null && envelope.error !== null;
      connection.push(namesStreams ? this.#context.streams.inClientsIds(connection, answer) : answer);
    }
    // No await between the answer and what it changes: what the runtime says next must find it changed.
    if (row.stream !== null && isObject(params)) {
      this.#context.streams.answered(connection, row.stream, params, envelope.error !== null);
    }
    if (pending.opening !== null) this.#opened(pending, pending.opening, answer);
    if (pending.started !== null) pending.started(parseObject(line)?.['result'], connection.by);
    const loggedIn = row.answer === 'login' && envelope.error === null;
    if (loggedIn && isObject(params) && params['type'] === TOKEN_LOGIN) {
      this.#context.loggedIn(connection);
    }
  }

  /** The answer, where its thread stands, and what a client that comes in mid-turn has missed: in one step. */
  #opened({ connection, row, params }: Pending, opening: Opening, answer: Buffer): void {
    const { threads } = this.#context;
    const about = threadOf(answer);
    const attended = row.answer === 'attend' && attends(answer) ? opening.threadId : null;
    const threadId = about?.threadId ?? attended;
    if (threadId === null) {
      connection.push(answer);
      threads.opened(opening, null);
      return;
    }
    const position = threads.positionOf(threadId);
    if (about !== null) connection.push(withPosition(connection, answer, about.result, position));
    else {
      connection.push(answer);
      // It says nothing of a thread.
      if (threads.isNewTo(opening, threadId))
        connection.resetLog({ name: threadId, epoch: position.epoch }, position.seq, SUBSCRIBED_UNASKED);
    }
    const opened = threads.opened(opening, threadId);
    if (about !== null && row.answer !== 'attend') opened?.thread.opened(answer, about.result);
    if (opened !== null && hasTools(params)) opened.thread.toolOwner = connection;
    // What is replayed has no hole.
    if (opened?.fresh === true && position.seq === opened.log.seq) fillInFor(connection, opened.log.fold);
  }

  /** The connection is gone: nobody waits for its answers, and what lasts as long as it does is ended. */
  left(connection: Connection): void {
    for (const id of connection.asked) this.#context.inFlight.abandon(id);
    for (const [id, { request }] of connection.inFlight) {
      this.#context.inFlight.abandon(id);
      const ender = enders.get(request.method);
      // Whether it was still there to end is of no interest to anyone.
      if (ender !== undefined) this.#context.inFlight.ask(ender.method, null).catch(() => {});
    }
  }

  #failed(pending: Pending, error: ErrorBody): void {
    const { connection, request, upstreamId, opening } = pending;
    if (upstreamId !== null) connection.inFlight.delete(upstreamId);
    connection.refuse(request.id, error);
    if (opening !== null) this.#context.threads.opened(opening, null);
  }
}

/** The thread that an answer is about, and where its result stands. */
function threadOf(answer: Buffer): { readonly threadId: string; readonly result: Span } | null {
  const result = readEnvelope(answer)?.result ?? null;
  const thread = result && memberOf(answer, result, THREAD);
  const id = thread && memberOf(answer, thread, ID);
  const threadId = id && stringAt(answer, id);
  return result === null || threadId === null ? null : { threadId, result };
}

/** Whether the runtime has come so far as to subscribe: not where it could not read the request, or knows no such thread. */
function attends(answer: Buffer): boolean {
  const error = parseObject(answer)?.['error'];
  if (!isObject(error)) return true;
  const message = String(error['message']);
  return error['code'] !== errors.overloaded.code && !NOTHING_DONE.some((words) => words.test(message));
}

/** The thread that a request names, where it is clear which that is. */
function threadNamed({ answer: does }: ClientMethod, params: unknown): string | null {
  if (does === 'create' || !isObject(params)) return null;
  // Where a path is given it decides which thread it will be, and only the answer tells.
  return does === 'resume' && params['path'] !== undefined ? null : threadIdOf(params);
}

function hasTools(params: unknown): boolean {
  const tools = isObject(params) ? params['dynamicTools'] : undefined;
  return Array.isArray(tools) && tools.length > 0;
}

function subscribes(row: ClientMethod): boolean {
  return row.answer === 'resume' || row.answer === 'create' || row.answer === 'attend';
}

/** The client's own bytes under another id, unless its params had to change. */
function encode({ frame, id, request, params }: Pending, upstreamId: number): Uint8Array {
  return params === request.params
    ? withId(frame, id, String(upstreamId))
    : encodeStock({ id: upstreamId, method: request.method, params });
}

/** The result of a start, resume or fork, on a v1 wire with the position that its subscription begins at. */
function withPosition({ wire }: Connection, answer: Buffer, result: Span, position: Position): Buffer {
  if (wire === 'stock') return answer;
  const member = Buffer.from(`"threadcast":${JSON.stringify(position)},`);
  return Buffer.concat([answer.subarray(0, result.start + 1), member, answer.subarray(result.start + 1)]);
}

/** Tells one connection what is in progress, as far as it wants to hear it. */
function fillInFor(connection: Connection, fold: Fold): void {
  for (const { method, line } of fillIn(fold)) {
    if (connection.wants(method, serverNotification(method))) connection.push(line);
  }
}
