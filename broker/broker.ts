import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { close } from '../protocol/close.js';
import { encodeStock } from '../protocol/codec.js';
import { ownRequests } from '../protocol/methods.js';
import type { Wire } from '../protocol/wires.js';
import { AttachmentParts } from './attachments/parts.js';
import type { Store } from './attachments/store.js';
import { DEFAULT_BOUNDS } from './bounds.js';
import type { BrokerBounds } from './bounds.js';
import type { Clock } from './clock.js';
import { BrokerMethods } from './connection/broker-methods.js';
import type { Connection } from './connection/connection.js';
import { Connections } from './connection/connections.js';
import { FlushList } from './connection/flush-list.js';
import { Forwarder } from './connection/forwarder.js';
import { Greeting } from './connection/handshake.js';
import { Joins } from './connection/joins.js';
import type { OutboxContext } from './connection/outbox.js';
import { Reception } from './connection/reception.js';
import { RuntimeHold } from './connection/runtime-hold.js';
import { slowMethods } from './connection/slow-methods.js';
import { Session } from './connection/session.js';
import { Streams } from './connection/streams.js';
import { Fanout } from './fanout.js';
import { newCounters } from './ops/counters.js';
import { statusOf } from './ops/status.js';
import { InFlight } from './requests/in-flight.js';
import { ServerRequests } from './requests/server-requests.js';
import type { RuntimeEvents, RuntimeExit, RuntimeLink } from './runtime/link.js';
import { Lives } from './runtime/lives.js';
import { Recovery } from './runtime/recovery.js';
import { Supervisor } from './runtime/supervisor.js';
import { Upstream } from './runtime/upstream.js';
import type { UpstreamIdentity } from './runtime/upstream.js';
import { Loading } from './thread/loading.js';
import { Logs } from './thread/logs.js';
import { Threads } from './thread/threads.js';
import type { Transport, TransportEvents } from './transports/transport.js';

export interface BrokerOptions {
  /** Starts the runtime, again whenever it has ended. What it says goes to `events`, not before the call has returned. */
  readonly startRuntime: (events: RuntimeEvents) => RuntimeLink;
  /** Who the broker is to the runtime. */
  readonly identity: UpstreamIdentity;
  /** The runtime is gone for good, whoever ended it. */
  readonly runtimeExited: (exit: RuntimeExit) => void;
  /** Opens what is kept over the broker's life. */
  readonly openStore: () => Promise<Store>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly bounds?: Partial<BrokerBounds>;
}

/**
 * One runtime behind, any number of clients in front. This file builds the parts and connects them; nothing else
 * does.
 */
export class Broker {
  /** Where it listens, for `status`. */
  listen: readonly string[] = [];

  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #counters = newCounters();
  readonly #connections: Connections;
  readonly #greeting = new Greeting();
  readonly #supervisor: Supervisor;
  readonly #inFlight: InFlight;
  readonly #threads: Threads;
  readonly #requests: ServerRequests;
  readonly #streams: Streams;
  readonly #upstream: Upstream;
  readonly #forwarder: Forwarder;
  readonly #brokerMethods: BrokerMethods;
  readonly #reception: Reception;
  readonly #lives: Lives;
  readonly #outboxContext: OutboxContext;
  #loginOwner: Connection | null = null;

  constructor({ startRuntime, identity, runtimeExited, openStore, clock, log, bounds }: BrokerOptions) {
    const counters = this.#counters;
    const { stallMs, graceMs, ...logBounds } = { ...DEFAULT_BOUNDS, ...bounds };
    /** Part of what must not be mistaken for another broker's: epochs and connection ids. */
    const life = randomBytes(4).toString('hex');
    const connections = new Connections(life);
    const present = (): Iterable<Connection> => connections.present;
    this.#connections = connections;
    this.#log = log;
    this.#clock = clock;
    this.#supervisor = new Supervisor({
      start: startRuntime,
      clock,
      log,
      line: (line) => this.#upstream.line(line),
      lineTooLong: (bytes, head) => this.#upstream.lineTooLong(bytes, head),
      down: (exit) => this.#lives.down(exit),
      up: () => this.#lives.up(),
      gaveUp: (exit) => {
        // Whoever runs us learns it before those whose requests fail with it.
        runtimeExited(exit);
        this.#lives.gone(exit);
      },
    });
    const hold = new RuntimeHold(this.#supervisor, clock, log);
    const logs = new Logs(logBounds, life, (thread) => this.#threads.forgetLog(thread));
    const flushes = new FlushList((one) => logs.trim(one));
    this.#outboxContext = {
      counters,
      ordinals: logs.ordinals,
      stallMs,
      schedule: (outbox) => flushes.addOutbox(outbox),
      pendingChanged: (outbox) => hold.changed(outbox),
      after: (ms, run) => clock.after(ms, run),
    };
    this.#inFlight = new InFlight(this.#supervisor);
    this.#requests = new ServerRequests(
      this.#supervisor,
      {
        present,
        loginOwner: () => this.#loginOwner,
        append: (thread, entry) => fanout.append(thread, entry),
        changed: (thread) => this.#threads.settle(thread),
      },
      counters,
      (ms, run) => clock.after(ms, run),
    );
    this.#threads = new Threads({
      logs,
      graceMs,
      touched: (one) => flushes.addLog(one),
      present,
      subscribed: (connection, thread, resumed) => this.#requests.subscribed(connection, thread, resumed),
      everybodyIsThere: (thread) => this.#requests.lookAgain(thread),
      gone: (thread) => attachments.threadGone(thread),
      // Whether it was still loaded is of no interest to anyone.
      unload: (threadId) => void this.#inFlight.ask(ownRequests.unsubscribe, { threadId }).catch(() => {}),
      after: (ms, run) => clock.after(ms, run),
    });
    this.#streams = new Streams(connections.all, this.#inFlight, counters);
    const loading = new Loading(this.#threads, this.#inFlight);
    const attachments: AttachmentParts = new AttachmentParts({
      clock,
      inFlight: this.#inFlight,
      loading,
      log,
      threads: this.#threads,
      append: (thread, entry) => fanout.append(thread, entry),
      runtime: () => this.#upstream.runtime,
    });
    const fanout = new Fanout({
      attachments,
      logs,
      flushes,
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
      clock,
      send: (message) => this.#supervisor.send(encodeStock(message)),
    });
    const recovery = new Recovery({
      attachments,
      clock,
      connections,
      fanout,
      inFlight: this.#inFlight,
      log,
      logs,
      requests: this.#requests,
      streams: this.#streams,
      threads: this.#threads,
    });
    this.#lives = new Lives({
      attachments,
      connections,
      greeting: this.#greeting,
      inFlight: this.#inFlight,
      log,
      recovery,
      supervisor: this.#supervisor,
      upstream: this.#upstream,
      openStore,
    });
    this.#forwarder = new Forwarder({
      inFlight: this.#inFlight,
      threads: this.#threads,
      streams: this.#streams,
      present,
      loggedIn: (connection) => (this.#loginOwner = connection),
    });
    this.#reception = new Reception({
      connections,
      greeting: this.#greeting,
      logs,
      runtime: () => {
        assert(this.#upstream.runtime !== null, 'a client is attached only once the runtime is initialized');
        return this.#upstream.runtime;
      },
    });
    this.#brokerMethods = new BrokerMethods({
      threads: this.#threads,
      requests: this.#requests,
      streams: this.#streams,
      joins: new Joins({
        threads: this.#threads,
        requests: this.#requests,
        inFlight: this.#inFlight,
        loading,
      }),
      slow: slowMethods(attachments, this.#inFlight),
      log,
      status: () =>
        statusOf({
          supervisor: this.#supervisor,
          hold,
          upstream: this.#upstream,
          connections,
          threads: this.#threads,
          logs,
          counters,
          listen: this.listen,
        }),
    });
  }

  /**
   * Initializes the runtime. Clients may be attached afterwards.
   * @throws {Error} the runtime did not answer, or with an error, or is gone; what is kept cannot be opened
   */
  async start(): Promise<void> {
    await this.#lives.begin();
  }

  /** Whether the runtime answers. */
  ready(): boolean {
    return this.#supervisor.state === 'running';
  }

  /** Whether clients may be attached: also while the runtime is being started again. */
  accepts(): boolean {
    return this.ready() || this.#supervisor.state === 'restarting';
  }

  /** What the runtime is, for people. */
  get runtimeLabel(): string {
    return this.#supervisor.label;
  }

  /** A client's wire is open. Not before `start`. */
  attach(transport: Transport, wire: Wire = 'stock'): TransportEvents {
    const connection = this.#connections.add(transport, wire, this.#outboxContext);
    if (connection === null) {
      transport.close(close.tooMany);
      return { message() {}, tooLarge() {}, drained() {}, closed() {} };
    }
    const session = new Session(connection, {
      counters: this.#counters,
      requests: this.#requests,
      forwarder: this.#forwarder,
      brokerMethods: this.#brokerMethods,
      reception: this.#reception,
    });
    this.#log.info({ connection: connection.id, transport: transport.kind, wire }, 'attached');
    return {
      message: (data, binary) => session.message(data, binary),
      tooLarge: (bytes) => session.tooLarge(bytes),
      drained: () => connection.outbox.drained(),
      closed: () => this.#left(connection),
    };
  }

  /** Tells every client and ends the runtime. Resolves when all of them are gone, and what was decided is on disk. */
  async stop(): Promise<void> {
    await this.#lives.end();
  }

  #left(connection: Connection): void {
    this.#connections.remove(connection, this.#clock.now());
    connection.left();
    for (const thread of connection.threads) this.#threads.unsubscribe(connection, thread);
    if (this.#loginOwner === connection) this.#loginOwner = null;
    this.#forwarder.left(connection);
    this.#requests.left(connection);
    this.#streams.left(connection);
    const reason = connection.end?.reason.reason;
    this.#log.info({ connection: connection.id, client: connection.client?.name, reason }, 'left');
  }
}
