import { GRACE_MS, PAIRING_MS_MAX } from '../../protocol/limits.js';
import { clientMethod, clientMethods } from '../../protocol/methods.js';
import type { StatusResult } from '../../protocol/schemas.js';
import type { Wire } from '../../protocol/wires.js';
import { encodeStock } from '../../protocol/codec.js';
import { encodeMsgpack } from '../../protocol/msgpack.js';
import { Access } from '../../broker/access/access.js';
import type { Credential } from '../../broker/access/credential.js';
import { AllowedNames } from '../../broker/access/names.js';
import { Rights } from '../../broker/access/rights.js';
import { memoryPair } from '../../broker/transports/memory.js';
import type { MemoryEnd } from '../../broker/transports/memory.js';
import type { Transport } from '../../broker/transports/transport.js';
import { approval, resolved, statusOf, turnCompleted } from '../broker/events.js';
import { delta, InMemory, MemoryClient, settled } from '../support/in-memory.js';
import type { Message } from '../support/in-memory.js';
import { HeldToken } from '../access/asking.js';
import type { Chance } from './chance.js';
import { CountedClock } from './counted-clock.js';
import { drawnMessage, hello, THREADS } from './frames.js';
import { mutated } from './mutation.js';

const WIRES = ['stock', 'json', 'msgpack'] as const;
const ROLES = ['observer', 'controller', 'owner'] as const;
/** Hostile clients at one time. */
const CLIENTS = 8;
const FRAMES_A_BATCH = 16;
const BATCH_MS = 20;
/** The bystander's thread, which nobody else is subscribed to by chance alone. */
const WATCHED = 'watched';
const UNANSWERED_MAX = 64;
/** As the runtime reads one: in any case, with or without hyphens, in braces, as a URN. */
const THREAD_ID = /^t\d$|[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}/i;
const NOT_FROM_AFAR =
  /^(fs|command|process|marketplace)\/|^(thread\/shellCommand|skills\/config\/write|remoteControl\/enable)$|^config\/.*write$/;

/** A client that sends what chance gives it. */
interface Hostile {
  readonly wire: Wire;
  readonly credential: Credential;
  readonly transport: Transport;
  readonly end: MemoryEnd;
  isClosed: boolean;
}

/** A broker in memory among clients that send it anything, and one that must not notice. */
export class FrameWorld {
  readonly clock = new CountedClock();
  readonly #chance: Chance;
  readonly #broker: InMemory;
  #hostiles: Hostile[] = [];
  #bystander = new MemoryClient('json');
  /** What the runtime has not answered. */
  #unanswered: Message[] = [];
  #said = 0;
  #heard = 0;
  #waitingAtStart = 0;
  /** What the runtime has asked and not resolved: the thread that it is about, by id. */
  readonly #questions = new Map<number, string>();
  #lastQuestion = 0;
  /** How many frames were sent. */
  sent = 0;
  /** What has been wrong first. */
  failure: string | null = null;

  constructor(chance: Chance) {
    this.#chance = chance;
    const names = new AllowedNames({ origins: [], hosts: [], publicUrl: null });
    const access = new Access({ names, token: new HeldToken(), clock: this.clock });
    const more = { access, rights: new Rights(), clock: this.clock };
    this.#broker = new InMemory({}, undefined, undefined, more);
  }

  async start(): Promise<void> {
    await this.#broker.broker.start();
    this.#bystander = await this.#broker.subscriber(WATCHED, {}, 'json');
    this.#broker.runtime.received.length = 0;
    this.#waitingAtStart = this.clock.waiting;
  }

  /** Some frames of one role, and what comes of them. */
  async batch(): Promise<void> {
    const chance = this.#chance;
    const role = chance.oneOf(ROLES);
    while (this.#hostiles.length < CLIENTS) this.#hostiles.push(this.#attach(chance.oneOf(ROLES)));
    const own = this.#hostiles.filter(({ credential }) => credential.role === role);
    const [first = this.#attach(role), ...rest] = own;
    if (own.length === 0) this.#hostiles.push(first);
    // What the broker itself ends, of those that have gone, is nobody's.
    await settled();
    this.#takeIn();
    for (let i = 0; i < FRAMES_A_BATCH; i += 1) this.#send(chance.oneOf([first, ...rest]));
    await settled();
    this.#judge(role);
    this.#runtimeActs();
    await settled();
    this.#listen();
    this.clock.advance(BATCH_MS);
    this.#hostiles = this.#hostiles.filter(({ isClosed }) => !isClosed);
    if (chance.percent(5)) this.#hostiles.splice(0, 1)[0]?.end.dieAfter(0);
  }

  /** All go, time passes: what is left over is a leak. */
  async finish(): Promise<void> {
    for (const { end } of this.#hostiles) end.dieAfter(0);
    for (const id of this.#questions.keys()) this.#resolve(id);
    this.#broker.runtime.say(...THREADS.map((threadId) => turnCompleted(threadId)));
    // A thread of which the runtime spoke before anybody asked for it is everybody's.
    for (const threadId of THREADS) this.#bystander.request('thread/unsubscribe', { threadId });
    const rest = Math.max(GRACE_MS, PAIRING_MS_MAX);
    for (let i = 0; i < 4; i += 1) {
      await settled();
      this.#takeIn();
      this.#runtimeAnswers(0);
      await settled();
      this.clock.advance(rest);
    }
    await settled();
    this.#listen();
    const status = await statusOf(this.#bystander);
    this.#check(leftOver(status), this.clock.waiting - this.#waitingAtStart);
  }

  /** Something threw where nobody was there to catch it. */
  threw(error: unknown): void {
    this.#fail(
      error instanceof Error ? (error.stack ?? error.message) : 'something was thrown that is no error',
    );
  }

  #check(left: readonly string[], timers: number): void {
    if (left.length > 0) this.#fail(`left over: ${left.join(', ')}`);
    if (timers > 0) this.#fail(`left over: ${timers} timers`);
  }

  #attach(role: (typeof ROLES)[number]): Hostile {
    const wire = this.#chance.oneOf(WIRES);
    const credential = { id: role, name: role, role, remote: true };
    let transport: Transport | null = null;
    const [end] = memoryPair(
      (one) => {
        transport = one;
        return { message() {}, tooLarge() {}, drained() {}, closed: () => void (hostile.isClosed = true) };
      },
      (other) => this.#broker.broker.attach(other, wire, credential),
      { binary: wire === 'msgpack' },
    );
    const hostile: Hostile = {
      wire,
      credential,
      transport: transport ?? end.transport,
      end,
      isClosed: false,
    };
    if (this.#chance.percent(90)) this.#write(hostile, encoded(hostile, hello(this.#chance)));
    return hostile;
  }

  #send(hostile: Hostile): void {
    this.sent += 1;
    this.#write(hostile, mutated(this.#chance, encoded(hostile, drawnMessage(this.#chance))));
  }

  #write({ transport }: Hostile, frame: Buffer): void {
    transport.write([frame]);
  }

  /** What reached the runtime was this role's to say, and not kept from afar. */
  #judge(role: Credential['role']): void {
    for (const { method, params } of this.#takeIn()) {
      if (method === undefined) {
        if (role === 'observer') this.#fail('an observer has answered');
        continue;
      }
      const row = clientMethod(method);
      if (role === 'observer' && row.role !== 'observer') this.#fail(`an observer has asked ${method}`);
      if (NOT_FROM_AFAR.test(method)) this.#fail(`${method} came from afar`);
      if (clientMethods.has(method) && Array.isArray(params) && params.length > 0)
        this.#fail(`${method} came with params by position`);
      if (method === 'thread/unsubscribe' && THREAD_ID.test(String(params?.['threadId'])))
        this.#fail('everybody is unsubscribed');
    }
  }

  /** What the runtime was sent since the last look. */
  #takeIn(): readonly Message[] {
    const { runtime } = this.#broker;
    const news = runtime.received.splice(0);
    runtime.rawReceived.length = 0;
    this.#unanswered.push(...news.filter(({ method, id }) => method !== undefined && id !== undefined));
    return news;
  }

  #runtimeActs(): void {
    const { runtime } = this.#broker;
    const threadId = this.#chance.oneOf(THREADS);
    this.#runtimeAnswers(this.#chance.below(UNANSWERED_MAX));
    if (this.#chance.percent(30)) {
      this.#lastQuestion += 1;
      this.#questions.set(this.#lastQuestion, threadId);
      runtime.say(approval(this.#lastQuestion, {}, threadId));
    }
    if (this.#chance.percent(30)) this.#resolve(this.#chance.below(this.#lastQuestion + 1));
    if (this.#chance.percent(30)) runtime.say(delta(threadId, 'x'));
    runtime.say(delta(WATCHED, String(this.#said)));
    this.#said += 1;
  }

  #resolve(id: number): void {
    const threadId = this.#questions.get(id);
    if (threadId !== undefined) this.#broker.runtime.say(resolved(id, threadId));
    this.#questions.delete(id);
  }

  /** Answers all but the newest `kept` of what it was asked. */
  #runtimeAnswers(kept: number): void {
    const due = this.#unanswered.splice(0, Math.max(0, this.#unanswered.length - kept));
    for (const { id, params } of due) {
      const threadId = typeof params?.['threadId'] === 'string' ? params['threadId'] : 't0';
      const result = { thread: { id: threadId }, turn: { id: 'turn' }, data: [], nextCursor: null };
      const answer = this.#chance.percent(80) ? { result } : { error: { code: -32600, message: 'no' } };
      this.#broker.runtime.say({ id, ...answer });
    }
  }

  /** The bystander has heard all that was said, in order. */
  #listen(): void {
    for (const { method, params } of this.#bystander.received) {
      if (method !== 'item/agentMessage/delta' || params?.['threadId'] !== WATCHED) continue;
      if (params['delta'] !== String(this.#heard))
        this.#fail(`the bystander heard ${String(params['delta'])} for ${this.#heard}`);
      this.#heard += 1;
    }
    this.#bystander.received.length = 0;
    this.#bystander.frames.length = 0;
    if (this.#heard !== this.#said) this.#fail(`the bystander heard ${this.#heard} of ${this.#said}`);
    if (this.#bystander.closed) this.#fail('the bystander was cut off');
  }

  #fail(what: string): void {
    this.failure ??= what;
  }
}

function encoded({ wire }: Hostile, message: object): Buffer {
  return Buffer.from(wire === 'msgpack' ? encodeMsgpack(message) : encodeStock(message));
}

function leftOver({ connections, requests, threads, approvals }: StatusResult): string[] {
  const others = threads.filter(({ threadId }) => threadId !== WATCHED).map(({ threadId }) => threadId);
  return [
    ...(connections.length === 1 ? [] : [`${connections.length - 1} connections`]),
    ...(requests.inFlight === 0 ? [] : [`${requests.inFlight} requests`]),
    ...(others.length === 0 ? [] : [`threads ${others.join(' ')}, approvals ${approvals.open}`]),
  ];
}
