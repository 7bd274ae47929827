import type { Logger } from 'pino';
import { close } from '../../protocol/close.js';
import { INITIALIZE_MS_MAX } from '../../protocol/limits.js';
import type { Wire } from '../../protocol/wires.js';
import type { Clock } from '../clock.js';
import { countIn } from '../ops/counters.js';
import type { Threads } from '../thread/threads.js';
import type { TransportEvents } from '../transports/transport.js';
import type { Connection, Visitor } from './connection.js';
import type { Connections } from './connections.js';
import type { OutboxContext } from './outbox.js';
import { Session } from './session.js';
import type { SessionContext } from './session.js';
import type { Streams } from './streams.js';

export interface AcceptorContext extends SessionContext {
  readonly connections: Connections;
  readonly outbox: OutboxContext;
  readonly threads: Threads;
  readonly streams: Streams;
  readonly clock: Clock;
  /** The connection has ended. */
  left(connection: Connection): void;
}

/** Makes a connection of each wire that opens, and takes it apart when that ends. */
export class Acceptor {
  readonly #context: AcceptorContext;
  readonly #log: Logger;

  constructor(context: AcceptorContext) {
    this.#context = context;
    this.#log = context.log;
  }

  /** A client's wire is open. */
  accept(visitor: Visitor, wire: Wire): TransportEvents {
    const { clock, connections, outbox, counters } = this.#context;
    const { transport } = visitor;
    const connection = connections.add(visitor, wire, outbox);
    if (connection === null) {
      countIn(counters.ends, close.tooMany.reason);
      this.#log.info(
        { address: transport.address, credential: visitor.credential.name },
        'too many connections',
      );
      transport.close(close.tooMany);
      return { message() {}, tooLarge() {}, drained() {}, closed() {} };
    }
    const session = new Session(connection, this.#context);
    const callOffDeadline = clock.after(INITIALIZE_MS_MAX, () => {
      // On stdio there is one client, and nobody else whom it could keep out.
      if (connection.client === null && transport.kind === 'websocket')
        connection.close(close.handshakeTimeout);
    });
    this.#log.info(connection.identity, 'attached');
    return {
      message: (data, binary) => session.message(data, binary),
      tooLarge: (bytes) => session.tooLarge(bytes),
      drained: () => connection.outbox.drained(),
      closed: () => {
        callOffDeadline();
        this.#left(connection);
      },
    };
  }

  #left(connection: Connection): void {
    const { connections, forwarder, requests, streams, threads } = this.#context;
    const now = this.#context.clock.now();
    const totals = connection.totals(now);
    connections.remove(connection, now);
    connection.left();
    for (const thread of connection.threads) threads.unsubscribe(connection, thread);
    this.#context.left(connection);
    forwarder.left(connection);
    requests.left(connection);
    streams.left(connection);
    this.#log.info({ ...connection.identity, ...totals }, 'left');
  }
}
