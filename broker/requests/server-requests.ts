import { errorBody, errors } from '../../protocol/errors.js';
import { SAID_AGAIN_MS_MAX, SERVER_REQUESTS_MAX } from '../../protocol/limits.js';
import { isObject } from '../../protocol/messages.js';
import { HUMAN_COMMAND, serverRequest } from '../../protocol/server-requests.js';
import type { ServerRequest } from '../../protocol/server-requests.js';
import { encodeStock } from '../../protocol/codec.js';
import type { Connection } from '../connection/connection.js';
import { withId } from '../framing/envelope.js';
import type { Envelope } from '../framing/envelope.js';
import { parseObject } from '../framing/json-bytes.js';
import type { Span } from '../framing/json-bytes.js';
import type { Counters } from '../ops/counters.js';
import type { RuntimeLink } from '../runtime/link.js';
import type { Thread } from '../thread/thread.js';

/** One request of the runtime: open until the first answer, then answered until the runtime resolves it. */
export interface OpenRequest {
  /** The id clients know it by: the broker's own, never used twice. */
  readonly id: number;
  /** The id the runtime knows it by, as JSON text. It starts again at 0 with every runtime. */
  readonly upstreamId: string;
  readonly method: string;
  readonly row: ServerRequest;
  readonly params: Readonly<Record<string, unknown>>;
  readonly thread: Thread | null;
  /** As the runtime wrote it, under the broker's id. */
  readonly frame: Buffer;
  readonly asked: Set<Connection>;
  /** Subscribed since, and to be asked when the runtime says the request again. */
  readonly due: Set<Connection>;
  /** An error answer counts only when nobody else is left to ask. */
  readonly refusals: Map<Connection, Buffer>;
  answered: boolean;
}

/** The clock: runs something so much later. */
type After = (ms: number, run: () => void) => void;

/** What the requests of the runtime need to know of who is there. */
export interface Audience {
  /** The connections initialized now, in the order in which they came. */
  present(): Iterable<Connection>;
  /** The connection that logged in with tokens of its own. */
  loginOwner(): Connection | null;
}

/**
 * The requests of the runtime: approvals, questions, tool calls. The broker owns each; they belong to the
 * thread, not to a connection, so whoever comes next is asked what is still open.
 */
export class ServerRequests {
  readonly #byId = new Map<number, OpenRequest>();
  readonly #byUpstreamId = new Map<string, OpenRequest>();
  readonly #link: RuntimeLink;
  readonly #audience: Audience;
  readonly #counters: Counters;
  readonly #after: After;
  #nextId = 0;

  constructor(link: RuntimeLink, audience: Audience, counters: Counters, after: After) {
    this.#link = link;
    this.#audience = audience;
    this.#counters = counters;
    this.#after = after;
  }

  /** The runtime asks. `thread` is the one that the request names, if any. */
  opened(line: Buffer, id: Span, method: string, thread: Thread | null): void {
    const upstreamId = line.toString('utf8', id.start, id.end);
    const known = this.#byUpstreamId.get(upstreamId);
    // The runtime says a request again whenever a resume of its thread passes through, until it has resolved it.
    if (known?.method === method && known.thread === thread) {
      this.#askDue(known);
      return;
    }
    if (known !== undefined) this.#forget(known);
    if (this.#byId.size >= SERVER_REQUESTS_MAX && !this.#forgetAnswered()) {
      this.#refuse(upstreamId, errorBody(errors.overloaded, 'Too many open requests'));
      return;
    }
    const request = this.#record(line, id, { upstreamId, method, thread });
    if (request.row.audience === 'deciders')
      for (const connection of thread?.subscribers ?? this.#audience.present())
        this.#ask(request, connection);
    else this.#askNext(request);
  }

  /**
   * A connection has just been subscribed: what is open there and it may answer is asked of it too. After a resume
   * the runtime says it again, at the place where it belongs; should it not, it is asked all the same.
   */
  subscribed(connection: Connection, thread: Thread, resumed: boolean): void {
    for (const request of thread.openRequests) {
      if (request.row.audience !== 'deciders') continue;
      request.due.add(connection);
      if (resumed) this.#after(SAID_AGAIN_MS_MAX, () => this.#askDue(request));
      else this.#askDue(request);
    }
  }

  /** A client's answer. The first one goes to the runtime; what nobody asked for is dropped and counted. */
  answer(connection: Connection, frame: Buffer, envelope: Envelope): void {
    const id = envelope.id === null ? '' : frame.toString('latin1', envelope.id.start, envelope.id.end);
    const request = this.#byId.get(Number(id));
    if (request === undefined || envelope.id === null || !request.asked.has(connection)) {
      this.#counters.strayAnswers += 1;
      return;
    }
    if (request.answered) return;
    const answer = withId(frame, envelope.id, request.upstreamId);
    if (envelope.error === null) this.#settle(request, answer);
    else {
      request.refusals.set(connection, answer);
      this.#settleIfAllRefused(request);
    }
  }

  /** `serverRequest/resolved` in the ids of clients; null when it names none that they know. */
  resolved(line: Buffer): Buffer | null {
    const message = parseObject(line);
    const params = message?.['params'];
    if (message === null || !isObject(params)) return null;
    const request = this.#byUpstreamId.get(JSON.stringify(params['requestId']));
    if (request === undefined) return null;
    this.#forget(request);
    return Buffer.from(encodeStock({ ...message, params: { ...params, requestId: request.id } }));
  }

  /** A connection has just been unsubscribed: what waits for it alone is helped on. */
  unsubscribed(thread: Thread): void {
    for (const request of thread.openRequests) {
      if (!request.answered && request.row.audience === 'deciders') this.#settleIfAllRefused(request);
    }
  }

  /** The connection is gone. Whatever waits for it alone is helped on. */
  left(connection: Connection): void {
    for (const request of this.#byId.values()) {
      request.refusals.delete(connection);
      request.due.delete(connection);
      if (!request.asked.delete(connection) || request.answered) continue;
      if (request.row.audience === 'deciders') this.#settleIfAllRefused(request);
      else this.#askNext(request);
    }
  }

  /** The thread is gone, its requests with it. */
  threadGone(thread: Thread): void {
    for (const request of thread.openRequests) this.#forget(request);
  }

  #record(line: Buffer, id: Span, about: Pick<OpenRequest, 'upstreamId' | 'method' | 'thread'>): OpenRequest {
    const message = parseObject(line);
    const params = message?.['params'];
    const request: OpenRequest = {
      ...about,
      id: this.#nextId,
      row: serverRequest(about.method),
      params: isObject(params) ? params : {},
      frame: withId(line, id, String(this.#nextId)),
      asked: new Set(),
      due: new Set(),
      refusals: new Map(),
      answered: false,
    };
    this.#nextId += 1;
    this.#byId.set(request.id, request);
    this.#byUpstreamId.set(request.upstreamId, request);
    request.thread?.openRequests.add(request);
    return request;
  }

  #askDue(request: OpenRequest): void {
    const due = [...request.due].filter((connection) => request.thread?.subscribers.has(connection));
    request.due.clear();
    if (request.answered || !this.#byId.has(request.id)) return;
    for (const connection of due) this.#ask(request, connection);
    this.#settleIfAllRefused(request);
  }

  #ask(request: OpenRequest, connection: Connection): void {
    if (!mayAnswer(request, connection)) return;
    request.asked.add(connection);
    const hidden = connection.client?.experimentalApi === true ? [] : request.row.experimentalParams;
    connection.outbox.push(
      hidden.some((name) => name in request.params) ? without(request, hidden) : request.frame,
    );
  }

  /** Puts a request for one client to the next one that can answer it. */
  #askNext(request: OpenRequest): void {
    for (const connection of this.#candidates(request)) {
      if (!mayAnswer(request, connection)) continue;
      this.#ask(request, connection);
      return;
    }
    this.#forget(request);
    this.#refuse(
      request.upstreamId,
      errorBody(errors.nobodyCanAnswer, `No attached client can answer ${request.method}`),
    );
  }

  #candidates(request: OpenRequest): Iterable<Connection> {
    const subscribers = request.thread?.subscribers ?? [];
    switch (request.row.audience) {
      case 'toolOwner':
        return [request.thread?.toolOwner ?? [], ...subscribers].flat();
      case 'attestor':
        return [...this.#audience.present()].filter((one) => one.client?.requestAttestation === true);
      case 'loginOwner':
        return [this.#audience.loginOwner()].filter((one) => one !== null);
      case 'subscriber':
      case 'deciders':
        return subscribers;
    }
  }

  #settleIfAllRefused(request: OpenRequest): void {
    const last = [...request.refusals.values()].at(-1);
    if (last !== undefined && !isWaitedFor(request)) this.#settle(request, last);
  }

  #settle(request: OpenRequest, answer: Uint8Array): void {
    request.answered = true;
    this.#link.send(answer);
  }

  #refuse(upstreamId: string, error: object): void {
    this.#link.send(Buffer.from(`{"error":${JSON.stringify(error)},"id":${upstreamId}}`));
  }

  #forget(request: OpenRequest): void {
    this.#byId.delete(request.id);
    if (this.#byUpstreamId.get(request.upstreamId) === request) this.#byUpstreamId.delete(request.upstreamId);
    request.thread?.openRequests.delete(request);
  }

  /** Makes room: some requests (a tool call) are answered and never resolved. */
  #forgetAnswered(): boolean {
    for (const request of this.#byId.values()) {
      if (!request.answered) continue;
      this.#forget(request);
      return true;
    }
    return false;
  }
}

/** Whether somebody is left to ask, or was asked and is still there: who has unsubscribed may answer, but need not. */
function isWaitedFor({ asked, due, refusals, thread }: OpenRequest): boolean {
  if (due.size > 0) return true;
  return [...asked].some((one) => !refusals.has(one) && (thread === null || thread.subscribers.has(one)));
}

/** Whether the client has declared what it takes to be asked. */
function mayAnswer(request: OpenRequest, connection: Connection): boolean {
  const { client } = connection;
  if (client === null || client.observer || connection.closed) return false;
  if (request.row.experimental && !client.experimentalApi) return false;
  return request.params['kind'] !== HUMAN_COMMAND || client.requiredHumanApproval;
}

function without(request: OpenRequest, hidden: readonly string[]): Uint8Array {
  const params = Object.fromEntries(
    Object.entries(request.params).filter(([name]) => !hidden.includes(name)),
  );
  return encodeStock({ method: request.method, id: request.id, params });
}
