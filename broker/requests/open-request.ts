import { encodeStock } from '../../protocol/codec.js';
import { isObject } from '../../protocol/messages.js';
import { runtimeNotifications, serverNotification } from '../../protocol/notifications.js';
import { HUMAN_COMMAND, NO_HUMAN, serverRequest } from '../../protocol/server-requests.js';
import type { ServerRequest } from '../../protocol/server-requests.js';
import type { Connection } from '../connection/connection.js';
import { withId } from '../framing/envelope.js';
import { parseObject } from '../framing/json-bytes.js';
import type { Span } from '../framing/json-bytes.js';
import type { Entry, NewEntry } from '../thread/log.js';
import type { Subscriber } from '../thread/subscriber.js';
import type { Thread } from '../thread/thread.js';

/**
 * One request of the runtime: open until the first answer, then answered until the runtime resolves it (an approval)
 * or for good (what one client alone is asked).
 */
export interface OpenRequest {
  /** The id clients know it by: the broker's own, never used twice. */
  readonly id: number;
  /** The id the runtime knows it by, as JSON text. It starts again at 0 with every runtime. */
  readonly upstreamId: string;
  readonly method: string;
  readonly row: ServerRequest;
  /** Only for a client that declared `requiredHumanApproval`. */
  readonly humanOnly: boolean;
  readonly thread: Thread | null;
  /** As the runtime wrote it, under the broker's id. */
  readonly frame: Buffer;
  /** The same without what a client that did not declare `experimentalApi` must not see. */
  readonly plain: Buffer | null;
  readonly asked: Set<Connection>;
  /** Those of them that are asked by its entry in the log; the others have had a frame of their own. */
  readonly given: WeakSet<Subscriber>;
  /** The number of that entry. */
  seq: number;
  /** Subscribed since, and to be asked when the runtime says the request again. */
  readonly due: Set<Connection>;
  /** An error answer counts only when nobody else is left to ask. */
  readonly refusals: Map<Connection, Buffer>;
  /** How it was settled; null while it is open. */
  resolution: Resolution | null;
  /** Calls off that it is given up; null where it never is. */
  callOffExpiry: (() => void) | null;
}

/** What the requests of the runtime need to know of who is there. */
export interface Audience {
  /** The connections initialized now, in the order in which they came. */
  present(): Iterable<Connection>;
  /** The connection that logged in with tokens of its own. */
  loginOwner(): Connection | null;
  /** Appends to the log of a thread, or to the lobby. */
  append(thread: Thread | null, entry: NewEntry): Entry;
  /** A request waits for a person. */
  waits(request: OpenRequest): void;
  /** A request of the thread was opened or has gone. */
  changed(thread: Thread): void;
}

/** How a request was settled, as v1 clients are told. */
export interface Resolution {
  /** Who answered; null where nobody did. */
  readonly by: { readonly connectionId: string; readonly clientName: string } | null;
  readonly outcome: 'answered' | 'refused' | 'cancelled';
}

export const CANCELLED: Resolution = { by: null, outcome: 'cancelled' };
export const NOBODY: Resolution = { by: null, outcome: 'refused' };

/** `serverRequest/resolved` in the ids of clients. */
export interface Resolved {
  readonly line: Buffer;
  /** With who answered it, and how: for v1 clients. */
  readonly v1Line: Buffer;
}

/** A request that is over. */
export interface Settled {
  readonly resolution: Resolution;
  readonly asked: WeakSet<Connection>;
}

/** Where a request comes from. */
export type RequestOrigin = Pick<OpenRequest, 'upstreamId' | 'method' | 'thread'>;

/** A request as the runtime wrote it (`upstreamAt`: where its own id stands), under an id of the broker's. */
export function openRequest(id: number, line: Buffer, upstreamAt: Span, origin: RequestOrigin): OpenRequest {
  const row = serverRequest(origin.method);
  const params = parseObject(line)?.['params'];
  const known = isObject(params) ? params : {};
  return {
    ...origin,
    id,
    row,
    humanOnly: known['kind'] === HUMAN_COMMAND,
    frame: withId(line, upstreamAt, String(id)),
    plain: plainFrame(origin.method, id, known, row.experimentalParams),
    asked: new Set(),
    given: new WeakSet(),
    seq: 0,
    due: new Set(),
    refusals: new Map(),
    resolution: null,
    callOffExpiry: null,
  };
}

/** Whether somebody is left to ask, or was asked and is still there: who has unsubscribed may answer, but need not. */
export function isWaitedFor({ asked, due, refusals, thread }: OpenRequest): boolean {
  if (due.size > 0) return true;
  return [...asked].some((one) => !refusals.has(one) && (thread === null || thread.subscribers.has(one)));
}

/**
 * Whether a client that joins is to be asked with the answer. What one client alone is asked it has been given, but
 * where it was still on its way by the cursor that it gives up now.
 */
export function isPendingFor(request: OpenRequest, connection: Connection): boolean {
  const { row, resolution, thread, given, seq } = request;
  if (resolution !== null || !mayAnswer(request, connection)) return false;
  if (row.audience === 'deciders') return true;
  const next = thread?.subscribers.get(connection)?.next ?? Infinity;
  return given.has(connection.outbox) && seq >= next;
}

/** Whether the client has declared what it takes to be asked. */
export function mayAnswer(request: OpenRequest, connection: Connection): boolean {
  const { client } = connection;
  if (client === null || client.observer || connection.closed) return false;
  if (request.row.experimental && !client.experimentalApi) return false;
  return !request.humanOnly || client.requiredHumanApproval;
}

/** Whether controllers are subscribed, and none of them is one that takes approvals for a person. */
export function isForNobodyHere({ humanOnly, asked, resolution, thread }: OpenRequest): boolean {
  const there = [...(thread?.subscribers.keys() ?? [])].some((one) => one.client?.observer === false);
  return humanOnly && resolution === null && asked.size === 0 && there;
}

/** What the runtime is answered then. */
export function declined({ upstreamId }: OpenRequest): Buffer {
  return Buffer.from(`{"id":${upstreamId},"result":${JSON.stringify(NO_HUMAN)}}`);
}

/** The request as this client may see it. */
export function frameFor({ plain, frame }: OpenRequest, connection: Connection): Buffer {
  return connection.client?.experimentalApi === true ? frame : (plain ?? frame);
}

function plainFrame(
  method: string,
  id: number,
  params: Readonly<Record<string, unknown>>,
  hidden: readonly string[],
): Buffer | null {
  if (!hidden.some((name) => name in params)) return null;
  const shown = Object.fromEntries(Object.entries(params).filter(([name]) => !hidden.includes(name)));
  return Buffer.from(encodeStock({ method, id, params: shown }));
}

export function nameOf(connection: Connection): Resolution['by'] {
  return { connectionId: connection.id, clientName: connection.client?.name ?? '' };
}

export function resolvedLines(message: object, params: object, resolution: Resolution): Resolved {
  return {
    line: Buffer.from(encodeStock({ ...message, params })),
    v1Line: Buffer.from(encodeStock({ ...message, params: { ...params, ...resolution } })),
  };
}

/** The entry that ends a request whose runtime has ended. */
export function cancelledEntry({ thread, id, resolution }: OpenRequest): NewEntry {
  const method = runtimeNotifications.requestResolved;
  const params = { ...(thread === null ? {} : { threadId: thread.id }), requestId: id };
  const lines = resolvedLines({ method }, params, resolution ?? CANCELLED);
  return { method, row: serverNotification(method), ...lines };
}

/** Those who get the entry of a request. */
export function listeners({ thread }: OpenRequest, audience: Audience): Iterable<Connection> {
  return thread === null ? audience.present() : thread.subscribers.keys();
}

/** Whom a request for one client may be put to, the first choice first. */
export function candidates({ row, thread }: OpenRequest, audience: Audience): Iterable<Connection> {
  const subscribers = [...(thread?.subscribers.keys() ?? [])];
  switch (row.audience) {
    case 'toolOwner':
      return [thread?.toolOwner ?? [], ...subscribers].flat();
    case 'attestor':
      return [...audience.present()].filter((one) => one.client?.requestAttestation === true);
    case 'loginOwner':
      return [audience.loginOwner()].filter((one) => one !== null);
    case 'subscriber':
    case 'deciders':
      return subscribers;
  }
}
