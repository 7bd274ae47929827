import { strict as assert } from 'node:assert';
import type { Logger } from 'pino';
import { close } from '../protocol/close.js';
import { encodeStock } from '../protocol/codec.js';
import { BrokerMethods } from './connection/broker-methods.js';
import type { Connection } from './connection/connection.js';
import { Connections } from './connection/connections.js';
import { FlushList } from './connection/flush-list.js';
import { Forwarder } from './connection/forwarder.js';
import { Greeting } from './connection/handshake.js';
import type { OutboxContext } from './connection/outbox.js';
import { RuntimeHold } from './connection/runtime-hold.js';
import { Session } from './connection/session.js';
import { Streams } from './connection/streams.js';
import { Fanout } from './fanout.js';
import { newCounters } from './ops/counters.js';
import { statusOf } from './ops/status.js';
import { InFlight } from './requests/in-flight.js';
import { ServerRequests } from './requests/server-requests.js';
import type { RuntimeEvents, RuntimeExit, RuntimeLink } from './runtime/link.js';
import { Upstream } from './runtime/upstream.js';
import type { UpstreamIdentity } from './runtime/upstream.js';
import { Threads } from './thread/threads.js';
import type { Transport, TransportEvents } from './transports/transport.js';

export interface BrokerOptions {
  /** Starts the runtime. What it says goes to `events`, not before the call has returned. */
  readonly startRuntime: (events: RuntimeEvents) => RuntimeLink;
  /** Who the broker is to the runtime. */
  readonly identity: UpstreamIdentity;
  /** The runtime is gone, whoever ended it. */
  readonly runtimeExited: (exit: RuntimeExit) => void;
  /** The clock: runs something so much later. */
  readonly after: (ms: number, run: () => void) => void;
  readonly log: Logger;
}

/**
 * One runtime behind, any number of clients in front. This file builds the parts and connects them; nothing else
 * does.
 */
export class Broker {
  /** Where it listens, for `status`. */
  listen: readonly string[] = [];

  readonly #log: Logger;
  readonly #counters = newCounters();
  readonly #connections = new Connections();
  readonly #greeting = new Greeting();
  readonly #link: RuntimeLink;
  readonly #inFlight: InFlight;
  readonly #threads: Threads;
  readonly #requests: ServerRequests;
  readonly #streams: Streams;
  readonly #upstream: Upstream;
  readonly #forwarder: Forwarder;
  readonly #brokerMethods: BrokerMethods;
  readonly #outboxContext: OutboxContext;
  #loginOwner: Connection | null = null;
  #stopping = false;

  constructor({ startRuntime, identity, runtimeExited, after, log }: BrokerOptions) {
    const counters = this.#counters;
    const connections = this.#connections;
    const present = (): Iterable<Connection> => connections.present;
    this.#log = log;
    this.#link = startRuntime({
      line: (line) => this.#upstream.line(line),
      lineTooLong: (bytes) => this.#upstream.lineTooLong(bytes),
      exited: (exit) => {
        // Whoever runs us learns it before those whose requests fail with it.
        runtimeExited(exit);
        this.#runtimeExited(exit);
      },
    });
    const hold = new RuntimeHold(this.#link);
    const flushes = new FlushList();
    this.#outboxContext = {
      counters,
      schedule: (outbox) => flushes.add(outbox),
      pendingChanged: (outbox) => hold.changed(outbox),
    };
    this.#inFlight = new InFlight(this.#link);
    this.#requests = new ServerRequests(
      this.#link,
      { present, loginOwner: () => this.#loginOwner },
      counters,
      after,
    );
    this.#threads = new Threads({
      present,
      subscribed: (connection, thread, resumed) => this.#requests.subscribed(connection, thread, resumed),
      after,
    });
    this.#streams = new Streams(connections.all, this.#inFlight, counters);
    const fanout = new Fanout({
      threads: this.#threads,
      requests: this.#requests,
      streams: this.#streams,
      present,
      greeting: (method, row, line) => this.#greeting.keep(method, row, line),
    });
    this.#upstream = new Upstream({
      identity,
      inFlight: this.#inFlight,
      requests: this.#requests,
      threads: this.#threads,
      fanout,
      counters,
      log,
      send: (message) => this.#link.send(encodeStock(message)),
    });
    this.#forwarder = new Forwarder({
      inFlight: this.#inFlight,
      threads: this.#threads,
      streams: this.#streams,
      loggedIn: (connection) => (this.#loginOwner = connection),
    });
    this.#brokerMethods = new BrokerMethods({
      threads: this.#threads,
      requests: this.#requests,
      status: () =>
        statusOf({
          link: this.#link,
          hold,
          upstream: this.#upstream,
          connections,
          threads: this.#threads,
          counters,
          listen: this.listen,
        }),
    });
  }

  /**
   * Initializes the runtime. Clients may be attached afterwards.
   * @throws {Error} the runtime did not answer, answered with an error, or is gone
   */
  async start(): Promise<void> {
    await this.#upstream.initialize();
    this.#greeting.complete();
  }

  /** Whether clients may be attached: the runtime has answered and is there. */
  ready(): boolean {
    return this.#upstream.runtime !== null && !this.#inFlight.isDown;
  }

  /** What the runtime is, for people. */
  get runtimeLabel(): string {
    return this.#link.label;
  }

  /** A client's wire is open. Not before `start`. */
  attach(transport: Transport): TransportEvents {
    const { runtime } = this.#upstream;
    assert(runtime !== null, 'a client is attached only once the runtime is initialized');
    const connection = this.#connections.add(transport, this.#outboxContext);
    if (connection === null) {
      transport.close(close.tooMany);
      return { message() {}, tooLarge() {}, drained() {}, closed() {} };
    }
    const session = new Session(connection, {
      counters: this.#counters,
      requests: this.#requests,
      forwarder: this.#forwarder,
      brokerMethods: this.#brokerMethods,
      greeting: this.#greeting,
      runtime,
      admit: (one) => this.#connections.admit(one),
    });
    this.#log.info({ connection: connection.id, transport: transport.kind }, 'attached');
    return {
      message: (data, binary) => session.message(data, binary),
      tooLarge: (bytes) => session.tooLarge(bytes),
      drained: () => connection.outbox.drained(),
      closed: () => this.#left(connection),
    };
  }

  /** Tells every client and ends the runtime. Resolves when all of them are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const connection of this.#connections.all.values()) connection.close(close.shutdown);
    await Promise.all([this.#link.close(), this.#connections.emptied()]);
  }

  #left(connection: Connection): void {
    connection.closed = true;
    connection.outbox.close();
    this.#connections.remove(connection);
    for (const thread of connection.threads) this.#threads.unsubscribe(connection, thread);
    if (this.#loginOwner === connection) this.#loginOwner = null;
    for (const id of connection.inFlight.keys()) this.#inFlight.abandon(id);
    this.#requests.left(connection);
    this.#streams.left(connection);
    this.#log.info({ connection: connection.id, client: connection.client?.name }, 'left');
  }

  #runtimeExited(exit: RuntimeExit): void {
    this.#log[this.#stopping ? 'info' : 'warn']({ summary: exit.summary }, 'the runtime is gone');
    this.#inFlight.fail(`The runtime is gone: ${exit.summary}`);
    for (const connection of this.#connections.all.values()) connection.close(close.runtimeExited);
  }
}
