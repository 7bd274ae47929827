import { HUMAN_COMMAND } from '../../protocol/server-requests.js';
import { pino } from 'pino';
import { Broker } from '../../broker/broker.js';
import type { RuntimeEvents, RuntimeLink } from '../../broker/runtime/link.js';
import { memoryPair } from '../../broker/transports/memory.js';
import type { Transport, TransportEvents } from '../../broker/transports/transport.js';
import type { Wire } from '../../protocol/wires.js';
import { openToMarks } from './marks.js';
import { MemoryStore } from '../support/memory-store.js';
import { Adoption, OPENING } from './adoption.js';
import { Capabilities, type Declared } from './capabilities.js';
import { openClient, sameEvents } from './ends.js';
import { FakeClock } from './clock.js';
import { Connection } from './connection.js';
import { wrongCut } from './cuts.js';
import { History, LOBBY, type Asked } from './history.js';
import { sayLastWords, sayMore } from './last-words.js';
import type { Message } from './message.js';
import { Runtime } from './runtime.js';
import type { Pending } from './runtime-watch.js';
import { act } from './runtime-speech.js';
import { storedThread } from './runtime-thread.js';
import { boundsOf, entriesHeld, STALL_MS } from './setting.js';
import type { Setting } from './setting.js';
import { Steps, quiet } from './steps.js';
import { Verdict } from './verdict.js';

/** The whole of it: one broker, its runtime, its clients, and nothing that is not in this process. */
export class World {
  readonly setting: Setting;
  readonly clock = new FakeClock();
  readonly steps = new Steps();
  readonly verdict = new Verdict();
  readonly history = new History(this.verdict);
  readonly runtime: Runtime;
  readonly broker: Broker;
  /** In the order in which they came, those that are gone too. */
  readonly connections: Connection[] = [];
  /** Requests of clients that are answered only when the story says so. */
  readonly slowMarks = new Set<string>();
  /** How often the runtime fails to start before it does. */
  startsToFail = 0;
  /** The runtime says nothing more unasked. */
  silent = false;
  /** The broker has given the runtime up. */
  givenUp = false;
  readonly #adoption = new Adoption(this.history);
  #ownRequests = 0;

  constructor(setting: Setting) {
    this.setting = setting;
    this.runtime = new Runtime(this.history, this.steps, this.verdict, {
      spawned: (threadId) => this.#adoption.spawned(threadId, this.runtime, this.connections),
      answered: (pending, said) => {
        sayMore(this.history, pending, said);
        this.#adoption.answered(pending.mark);
      },
      handled: (pending) => this.#goOn(pending),
      decided: (asked, answer) => this.#decided(asked, answer),
      threadGone: (threadId) => this.history.gone(threadId),
      unsubscribed: (thread) => {
        if (thread.turn !== null || [...thread.open].some((asked) => asked.answeredAt === null)) {
          this.verdict.fail(`the broker let ${thread.id} go, though it was at work`);
        }
      },
      dawdles: (pending) => this.#dawdles(pending),
      after: (ms, run) => {
        this.clock.after(ms, run);
      },
      killed: () => {
        this.#dies();
        this.runtime.end();
      },
      ponders: ({ openedAt }) => this.#isDrawn(setting.dawdling, openedAt),
      askers: () => this.#askers(),
    });
    for (const [index, turns] of setting.turns.entries()) {
      const thread = storedThread(`stored${index}`, turns);
      this.runtime.threads.set(thread.id, thread);
      this.history.rebase(thread.id, thread.listed());
    }
    this.broker = new Broker({
      ...openToMarks(this.clock),
      startRuntime: (events) => this.#startRuntime(events),
      identity: { name: 'threadcast', version: '0', declare: [] },
      runtimeExited: () => void (this.givenUp = true),
      clock: this.clock,
      log: noLog,
      bounds: boundsOf(setting),
      openStore: async () => new MemoryStore(),
    });
  }

  async start(): Promise<void> {
    const started = this.broker.start();
    await this.steps.settle();
    await started;
  }

  /** A new client on a new wire. `after` is an earlier connection of the same one. */
  attach(wire: Wire, declared: Declared, kernelBytes: number, after: Connection | null): Connection {
    const made = new Connection(`c${this.connections.length + 1}`, wire, new Capabilities(declared, wire), {
      history: this.history,
      verdict: this.verdict,
      runtime: this.runtime,
      entriesHeld: entriesHeld(this.setting),
      now: () => this.clock.now(),
      isGone: (name) => this.connections.some((one) => one.name === name && one.gone),
      endOf: (id) => this.#endOf(id),
    });
    if (after !== null && made.isV1 && after.isV1) {
      made.before = { lobby: after.place(LOBBY), previousConnectionId: after.connectionId || null };
    }
    made.readAt = this.clock.now();
    this.connections.push(made);
    const options = { kernelBytes, binary: wire === 'msgpack', schedule: this.steps.schedule };
    const [end] = memoryPair(
      (transport) => openClient(made, transport),
      (transport) => this.#openBroker(made, transport),
      options,
    );
    made.linked(end);
    return made;
  }

  initialize(connection: Connection): void {
    const capabilities = connection.capabilities.sent(connection.before);
    connection.request('initialize', { clientInfo: { name: connection.name, version: '1' }, capabilities });
    connection.send({ method: 'initialized' });
  }

  /** Lets time pass, timer by timer. */
  async advance(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    // What waits for an answer that says whose a thread is waits only so long; that is not looked at here.
    for (const pending of this.runtime.inFlight(...OPENING))
      this.runtime.work(this.runtime.inbox.indexOf(pending));
    const stuck = ms < 2 * STALL_MS ? [] : this.connections.filter(({ isStuck }) => isStuck);
    while (this.clock.tick(until)) await quiet();
    await quiet();
    for (const { name, closeReason } of stuck) {
      this.verdict.check(
        closeReason !== null,
        () => `${name} has read nothing for ${ms} ms, and is still there`,
      );
    }
  }

  /** The runtime dies, and fails so often to start again. */
  crash(failures: number): void {
    if (!this.runtime.alive) return;
    this.startsToFail = failures;
    this.#dies();
    this.runtime.crash();
  }

  #dies(): void {
    this.#adoption.allFailed();
    sayLastWords(this.history, this.runtime);
  }

  /** The threads of which it is clear whose they are. */
  get settledThreads(): string[] {
    const { unclear } = this.#adoption;
    return [...this.runtime.threads.keys()].filter((id) => !unclear.includes(id));
  }

  #startRuntime(events: RuntimeEvents): RuntimeLink {
    this.history.greetings = [];
    if (this.startsToFail === 0) return this.runtime.start(events);
    this.startsToFail -= 1;
    this.steps.schedule(() => events.exited({ summary: 'failed to start', stderr: [] }));
    const nothing = (): void => {};
    return {
      label: 'a runtime that does not start',
      pendingBytes: 0,
      send: nothing,
      pause: nothing,
      resume: nothing,
      close: () => Promise.resolve(),
    };
  }

  #openBroker(made: Connection, transport: Transport): TransportEvents {
    const watched: Transport = {
      kind: transport.kind,
      address: transport.address,
      get pendingBytes() {
        return transport.pendingBytes;
      },
      write: (frames) => transport.write(frames),
      close: (reason) => {
        made.closeReason ??= reason;
        const wrong = wrongCut(this, made, reason);
        if (wrong !== null) this.verdict.fail(`${made.name} was cut (${reason.reason}): ${wrong}`);
        transport.close(reason);
      },
    };
    made.served(watched);
    const events = this.broker.attach(watched, made.wire);
    return {
      ...sameEvents(events),
      message: (data, binary) => {
        const message = made.unread.shift();
        if (message === undefined) return;
        this.#reads(made, message, () => events.message(data, binary));
      },
      closed: () => {
        made.gone = true;
        events.closed();
      },
    };
  }

  /** The broker reads one message of a client. */
  #reads(by: Connection, message: Message, read: () => void): void {
    const sent = by.inFlight.get(message.id ?? '');
    if (message.method !== undefined && sent !== undefined) {
      sent.readAt = this.history.now;
      if (sent.method === 'initialize') by.isPresent(this.history.now);
    }
    if (message.method !== undefined || message.id === undefined) {
      read();
      return;
    }
    this.#readsAnswer(by, message, read);
  }

  /** A client's answer: the first one is written to the runtime at once, any other changes nothing. */
  #readsAnswer(by: Connection, message: Message, read: () => void): void {
    const asked = this.history.askedAs(message.id);
    if (asked === undefined || !by.asks.times.has(asked)) {
      by.asks.strays.add(message.id);
      read();
      return;
    }
    const isOpen = asked.answeredAt === null && asked.resolvedAt === null;
    if (message.error !== undefined) asked.refusals.add(by.name);
    read();
    if (isOpen && message.error === undefined && asked.answeredAt === null) {
      this.verdict.fail(
        `the first answer to ${String(message.id)}, of ${by.name}, never reached the runtime`,
      );
    }
    if (!isOpen && by.isV1) by.asks.late.push(message.id);
  }

  #decided(asked: Asked, { result, error }: Message): void {
    const said = result ?? error?.data;
    if (asked.single && said?.['reason'] === 'nobodyCanAnswer') return;
    const by = this.connections.find(({ name }) => name === said?.['by']);
    asked.by = by?.name ?? null;
    // What only a person may answer the broker declines where nobody is asked.
    const isDeclined = by === undefined && asked.message.params?.['kind'] === HUMAN_COMMAND;
    if (by === undefined && !isDeclined)
      this.verdict.fail(`nobody gave the answer that was written to ${asked.upstreamId}`);
    if (asked.resolvedAt !== null) this.verdict.fail(`an answer was written to what is resolved`);
    asked.outcome = error === undefined && !isDeclined ? 'answered' : 'refused';
    if (asked.outcome === 'refused') this.#refused(asked);
  }

  #refused(asked: Asked): void {
    if (this.connections.some((one) => one.mayStillAnswer(asked)))
      this.verdict.fail(`a no was written to ${asked.upstreamId}, though others can still answer`);
  }

  /** The runtime says something behind an answer, before anybody could do anything about it. */
  #goOn({ id }: Pending): void {
    if (this.silent) return;
    if (this.#isDrawn(this.setting.chatty, id)) act(this.runtime, id, id * 7, id * 31);
  }

  #dawdles({ mark, method }: Pending): boolean {
    if (mark !== '') return this.slowMarks.has(mark);
    if (method === 'initialize' || method === 'thread/loaded/list') return false;
    this.#ownRequests += 1;
    return this.#isDrawn(this.setting.dawdling, this.#ownRequests);
  }

  /** One of the bits that a story draws for what happens again and again. */
  #isDrawn(bits: number, n: number): boolean {
    return ((bits >> (n % 8)) & 1) === 1;
  }

  /** Who must be told what comes before the answer to what they asked. */
  #askers(): void {
    for (const { mark } of this.runtime.inFlight('thread/resume', ...OPENING)) {
      const [name] = mark.split(':');
      const one = this.connections.find((each) => each.name === name);
      if (one?.gone === false && one.capabilities.wants('deprecationNotice')) one.owed.add(this.history.now);
    }
  }

  #endOf(connectionId: string): string | null {
    const before = this.connections.find((one) => one.connectionId === connectionId && connectionId !== '');
    return before?.gone === true ? (before.closeReason?.reason ?? 'gone') : null;
  }
}

const noLog = pino({ level: 'silent' });
