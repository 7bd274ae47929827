import { Packr, Unpackr } from 'msgpackr';
import type { CloseReason } from '../../protocol/close.js';
import { serverNotification } from '../../protocol/notifications.js';
import type { Wire } from '../../protocol/wires.js';
import type { MemoryEnd } from '../../broker/transports/memory.js';
import type { Transport } from '../../broker/transports/transport.js';
import { onAnswer } from './answers.js';
import { Asks } from './asks.js';
import type { Capabilities } from './capabilities.js';
import type { ConnectionContext, Place, Sent } from './connection-context.js';
import type { FillIn } from './fill-in.js';
import { LOBBY, saysTheSame } from './history.js';
import type { Asked, Entry, History } from './history.js';
import { text } from './message.js';
import type { Json, Message } from './message.js';
import { NumberedReader } from './readers.js';
import type { Reader, ReaderOf } from './readers.js';
import type { Verdict } from './verdict.js';

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

/** One client on one wire, from its first byte to its last: sends, and holds all that it gets against the history. */
export class Connection implements ReaderOf {
  readonly name: string;
  readonly wire: Wire;
  readonly capabilities: Capabilities;
  readonly context: ConnectionContext;
  readonly history: History;
  readonly verdict: Verdict;
  readonly asks: Asks;
  readonly readers = new Map<string, Reader>();
  readonly inFlight = new Map<string | number, Sent>();
  /** What has been sent and not been read by the broker, oldest first. */
  readonly unread: Message[] = [];
  /** Notices that it is owed because of what it asked for. */
  readonly owed = new Set<number>();
  /** What it must be told after an answer. */
  fillIn: FillIn | null = null;
  connectionId = '';
  /** What it must be greeted with. */
  greetings: readonly Entry[] = [];
  #greeted = 0;
  /** The latest status that it was given. */
  status: Json = {};
  /** What it says about an earlier connection in its `initialize`. */
  before: Json = {};
  /** How that one had ended when the broker read this. */
  endBefore: string | null = null;
  /** From when on the broker counts it among those present; null before. */
  presentFrom: number | null = null;
  /** The broker has been told that it is gone. */
  gone = false;
  /** Why the broker closed it; null where it has not. */
  closeReason: CloseReason | null = null;
  /** The client has been told that it is closed. */
  closed = false;
  stalled = false;
  /** When it last read something, by the clock. */
  readAt = 0;
  #end: MemoryEnd | null = null;
  #transport: Transport | null = null;
  #served: Transport | null = null;
  #lastId = 0;
  #order = -1;

  constructor(name: string, wire: Wire, capabilities: Capabilities, context: ConnectionContext) {
    this.name = name;
    this.wire = wire;
    this.capabilities = capabilities;
    this.context = context;
    this.history = context.history;
    this.verdict = context.verdict;
    this.asks = new Asks(this);
  }

  /** Its own end of the wire, once there is one. */
  open(transport: Transport): void {
    this.#transport = transport;
  }

  linked(end: MemoryEnd): void {
    this.#end = end;
  }

  get end(): MemoryEnd {
    if (this.#end === null) throw new Error('not linked');
    return this.#end;
  }

  /** The broker has read its `initialize`: it counts it among those present, and greets it. */
  isPresent(stamp: number): void {
    if (this.presentFrom !== null) return;
    this.presentFrom = stamp;
    this.endBefore = this.context.endOf(text(this.before, 'previousConnectionId'));
    this.greetings = this.history.greetings.filter(({ message }) =>
      this.capabilities.wants(message.method ?? ''),
    );
  }

  get isV1(): boolean {
    return this.wire !== 'stock';
  }

  fail(what: string): void {
    this.verdict.fail(`${this.name} (${this.wire}) ${what}`);
  }

  send(message: Message): void {
    if (this.closed) return;
    this.unread.push(message);
    const frame = this.wire === 'msgpack' ? packr.pack(message) : Buffer.from(JSON.stringify(message));
    this.#transport?.write([frame]);
  }

  /** Sends a request; its params carry a mark of its own as far as the runtime. */
  request(method: string, params: Json = {}): Sent {
    this.#lastId += 1;
    const mark = `${this.name}:${this.#lastId}`;
    const id = this.#lastId % 3 === 0 ? `"${mark}"` : this.#lastId;
    const sent: Sent = { id, method, params, mark, readAt: null };
    if (!this.closed) this.inFlight.set(id, sent);
    this.send({
      id,
      method,
      params: method.startsWith('thread/') || method.startsWith('turn/') ? { ...params, mark } : params,
    });
    return sent;
  }

  /** The broker's end of its wire. */
  served(by: Transport): void {
    this.#served = by;
  }

  /** It does not read, though something is on its way. */
  get isStuck(): boolean {
    return this.stalled && !this.closed && this.closeReason === null && (this.#served?.pendingBytes ?? 0) > 0;
  }

  /** When that was said which it has come to. */
  get order(): number {
    return this.#order;
  }

  isJoining(threadId: string): boolean {
    return this.#isRead('broker/thread/join', threadId);
  }

  /** Whether it is there, was asked, and has not refused. */
  mayStillAnswer(asked: Asked): boolean {
    const { threadId } = asked;
    if (this.gone || asked.refusals.has(this.name) || !this.asks.times.has(asked)) return false;
    const isSubscribed = this.readers.get(threadId)?.lasts(this.history.now) === true;
    return isSubscribed && !this.#isRead('thread/unsubscribe', threadId);
  }

  /** Whether the broker has read such a request, to which there is no answer here. */
  #isRead(method: string, threadId: string): boolean {
    const sent = [...this.inFlight.values()].filter((one) => one.method === method && one.readAt !== null);
    return sent.some(({ params }) => params['threadId'] === threadId);
  }

  /** Says goodbye. */
  leave(reason: CloseReason): void {
    this.#transport?.close(reason);
  }

  received(data: Buffer, binary: boolean): void {
    this.readAt = this.context.now();
    if (binary !== (this.wire === 'msgpack')) this.fail('got a frame of another wire');
    const line = binary ? '' : data.toString('utf8');
    const message = (binary ? unpackr.unpack(data) : JSON.parse(line)) as Message;
    if (message.method === undefined && message.id !== undefined) onAnswer(this, message);
    else this.#event(message, line);
  }

  /** Where it is in a log; null where it has no place there. */
  place(log: string): Place | null {
    const reader = this.readers.get(log);
    if (!(reader instanceof NumberedReader) || reader.epoch === null) return null;
    return { epoch: reader.epoch.name, seq: reader.seq };
  }

  /** It has come to something that happened at one point in time: all that was said before has come before. */
  passed(stamp: number, what: string): void {
    if (this.#order >= stamp) this.fail(`got ${what} of ${stamp} after what was said at ${this.#order}`);
    this.#order = Math.max(this.#order, stamp - 1);
    for (const reader of this.readers.values()) reader.mustHaveAllBefore(stamp);
    for (const notice of this.owed) if (notice < stamp) this.fail(`never got the notice ${notice}`);
    if (this.#greeted < this.greetings.length) this.fail(`got ${what} before it was greeted`);
    if (this.fillIn !== null) this.fail(`got ${what} before it was filled in: ${this.fillIn.missing}`);
  }

  #event(message: Message, line: string): void {
    if (this.fillIn?.take(message) === true) {
      if (this.fillIn.complete) this.fillIn = null;
      return;
    }
    const { method } = message;
    if (message.log !== undefined) this.#entry(message, line, message.log);
    else if (method?.startsWith('broker/') === true) this.#ofBroker(method, message.params ?? {});
    else if (message.id !== undefined && this.isV1) this.asks.take(message);
    else this.#unnumbered(message, line);
  }

  #unnumbered(message: Message, line: string): void {
    const entry = this.history.entryOf(message);
    if (entry !== undefined && entry === this.greetings[this.#greeted]) this.#greeted += 1;
    else if (entry !== undefined && entry.log === null) {
      if (!this.owed.delete(entry.stamp)) this.fail(`got a notice that it is not owed: ${entry.line}`);
    } else if (this.isV1) this.fail(`got an entry without its number: ${JSON.stringify(message)}`);
    else this.#entry(message, line, entry?.log ?? this.#logOf(message));
  }

  #logOf({ method, params }: Message): string {
    return serverNotification(method ?? '').scope === 'lobby' ? LOBBY : text(params, 'threadId');
  }

  #entry(message: Message, line: string, log: string): void {
    const reader = this.readers.get(log);
    if (reader === undefined) {
      this.fail(`got ${JSON.stringify(message)}, but is not subscribed to ${log}`);
      return;
    }
    if (message.method === undefined) {
      if (this.fillIn?.threadId === log)
        this.fail(`got a number before it was filled in: ${this.fillIn.missing}`);
      reader.take(message, null);
      return;
    }
    const entry = this.history.entryOf(message) ?? reader.nextByBroker(message);
    if (entry === undefined || entry.log !== log || !saysTheSame(message, entry)) {
      this.fail(`got in ${log} what nobody said: ${JSON.stringify(message)}`);
      return;
    }
    if (
      this.wire === 'stock' &&
      entry.asked === null &&
      entry.resolves === null &&
      !entry.byBroker &&
      line !== entry.line
    ) {
      this.fail(`got other bytes than were said: ${line}`);
    }
    this.#take(message, entry, reader);
  }

  #take(message: Message, entry: Entry, reader: Reader): void {
    if (this.fillIn !== null && entry.asked === null)
      this.fail(`got ${entry.line} before it was filled in: ${this.fillIn.missing}`);
    // One for a single client comes late where another had it before, and has no place of its own then.
    const isHandedOver = entry.asked?.single === true && message.seq === undefined;
    if (!isHandedOver && reader.isLive(message, entry)) {
      const isInOrder = entry.byBroker !== null || entry.stamp > this.#order;
      if (!isInOrder) this.fail(`got out of order, after ${this.#order}: ${entry.line}`);
      this.#order = Math.max(this.#order, entry.byBroker === null ? entry.stamp : entry.byBroker.after - 1);
    }
    reader.take(message, entry);
    if (entry.asked !== null) this.asks.take(message);
    if (entry.resolves !== null) this.asks.resolved(entry.resolves, message);
  }

  #ofBroker(method: string, params: Json): void {
    if (!this.isV1) this.fail(`got ${method} on the stock wire`);
    if (method === 'broker/log/reset') this.#reset(params);
    else if (method === 'broker/request/alreadyResolved') this.asks.toldLate(params);
    else if (method === 'broker/request/opened') this.asks.opened(params);
    else if (method !== 'broker/clients/changed') this.fail(`got ${method}: ${JSON.stringify(params)}`);
  }

  #reset(params: Json): void {
    const log = text(params, 'log');
    const reader = this.readers.get(log);
    const epoch = this.history.epoch(log, text(params, 'epoch'));
    if (!(reader instanceof NumberedReader)) {
      this.fail(`was told of a new life of ${log}, which it does not read`);
      return;
    }
    reader.reset(epoch, Number(params['seq']));
  }
}
