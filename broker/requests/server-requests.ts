import { LRUCache } from 'lru-cache';
import { errorBody, errors } from '../../protocol/errors.js';
import { SAID_AGAIN_MS_MAX, SERVER_REQUESTS_MAX, UNRESOLVED_MS_MAX } from '../../protocol/limits.js';
import { isObject } from '../../protocol/messages.js';
import { brokerNotifications } from '../../protocol/notifications.js';
import type { Clock } from '../clock.js';
import type { Connection } from '../connection/connection.js';
import { withId } from '../framing/envelope.js';
import type { Envelope } from '../framing/envelope.js';
import { parseObject } from '../framing/json-bytes.js';
import type { Span } from '../framing/json-bytes.js';
import type { Counters } from '../ops/counters.js';
import type { RuntimeLink } from '../runtime/link.js';
import type { Subscriber } from '../thread/subscriber.js';
import type { Thread } from '../thread/thread.js';
import {
  candidates,
  cancelledEntry,
  declined,
  isForNobodyHere,
  NOBODY,
  CANCELLED,
  frameFor,
  isPendingFor,
  isWaitedFor,
  listeners,
  mayAnswer,
  nameOf,
  openRequest,
  resolvedLines,
} from './open-request.js';
import type { Audience, OpenRequest, RequestOrigin, Resolution, Resolved, Settled } from './open-request.js';

/**
 * The requests of the runtime: approvals, questions, tool calls. The broker owns each; they belong to the thread, not
 * to a connection, so whoever comes next is asked what is still open.
 */
export class ServerRequests {
  readonly #byId = new Map<number, OpenRequest>();
  readonly #byUpstreamId = new Map<string, OpenRequest>();
  /** How the latest that are gone were settled, for those who answer late. */
  readonly #resolutions = new LRUCache<number, Settled>({ max: SERVER_REQUESTS_MAX });
  readonly #link: RuntimeLink;
  readonly #audience: Audience;
  readonly #counters: Counters;
  readonly #after: Clock['after'];
  #nextId = 0;

  constructor(link: RuntimeLink, audience: Audience, counters: Counters, after: Clock['after']) {
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
    const { row, frame, given, plain } = request;
    const addressed = { has: (one: Subscriber): boolean => given.has(one), plain };
    request.seq = this.#audience.append(thread, { method, row, line: frame, given: addressed }).seq;
    if (row.audience === 'deciders') {
      for (const connection of listeners(request, this.#audience)) this.#ask(request, connection, true);
      this.#counters.approvals.opened += 1;
      if (isForNobodyHere(request)) this.#settle(request, declined(request), NOBODY);
      else this.#audience.waits(request);
    } else {
      this.#askNext(request, true);
      if (row.audience !== 'toolOwner' && request.resolution === null)
        request.callOffExpiry = this.#after(UNRESOLVED_MS_MAX, () => this.#nobody(request));
    }
    if (thread !== null) this.#audience.changed(thread);
  }

  /** A thread has become everybody's. */
  lookAgain(thread: Thread): void {
    for (const request of thread.openRequests)
      if (isForNobodyHere(request)) this.#settle(request, declined(request), NOBODY);
  }

  /** The open requests of a thread that this client may answer, as it is given them; it is asked with that. */
  pending(connection: Connection, thread: Thread): Buffer[] {
    const frames: Buffer[] = [];
    for (const request of thread.openRequests) {
      request.due.delete(connection);
      if (!isPendingFor(request, connection)) continue;
      request.asked.add(connection);
      frames.push(frameFor(request, connection));
    }
    return frames;
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
    const text = envelope.id === null ? '' : frame.toString('latin1', envelope.id.start, envelope.id.end);
    const id = Number(text);
    const request = this.#byId.get(id);
    const settled = request ?? this.#resolutions.get(id);
    if (envelope.id === null || settled === undefined || !settled.asked.has(connection)) {
      this.#counters.strayAnswers += 1;
      return;
    }
    if (settled.resolution !== null || request === undefined) {
      this.#tooLate(connection, id, settled.resolution ?? CANCELLED);
      return;
    }
    const answer = withId(frame, envelope.id, request.upstreamId);
    if (envelope.error === null)
      this.#settle(request, answer, { by: nameOf(connection), outcome: 'answered' });
    else {
      request.refusals.set(connection, answer);
      this.#settleIfAllRefused(request);
    }
  }

  /** `serverRequest/resolved` as clients get it; null when it names none that they know. */
  resolved(line: Buffer): Resolved | null {
    const message = parseObject(line);
    const params = message?.['params'];
    if (message === null || !isObject(params)) return null;
    const request = this.#byUpstreamId.get(JSON.stringify(params['requestId']));
    if (request === undefined) return null;
    const resolution = request.resolution ?? CANCELLED;
    this.#forget(request);
    return resolvedLines(message, { ...params, requestId: request.id }, resolution);
  }

  /** The runtime has ended: nobody waits for an answer any more. Its next life starts to count anew. */
  cancelAll(): void {
    for (const request of this.#byId.values()) {
      this.#forget(request);
      const isOver = request.row.audience !== 'deciders' && request.resolution !== null;
      if (!isOver) this.#audience.append(request.thread, cancelledEntry(request));
    }
  }

  /** A connection has just been unsubscribed: what waits for it alone is helped on. */
  unsubscribed(thread: Thread): void {
    for (const request of thread.openRequests) this.#settleIfAllRefused(request);
  }

  /** The connection is gone. Whatever waits for it alone is helped on. */
  left(connection: Connection): void {
    for (const request of this.#byId.values()) {
      request.refusals.delete(connection);
      request.due.delete(connection);
      if (!request.asked.delete(connection) || request.resolution !== null) continue;
      if (request.row.audience !== 'deciders') this.#askNext(request, false);
      else this.#settleIfAllRefused(request);
    }
  }

  /** No turn of the thread runs any more: no tool is called. */
  turnsEnded(thread: Thread): void {
    for (const request of thread.openRequests)
      if (request.row.audience === 'toolOwner') this.#release(request);
  }

  /** The thread is gone, its requests with it. */
  threadGone(thread: Thread): void {
    for (const request of thread.openRequests) this.#forget(request);
  }

  #record(line: Buffer, id: Span, about: RequestOrigin): OpenRequest {
    const request = openRequest(this.#nextId, line, id, about);
    this.#nextId += 1;
    this.#byId.set(request.id, request);
    this.#byUpstreamId.set(request.upstreamId, request);
    request.thread?.openRequests.add(request);
    return request;
  }

  #askDue(request: OpenRequest): void {
    const due = [...request.due].filter((connection) => request.thread?.subscribers.has(connection));
    request.due.clear();
    if (request.resolution !== null || !this.#byId.has(request.id)) return;
    for (const connection of due) this.#ask(request, connection, false);
    this.#settleIfAllRefused(request);
  }

  /** Asks one client: by the request's entry in the log, or, where that is behind it, by a frame of its own. */
  #ask(request: OpenRequest, connection: Connection, byEntry: boolean): void {
    if (!mayAnswer(request, connection)) {
      this.#show(request, connection);
      return;
    }
    request.asked.add(connection);
    if (byEntry) request.given.add(connection.outbox);
    else connection.push(frameFor(request, connection));
  }

  /** Shows one that only looks on, and has just come, what is open. */
  showOpen(connection: Connection, thread: Thread): void {
    for (const request of thread.openRequests) {
      if (request.row.audience === 'deciders' && request.resolution === null) this.#show(request, connection);
    }
  }

  /** One that only looks on is shown what is asked of others. */
  #show({ id, method, frame }: OpenRequest, connection: Connection): void {
    if (connection.wire === 'stock' || connection.client?.observer !== true) return;
    const params = parseObject(frame)?.['params'];
    connection.send({ method: brokerNotifications.requestOpened, params: { requestId: id, method, params } });
  }

  /** Puts a request for one client to the next one that can answer it. */
  #askNext(request: OpenRequest, first: boolean): void {
    for (const connection of candidates(request, this.#audience)) {
      if (!mayAnswer(request, connection)) continue;
      const listens = request.thread === null || request.thread.subscribers.has(connection);
      this.#ask(request, connection, first && listens);
      return;
    }
    this.#nobody(request);
  }

  #nobody(request: OpenRequest): void {
    this.#release(request);
    this.#refuse(
      request.upstreamId,
      errorBody(errors.nobodyCanAnswer, `No attached client can answer ${request.method}`),
    );
  }

  #settleIfAllRefused(request: OpenRequest): void {
    const last = [...request.refusals].at(-1);
    if (last === undefined || request.resolution !== null || isWaitedFor(request)) return;
    this.#settle(request, last[1], { by: nameOf(last[0]), outcome: 'refused' });
  }

  #settle(request: OpenRequest, answer: Uint8Array, resolution: Resolution): void {
    request.resolution = resolution;
    if (request.row.audience === 'deciders') this.#counters.approvals[resolution.outcome] += 1;
    this.#link.send(answer);
    // The runtime says of an approval that it is resolved, and of what it asks of one client nothing.
    if (request.row.audience !== 'deciders') this.#release(request);
  }

  /** Nobody is asked it any more. It stays known: the runtime may just be saying it again. */
  #release(request: OpenRequest): void {
    request.resolution ??= CANCELLED;
    request.callOffExpiry?.();
    const { thread } = request;
    if (thread?.openRequests.delete(request) === true) this.#audience.changed(thread);
  }

  #tooLate(connection: Connection, requestId: number, resolution: Resolution): void {
    if (connection.wire === 'stock') return;
    connection.send({ method: brokerNotifications.alreadyResolved, params: { requestId, ...resolution } });
  }

  #refuse(upstreamId: string, error: object): void {
    this.#link.send(Buffer.from(`{"error":${JSON.stringify(error)},"id":${upstreamId}}`));
  }

  #forget(request: OpenRequest): void {
    request.callOffExpiry?.();
    this.#byId.delete(request.id);
    if (this.#byUpstreamId.get(request.upstreamId) === request) this.#byUpstreamId.delete(request.upstreamId);
    if (request.resolution === null && request.row.audience === 'deciders')
      this.#counters.approvals.cancelled += 1;
    const resolution = request.resolution ?? CANCELLED;
    this.#resolutions.set(request.id, { resolution, asked: new WeakSet(request.asked) });
    if (request.thread === null) return;
    request.thread.openRequests.delete(request);
    this.#audience.changed(request.thread);
  }

  /** Makes room: what one client alone is asked is answered and never resolved. */
  #forgetAnswered(): boolean {
    const answered = [...this.#byId.values()].find(({ resolution }) => resolution !== null);
    if (answered !== undefined) this.#forget(answered);
    return answered !== undefined;
  }
}
