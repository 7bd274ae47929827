import { randomBytes } from 'node:crypto';
import { close } from '../protocol/close.js';
import { encodeStock } from '../protocol/codec.js';
import { ownRequests } from '../protocol/methods.js';
import type { Wire } from '../protocol/wires.js';
import { LOCAL_OWNER } from './access/credential.js';
import type { Credential } from './access/credential.js';
import { AttachmentParts } from './attachments/parts.js';
import { DEFAULT_BOUNDS } from './bounds.js';
import type { BrokerOptions } from './broker-options.js';
import { Acceptor } from './connection/acceptor.js';
import { accessMethods } from './connection/access-methods.js';
import { BrokerMethods } from './connection/broker-methods.js';
import type { Connection } from './connection/connection.js';
import { Connections } from './connection/connections.js';
import { FlushList } from './connection/flush-list.js';
import { Forwarder } from './connection/forwarder.js';
import { Greeting } from './connection/handshake.js';
import { Joins } from './connection/joins.js';
import type { OutboxContext } from './connection/outbox.js';
import { Presence } from './connection/presence.js';
import { Reception } from './connection/reception.js';
import { RuntimeHold } from './connection/runtime-hold.js';
import { slowMethods } from './connection/slow-methods.js';
import { Streams } from './connection/streams.js';
import { Fanout } from './fanout.js';
import { newCounters } from './ops/counters.js';
import { Metrics } from './ops/metrics.js';
import { Notifier } from './ops/notify.js';
import { statusOf } from './ops/status.js';
import type { StatusSources } from './ops/status.js';
import { InFlight } from './requests/in-flight.js';
import { ServerRequests } from './requests/server-requests.js';
import { Lives } from './runtime/lives.js';
import { Recovery } from './runtime/recovery.js';
import { Supervisor } from './runtime/supervisor.js';
import { Upstream } from './runtime/upstream.js';
import { Loading } from './thread/loading.js';
import { Logs } from './thread/logs.js';
import { Threads } from './thread/threads.js';
import { TurnOrigins } from './thread/turn-origins.js';
import type { Transport, TransportEvents } from './transports/transport.js';

/**
 * One runtime behind, any number of clients in front. This file builds the parts and connects them; nothing else
 * does.
 */
export class Broker {
  /** Where it listens, for `status`. */
  listen: readonly string[] = [];
  /** Its figures, as Prometheus reads them. */
  readonly metrics: Metrics;
  readonly counters = newCounters();

  readonly #greeting = new Greeting();
  readonly #supervisor: Supervisor;
  readonly #threads: Threads;
  readonly #requests: ServerRequests;
  readonly #streams: Streams;
  readonly #upstream: Upstream;
  readonly #acceptor: Acceptor;
  readonly #lives: Lives;
  readonly #notifier: Notifier;
  #loginOwner: Connection | null = null;

  constructor(options: BrokerOptions) {
    const { access, startRuntime, identity, rights, runtimeExited, openStore, clock, log, bounds } = options;
    const { notifyCommand = null } = options;
    const { counters } = this;
    const { stallMs, graceMs, ...logBounds } = { ...DEFAULT_BOUNDS, ...bounds };
    /** Part of what must not be mistaken for another broker's: epochs and connection ids. */
    const life = randomBytes(4).toString('hex');
    const connections = new Connections(life);
    const present = (): Iterable<Connection> => connections.present;
    const presence = new Presence(connections, clock);
    this.#supervisor = new Supervisor({
      start: startRuntime,
      clock,
      counters,
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
    this.#notifier = new Notifier({ command: notifyCommand, clock, counters, log });
    const hold = new RuntimeHold(this.#supervisor, clock, log);
    const logs = new Logs(logBounds, life, (thread) => this.#threads.forgetLog(thread));
    const flushes = new FlushList((one) => logs.trim(one));
    const outbox: OutboxContext = {
      counters,
      now: () => clock.now(),
      ordinals: logs.ordinals,
      stallMs,
      schedule: (one) => flushes.addOutbox(one),
      pendingChanged: (one) => hold.changed(one),
      presenceChanged: (id) => presence.changed(id),
      after: (ms, run) => clock.after(ms, run),
    };
    const inFlight = new InFlight(this.#supervisor);
    this.#requests = new ServerRequests(
      this.#supervisor,
      {
        present,
        loginOwner: () => this.#loginOwner,
        append: (thread, entry) => fanout.append(thread, entry),
        changed: (thread) => this.#threads.settle(thread),
        waits: (request) => this.#notifier.notify(request),
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
      unload: (threadId) => void inFlight.ask(ownRequests.unsubscribe, { threadId }).catch(() => {}),
      after: (ms, run) => clock.after(ms, run),
    });
    this.#streams = new Streams(connections.all, inFlight, counters);
    const loading = new Loading(this.#threads, inFlight);
    const origins = new TurnOrigins({
      threads: this.#threads,
      append: (thread, entry) => fanout.append(thread, entry),
      now: () => clock.now(),
    });
    const attachments: AttachmentParts = new AttachmentParts({
      clock,
      inFlight,
      loading,
      log,
      origins,
      threads: this.#threads,
      append: (thread, entry) => fanout.append(thread, entry),
      runtime: () => this.#upstream.runtime,
    });
    const fanout = new Fanout({
      attachments,
      counters,
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
      inFlight,
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
      inFlight,
      log,
      logs,
      requests: this.#requests,
      streams: this.#streams,
      threads: this.#threads,
    });
    this.#lives = new Lives({
      access,
      attachments,
      connections,
      greeting: this.#greeting,
      inFlight,
      log,
      recovery,
      supervisor: this.#supervisor,
      upstream: this.#upstream,
      openStore,
    });
    const forwarder = new Forwarder({
      inFlight,
      threads: this.#threads,
      streams: this.#streams,
      origins,
      present,
      loggedIn: (connection) => (this.#loginOwner = connection),
    });
    const reception = new Reception({
      connections,
      greeting: this.#greeting,
      logs,
      runtime: () => this.#upstream.initialized,
      came: ({ id }) => presence.changed(id),
    });
    const sources: StatusSources = {
      clock,
      connections,
      counters,
      hold,
      inFlight,
      logs,
      supervisor: this.#supervisor,
      threads: this.#threads,
      upstream: this.#upstream,
      listen: () => this.listen,
    };
    this.metrics = new Metrics(sources);
    const brokerMethods = new BrokerMethods({
      threads: this.#threads,
      requests: this.#requests,
      streams: this.#streams,
      joins: new Joins({ counters, inFlight, loading, requests: this.#requests, threads: this.#threads }),
      slow: new Map([
        ...slowMethods(attachments, inFlight, origins),
        ...accessMethods(access),
        ...presence.methods,
      ]),
      log,
      status: () => statusOf(sources),
    });
    this.#acceptor = new Acceptor({
      connections,
      outbox,
      clock,
      counters,
      log,
      brokerMethods,
      reception,
      forwarder,
      rights,
      requests: this.#requests,
      streams: this.#streams,
      threads: this.#threads,
      left: (connection) => {
        if (this.#loginOwner === connection) this.#loginOwner = null;
        if (connection.client !== null) presence.changed(connection.id);
      },
    });
    access.onTaken((isTaken) => connections.end(isTaken, close.unauthorized));
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
  attach(transport: Transport, wire: Wire = 'stock', credential: Credential = LOCAL_OWNER): TransportEvents {
    return this.#acceptor.accept({ transport, credential }, wire);
  }

  /** Tells every client and ends the runtime. Resolves when all of them are gone, and what was decided is on disk. */
  async stop(): Promise<void> {
    await Promise.all([this.#lives.end(), this.#notifier.end()]);
  }
}
