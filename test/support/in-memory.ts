import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { Broker } from '../../broker/broker.js';
import type { BrokerOptions } from '../../broker/broker-options.js';
import type { Store } from '../../broker/attachments/store.js';
import type { Access } from '../../broker/access/access.js';
import type { Credential } from '../../broker/access/credential.js';
import type { Clock } from '../../broker/clock.js';
import type { BrokerBounds } from '../../broker/bounds.js';
import type { RuntimeExit } from '../../broker/runtime/link.js';
import { memoryPair } from '../../broker/transports/memory.js';
import type { MemoryEnd, MemoryOptions } from '../../broker/transports/memory.js';
import type { Transport, TransportEvents } from '../../broker/transports/transport.js';
import { encodeStock } from '../../protocol/codec.js';
import { brokerNotifications } from '../../protocol/notifications.js';
import { encodeMsgpack } from '../../protocol/msgpack.js';
import type { V1Greeting } from '../../protocol/schemas.js';
import type { Wire } from '../../protocol/wires.js';
import { unpack } from 'msgpackr';
import { MemoryStore } from './memory-store.js';
import { openAccess } from './open-access.js';
import { parse, ScriptedRuntime } from './scripted-runtime.js';
import type { Message } from './scripted-runtime.js';

export type { Message } from './scripted-runtime.js';

/** A client on an in-memory wire. */
export class MemoryClient {
  readonly received: Message[] = [];
  /** What it was told of who is here, which comes by the clock, between all else. */
  readonly presence: Message[] = [];
  readonly frames: string[] = [];
  closed = false;
  #transport: Transport | null = null;
  #end: MemoryEnd | null = null;
  #lastId = 0;
  readonly #wire: Wire;

  constructor(wire: Wire = 'stock') {
    this.#wire = wire;
  }

  /** By default it speaks for the owner, as on a unix socket. */
  attach(broker: Broker, options: MemoryOptions & { readonly credential?: Credential } = {}): this {
    const events: TransportEvents = {
      message: (data) => {
        const message = this.#wire === 'msgpack' ? (unpack(data) as Message) : parse(data);
        if (message.method === brokerNotifications.clientsChanged) this.presence.push(message);
        else {
          this.frames.push(data.toString('utf8'));
          this.received.push(message);
        }
      },
      tooLarge() {},
      drained() {},
      closed: () => {
        this.closed = true;
      },
    };
    const open = (transport: Transport): TransportEvents => {
      this.#transport = transport;
      return events;
    };
    const binary = this.#wire === 'msgpack';
    [this.#end] = memoryPair(open, (transport) => broker.attach(transport, this.#wire, options.credential), {
      binary,
      ...options,
    });
    return this;
  }

  get end(): MemoryEnd {
    if (this.#end === null) throw new Error('not attached');
    return this.#end;
  }

  raw(text: string | Uint8Array): void {
    this.#transport?.write([typeof text === 'string' ? Buffer.from(text) : text]);
  }

  send(message: object): void {
    this.raw(this.#wire === 'msgpack' ? encodeMsgpack(message) : encodeStock(message));
  }

  /** Sends a request and returns its id. */
  request(method: string, params: unknown = {}): number {
    this.#lastId += 1;
    this.send({ id: this.#lastId, method, params });
    return this.#lastId;
  }

  answer(id: Message['id'], result: unknown): void {
    this.send({ id, result });
  }

  answerError(id: Message['id'], message = 'no'): void {
    this.send({ id, error: { code: -1, message } });
  }

  /** Goes away without a goodbye. */
  vanish(): void {
    this.end.dieAfter(0);
  }

  /** The methods of all notifications and requests it got. */
  get methods(): string[] {
    return this.received.flatMap((message) => message.method ?? []);
  }

  /** The requests it got. */
  get requests(): Message[] {
    return this.received.filter((message) => message.method !== undefined && message.id !== undefined);
  }

  answerTo(id: Message['id']): Message | undefined {
    return this.received.find((message) => message.method === undefined && message.id === id);
  }
}

/** A whole broker in this process: real parts, but for the runtime and the wires. */
export class InMemory {
  readonly runtime = new ScriptedRuntime();
  readonly broker: Broker;
  readonly access: Access;
  exit: RuntimeExit | null = null;
  /** What the broker keeps: given to another one it is what that one finds. */
  readonly store: Store;
  #now = 0;
  #timers: { at: number; run: () => void }[] = [];

  /** `opening`: what the store is opened after. */
  constructor(
    bounds: Partial<BrokerBounds> = {},
    store: Store = new MemoryStore(),
    opening: Promise<void> = Promise.resolve(),
    more: Partial<BrokerOptions> = {},
  ) {
    this.store = store;
    const clock: Clock = {
      now: () => this.#now,
      after: (ms, run) => {
        const timer = { at: this.#now + ms, run };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((one) => one !== timer);
        };
      },
    };
    const open = openAccess(clock);
    this.access = open.access;
    this.broker = new Broker({
      ...open,
      startRuntime: (events) => this.runtime.start(events),
      identity: { name: 'threadcast', version: '0', declare: [] },
      runtimeExited: (exit) => {
        this.exit = exit;
      },
      clock,
      openStore: async () => {
        await opening;
        return store;
      },
      bounds,
      log: pino({ level: 'silent' }),
      ...more,
    });
  }

  /** Lets time pass: what is due is run in its order, and may set and call off more. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }

  /** Started with bounds of its own. */
  static async within(bounds: Partial<BrokerBounds>): Promise<InMemory> {
    const made = new InMemory(bounds);
    await made.broker.start();
    return made;
  }

  /** Started, with greetings if the test wants some. */
  static async start(...greetings: readonly object[]): Promise<InMemory> {
    const made = new InMemory();
    made.runtime.greetings = greetings;
    await made.broker.start();
    return made;
  }

  /** An initialized client; what it got for that is forgotten. */
  async client(
    capabilities: object = { experimentalApi: true, requiredHumanApproval: true },
    wire: Wire = 'stock',
  ): Promise<MemoryClient> {
    const client = new MemoryClient(wire).attach(this.broker);
    client.request('initialize', { clientInfo: { name: 'test', version: '1' }, capabilities });
    await settled();
    client.received.length = 0;
    client.frames.length = 0;
    return client;
  }

  /** A client that comes back to a v1 wire, and what it is told for that; `extension` is what it says of itself. */
  async greeted(
    extension: object,
    wire: Wire,
  ): Promise<{ readonly client: MemoryClient; readonly threadcast: V1Greeting }> {
    const client = new MemoryClient(wire).attach(this.broker);
    const capabilities = { experimentalApi: true, extensions: { threadcast: extension } };
    const id = client.request('initialize', { clientInfo: { name: 'test', version: '1' }, capabilities });
    await settled();
    const { threadcast } = client.answerTo(id)?.result as { threadcast: V1Greeting };
    return { client, threadcast };
  }

  /** A client that is subscribed to a thread; what it got for that is forgotten. */
  async subscriber(threadId: string, capabilities?: object, wire?: Wire): Promise<MemoryClient> {
    const client = await this.client(capabilities, wire);
    client.request('thread/resume', { threadId });
    await settled();
    this.runtime.answer('thread/resume', { thread: { id: threadId } });
    await settled();
    client.received.length = 0;
    client.frames.length = 0;
    return client;
  }
}

/** All that was set going has happened: nothing here waits for anything but the current turn of work. */
export async function settled(): Promise<void> {
  await nextTurn();
  await nextTurn();
}

/** An event of a thread. */
export function delta(threadId: string, text: string): object {
  const params = { threadId, turnId: 'turn', itemId: 'item', delta: text };
  return { method: 'item/agentMessage/delta', params, emittedAtMs: 1 };
}
