import { STREAMS_PER_CONNECTION_MAX } from '../../protocol/limits.js';
import { isObject, threadIdOf } from '../../protocol/messages.js';
import { streamFamilies } from '../../protocol/methods.js';
import type { StreamFamily, StreamUse } from '../../protocol/methods.js';
import type { ServerNotification } from '../../protocol/notifications.js';
import { parseObject } from '../framing/json-bytes.js';
import type { Counters } from '../ops/counters.js';
import type { InFlight } from '../requests/in-flight.js';
import type { Connection } from './connection.js';

const MARK = 'threadcast:';

type Params = Record<string, unknown>;

interface OpenStream {
  readonly family: StreamFamily;
  /** As the runtime knows it. */
  readonly id: string;
  /** The thread that it belongs to, where it belongs to one: it ends with the subscription. */
  readonly threadId: string | null;
  /** Requests in flight that open it: one may fail, under the same id, and must not end what is open. */
  opening: number;
  isOpen: boolean;
}

/**
 * Streams that belong to one connection: commands, processes, watches, searches. Clients choose their ids, so two
 * may choose the same; the runtime knows each as `threadcast:CONNECTION:ID`. That keeps them apart by
 * construction: a client cannot name another's.
 */
export class Streams {
  readonly #connections: ReadonlyMap<string, Connection>;
  readonly #inFlight: InFlight;
  readonly #counters: Counters;
  /** The streams open now, by family and id (`keyOf`), so that they can be ended with their connection. */
  readonly #open = new Map<Connection, Map<string, OpenStream>>();
  #unnamed = 0;

  constructor(connections: ReadonlyMap<string, Connection>, inFlight: InFlight, counters: Counters) {
    this.#connections = connections;
    this.#inFlight = inFlight;
    this.#counters = counters;
  }

  /** Whether the connection may open one more. */
  mayOpen(connection: Connection): boolean {
    return (this.#open.get(connection)?.size ?? 0) < STREAMS_PER_CONNECTION_MAX;
  }

  /** A client's request goes to the runtime: its params with the stream's id as the runtime knows it. */
  request(connection: Connection, use: StreamUse, params: Params): Params {
    const { key, empty } = streamFamilies[use.family];
    const id = params[key] ?? this.#nameFor(use, params);
    // What the runtime refuses it must get as it is: with our mark before it it would be in order.
    if (typeof id !== 'string' || (id === '' && empty === 'refused')) return params;
    const known = prefixOf(connection) + id;
    if (use.does === 'open' || use.does === 'run')
      this.#remember(connection, use.family, known, threadIdOf(params));
    return { ...params, [key]: known };
  }

  /** That request is answered; `params` are those that `request` gave. */
  answered(connection: Connection, use: StreamUse, params: Params, failed: boolean): void {
    const id = params[streamFamilies[use.family].key];
    const key = keyOf(use.family, id);
    const stream = this.#open.get(connection)?.get(key);
    if (stream === undefined) {
      if (use.does === 'open' && !failed && typeof id === 'string')
        this.#openedInVain(connection, use.family, id, threadIdOf(params));
      return;
    }
    if (use.does === 'open' || use.does === 'run') stream.opening -= 1;
    if (!failed && (use.does === 'open' || use.does === 'close')) stream.isOpen = use.does === 'open';
    if (stream.opening <= 0 && !stream.isOpen) this.#open.get(connection)?.delete(key);
  }

  /** It is known no more: its client, or its subscription, has gone meanwhile, or it has ended by itself. */
  #openedInVain(connection: Connection, family: StreamFamily, id: string, threadId: string | null): void {
    if (connection.closed || threadId !== null) this.#end(family, id);
  }

  /** An answer of the runtime that may name streams, with the ids that the client chose. */
  inClientsIds(connection: Connection, answer: Buffer): Buffer {
    return Buffer.from(answer.toString('utf8').replaceAll(prefixOf(connection), ''));
  }

  /** A notification of a stream, for the one connection that has it. */
  deliver(line: Buffer, method: string, row: ServerNotification): void {
    this.#counters.eventsParsed += 1;
    const message = parseObject(line);
    const params = message?.['params'];
    if (row.stream === null || message === null || !isObject(params)) return;
    const { key } = streamFamilies[row.stream];
    const known = params[key];
    if (typeof known !== 'string') return;
    const [connection, id] = this.#ownerOf(known);
    if (connection === undefined) return;
    if (row.effect === 'streamEnded') this.#open.get(connection)?.delete(keyOf(row.stream, known));
    if (!connection.wants(method, row)) return;
    this.#counters.framesEncoded += 1;
    connection.send({ ...message, params: { ...params, [key]: id } });
  }

  /** The connection is gone: as on the real server, what it has running is ended. */
  left(connection: Connection): void {
    for (const stream of this.#open.get(connection)?.values() ?? []) this.#end(stream.family, stream.id);
    this.#open.delete(connection);
  }

  /** The connection has left a thread: what it listened to there is ended, as on the real server. */
  unsubscribed(connection: Connection, threadId: string): void {
    const streams = this.#open.get(connection);
    for (const [key, stream] of streams ?? []) {
      if (stream.threadId !== threadId) continue;
      this.#end(stream.family, stream.id);
      streams?.delete(key);
    }
  }

  /** The runtime has let go of a thread, and of what belonged to it. */
  threadGone(threadId: string): void {
    for (const streams of this.#open.values()) {
      for (const [key, stream] of streams) if (stream.threadId === threadId) streams.delete(key);
    }
  }

  /** The runtime has ended, and all that it had running. */
  runtimeGone(): void {
    this.#open.clear();
  }

  #end(family: StreamFamily, id: string): void {
    const { key, end } = streamFamilies[family];
    // Whether it was still there to end is of no interest to anyone.
    if (end !== null) this.#inFlight.ask(end, { [key]: id }).catch(() => {});
  }

  #remember(connection: Connection, family: StreamFamily, id: string, threadId: string | null): void {
    const streams = this.#open.get(connection) ?? new Map<string, OpenStream>();
    const stream = streams.get(keyOf(family, id)) ?? { family, id, threadId, opening: 0, isOpen: false };
    stream.opening += 1;
    streams.set(keyOf(family, id), stream);
    this.#open.set(connection, streams);
  }

  /** A command without an id gets one, so that it can be ended; unless the runtime refuses it without. */
  #nameFor(use: StreamUse, params: Params): string | undefined {
    const refused = streamFamilies[use.family].needsId.some((name) => params[name] === true);
    if (use.does !== 'run' || refused) return undefined;
    this.#unnamed += 1;
    return `unnamed ${this.#unnamed}`;
  }

  #ownerOf(known: string): [Connection | undefined, string] {
    if (!known.startsWith(MARK)) return [undefined, known];
    const end = known.indexOf(':', MARK.length);
    return [this.#connections.get(known.slice(MARK.length, end)), known.slice(end + 1)];
  }
}

/** Two families may have a stream of the same id each. */
function keyOf(family: StreamFamily, id: unknown): string {
  return `${family} ${String(id)}`;
}

function prefixOf(connection: Connection): string {
  return `${MARK}${connection.id}:`;
}
