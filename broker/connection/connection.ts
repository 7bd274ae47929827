import type { By } from '../../protocol/attachments.js';
import type { ClientPresence } from '../../protocol/clients.js';
import { REQUESTS_PER_CONNECTION_MAX, SUBSCRIPTIONS_PER_CONNECTION_MAX } from '../../protocol/limits.js';
import { brokerNotifications } from '../../protocol/notifications.js';
import { encodeStock } from '../../protocol/codec.js';
import { close } from '../../protocol/close.js';
import type { CloseReason } from '../../protocol/close.js';
import { isObject } from '../../protocol/messages.js';
import type { RequestId } from '../../protocol/messages.js';
import { errorBody, errors } from '../../protocol/errors.js';
import type { ClientMethod, Role } from '../../protocol/methods.js';
import type { Wire } from '../../protocol/wires.js';
import type { Credential } from '../access/credential.js';
import { readEnvelope } from '../framing/envelope.js';
import { ownFrame } from '../framing/frames.js';
import { countIn, GONE } from '../ops/counters.js';
import type { ConnectionKind, Counters, CutCause, Outcome } from '../ops/counters.js';
import type { AnyError } from '../requests/refusal.js';
import type { Cursor, Entry, EntryRow, Log } from '../thread/log.js';
import type { Thread } from '../thread/thread.js';
import type { Transport } from '../transports/transport.js';
import { Outbox } from './outbox.js';
import type { OutboxContext } from './outbox.js';

/** Who a client said it is, in `initialize`. */
export interface ClientIdentity {
  readonly name: string;
  readonly version: string;
  readonly title: string | null;
  /** As it declares, for others to see. */
  readonly kind: ClientPresence['kind'];
  readonly experimentalApi: boolean;
  readonly requiredHumanApproval: boolean;
  readonly requestAttestation: boolean;
  /** Only looks on: is never asked. */
  readonly observer: boolean;
  /** Exact names; null where there are none. */
  readonly optOut: ReadonlySet<string> | null;
}

/** A request that the runtime has not answered. */
interface AskedOfRuntime {
  /** As the client wrote it. */
  readonly clientId: string;
  readonly row: ClientMethod;
  readonly request: { readonly method: string };
}

/** Who has come, and on what. */
export interface Visitor {
  readonly transport: Transport;
  readonly credential: Credential;
}

/** What a client is told that has too many requests waiting for their answers. */
export const TOO_MANY = errorBody(
  errors.overloaded,
  'Too many requests of this client in flight; wait for some answers',
);

/** One client on one wire, from its first byte to its last. */
export class Connection {
  /** Unique in the life of this broker and of any other. */
  readonly id: string;
  readonly wire: Wire;
  readonly transport: Transport;
  readonly outbox: Outbox;
  /** Who it speaks for. */
  readonly credential: Credential;
  /** Null until `initialize`. */
  client: ClientIdentity | null = null;
  readonly #threads = new Set<Thread>();
  /** Its requests that the runtime has not answered, by the ids that the runtime knows. */
  readonly inFlight = new Map<number, AskedOfRuntime>();
  /** What the runtime was asked for it by the broker's own methods, and has not answered. */
  readonly asked = new Set<number>();
  /** Its requests that the broker itself has not answered yet. */
  waiting = 0;
  closed = false;
  /** What it has sent. */
  readonly received = { frames: 0, bytes: 0 };
  /** When it came, in ms since 1970. */
  readonly openedAt: number;
  /** Why the broker has ended it, and what was on its way then. */
  end: { readonly reason: CloseReason; readonly pendingBytes: number } | null = null;
  /** Why it was cut, where it did not read. */
  cut: CutCause | null = null;
  readonly #counters: Counters;
  readonly #presenceChanged: (connectionId: string) => void;

  constructor(id: string, wire: Wire, { transport, credential }: Visitor, context: OutboxContext) {
    this.id = id;
    this.credential = credential;
    this.wire = wire;
    this.transport = transport;
    this.outbox = new Outbox(
      {
        id,
        frameOf: (entry, cursor) => this.#frameOf(entry, cursor),
        cut: (cause) => {
          context.counters.cuts[cause] += 1;
          this.cut = cause;
          this.#end(close.slowConsumer);
        },
      },
      transport,
      context,
    );
    this.#counters = context.counters;
    this.#presenceChanged = (changed) => context.presenceChanged(changed);
    this.openedAt = context.now();
    context.counters.opened[this.#kind] += 1;
  }

  get #kind(): ConnectionKind {
    return `${this.transport.kind}/${this.wire}`;
  }

  /** It has ended, whoever ended it. */
  left(): void {
    this.closed = true;
    this.#counters.closed[this.#kind] += 1;
    countIn(this.#counters.ends, this.endReason);
    this.outbox.close();
  }

  /** Whether this client is meant to get a notification that its subscriptions bring. */
  wants(method: string, row: EntryRow): boolean {
    const { client } = this;
    if (client === null) return false;
    if (row.experimental && !client.experimentalApi) return false;
    if (row.wire === 'v1' && this.wire === 'stock') return false;
    return client.optOut === null || !client.optOut.has(method);
  }

  /** Whether a request of its own that is in flight may cause this notification. */
  asksFor(method: string): boolean {
    for (const { row } of this.inFlight.values()) if (row.causes.includes(method)) return true;
    return false;
  }

  /** The most that it may do: what its credential says, or less where it wants less. */
  get role(): Role {
    return this.client?.observer === true ? 'observer' : this.credential.role;
  }

  /** Whether one request more of it may wait for an answer. */
  get mayAsk(): boolean {
    return this.waiting + this.inFlight.size < REQUESTS_PER_CONNECTION_MAX;
  }

  /** The threads it is subscribed to. */
  get threads(): ReadonlySet<Thread> {
    return this.#threads;
  }

  /** It is subscribed to a thread from here on. */
  subscribed(thread: Thread): void {
    this.#threads.add(thread);
    this.#presenceChanged(this.id);
  }

  unsubscribed(thread: Thread): void {
    if (this.#threads.delete(thread)) this.#presenceChanged(this.id);
  }

  /** Whether it may be subscribed to that thread. */
  hasRoomFor(thread: Thread): boolean {
    return !this.closed && (this.threads.has(thread) || this.threads.size < SUBSCRIPTIONS_PER_CONNECTION_MAX);
  }

  /** Why it has ended, in one word: `gone` where the broker had no reason. */
  get endReason(): string {
    return this.end?.reason.reason ?? GONE;
  }

  /** Who this is, for other clients. */
  get by(): NonNullable<By> {
    return { connectionId: this.id, clientName: this.client?.name ?? '' };
  }

  /** Who this is, for the log. */
  get identity(): object {
    const { id, wire, transport, credential, client } = this;
    const { kind, address } = transport;
    const name = credential.name;
    return { connection: id, client: client?.name, credential: name, address, transport: kind, wire };
  }

  /** How it ended and what went over it, for the log. */
  totals(now: number): object {
    const { cut, end, endReason, openedAt, outbox, received } = this;
    return {
      reason: endReason,
      cut,
      ms: now - openedAt,
      messagesIn: received.frames,
      bytesIn: received.bytes,
      messagesOut: outbox.sent.frames,
      bytesOut: outbox.sent.bytes,
      pendingBytes: end?.pendingBytes ?? outbox.pendingBytes,
    };
  }

  /** Queues the broker's own answer to one of its requests. */
  answer(id: RequestId, result: unknown): void {
    this.settled('result');
    this.send({ id, result });
  }

  /** The same with an error: the broker's own, or the runtime's. */
  refuse(id: RequestId, error: AnyError): void {
    const reason = isObject(error.data) ? String(error.data['reason']) : '';
    const isOurs = this.#isThere && countIn(this.#counters.refusals, reason);
    this.settled(isOurs ? 'refused' : 'error');
    this.send({ error, id });
  }

  /** One of its requests has ended, whether or not it is still there to learn how. */
  settled(outcome: Outcome): void {
    this.#counters.requests[this.#isThere ? outcome : 'lost'] += 1;
  }

  get #isThere(): boolean {
    return !this.closed && this.end === null;
  }

  /** Queues a message of the broker's own. */
  send(message: object): void {
    this.push(encodeStock(message));
  }

  /** Queues a message for this connection alone: JSON, as it came from the runtime or was made here. */
  push(line: Uint8Array): void {
    const frame = ownFrame(this.wire, line);
    if (frame !== null) this.outbox.push(frame);
    else this.#pushUnreadable(line);
  }

  /** Tells a v1 client that a log has begun anew, or is news to it. */
  resetLog(log: Pick<Log, 'name' | 'epoch'>, seq: number, reason: string): void {
    if (this.wire === 'stock') return;
    const params = { log: log.name, epoch: log.epoch, seq, reason };
    this.send({ method: brokerNotifications.logReset, params });
  }

  /** Ends the connection after what was queued for it. */
  close(reason: CloseReason): void {
    // What came in this turn of work has not been told yet.
    for (const cursor of this.outbox.cursors) this.outbox.wake(cursor);
    this.outbox.flush();
    this.#end(reason);
  }

  #end(reason: CloseReason): void {
    this.end ??= { reason, pendingBytes: this.outbox.pendingBytes };
    this.outbox.close();
    this.transport.close(reason);
  }

  #frameOf(entry: Entry, cursor: Cursor): Uint8Array | null {
    const { given } = entry;
    const whole =
      given === null
        ? this.wants(entry.method, entry.row)
        : entry.seq > cursor.replayUntil && given.has(cursor.subscriber);
    if (whole && given !== null && given.plain !== null && this.client?.experimentalApi !== true) {
      return this.wire === 'stock' ? given.plain : cursor.log.frameOf(given.plain, entry.seq, this.wire);
    }
    if (this.wire !== 'stock') return cursor.log.frame(entry, this.wire, whole);
    return whole ? entry.stock : null;
  }

  /** An answer of the runtime that msgpack has no words for, as it is no JSON: whoever waits is told so. */
  #pushUnreadable(line: Uint8Array): void {
    const bytes = Buffer.from(line);
    const id = readEnvelope(bytes)?.id ?? null;
    if (id === null) return;
    const error = errorBody(errors.runtimeFailed, 'The runtime answered with what is no JSON');
    this.push(
      Buffer.from(`{"error":${JSON.stringify(error)},"id":${bytes.toString('utf8', id.start, id.end)}}`),
    );
  }
}
