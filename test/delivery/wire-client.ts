import assert from 'node:assert/strict';
import type { Test } from 'tap';
import { unpack } from 'msgpackr';
import { WebSocket } from 'ws';
import { encodeStock } from '../../protocol/codec.js';
import { encodeMsgpack } from '../../protocol/msgpack.js';
import { brokerNotifications } from '../../protocol/notifications.js';
import { subprotocols, type Wire } from '../../protocol/wires.js';
import { isObject, member, parse, text, type Json, type JsonObject } from '../codex/json.js';
import { inTime } from '../support/deadline.js';

/** How a connection has ended, as its client saw it. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

interface Call {
  readonly method: string;
  readonly answered: (answer: JsonObject) => void;
  readonly failed: (error: Error) => void;
}

export interface WireClientOptions {
  readonly name?: string;
  readonly wire?: Wire;
  /** Everything that comes, in the order in which it comes, answers included. */
  readonly hear?: (message: JsonObject) => void;
  /** Of `initialize`. */
  readonly capabilities?: JsonObject;
}

/** An answer that is an error. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly error: Json;

  constructor(method: string, error: Json) {
    super(`${method}: ${JSON.stringify(error)}`);
    this.error = error;
  }
}

/** A client on a real socket, on any of the wires. Unlike a person's it can be cut and stalled. */
export class WireClient {
  readonly wire: Wire;
  readonly ended: Promise<Ending>;
  /** Takes every frame in place of `hear` while it is set: most of a flood is not worth reading. */
  onFrame: ((frame: Buffer) => void) | null = null;
  readonly #socket: WebSocket;
  readonly #hear: (message: JsonObject) => void;
  readonly #calls = new Map<Json, Call>();
  #lastId = 0;
  #cut = false;

  private constructor(socket: WebSocket, wire: Wire, hear: (message: JsonObject) => void) {
    this.#socket = socket;
    this.wire = wire;
    this.#hear = hear;
    socket.on('message', (frame: Buffer) => this.#received(frame));
    socket.on('error', () => {});
    this.ended = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        for (const [, { method, failed }] of this.#calls) failed(new Error(`${method}: cut off (${code})`));
        this.#calls.clear();
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** Opens, and sends nothing. @throws {Error} where nobody listens */
  static async open(
    t: Test,
    url: string,
    { wire = 'json', hear = () => {} }: WireClientOptions = {},
  ): Promise<WireClient> {
    const protocols = wire === 'stock' ? [] : [subprotocols[wire]];
    const socket = new WebSocket(url, protocols, { perMessageDeflate: false });
    const client = new WireClient(socket, wire, hear);
    t.teardown(() => client.cut());
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  /** Opens and shakes hands. */
  static async connect(t: Test, url: string, options: WireClientOptions = {}): Promise<WireClient> {
    const client = await WireClient.open(t, url, options);
    await client.initialize(options);
    return client;
  }

  /** Resolves with the result of `initialize`, which `heard` is given when it comes. */
  async initialize(
    { name = 'client', capabilities = {} }: WireClientOptions = {},
    heard: (result: Json) => void = () => {},
  ): Promise<Json> {
    const clientInfo = { name, title: null, version: '1' };
    // Who is here is told by the clock, and to each as its wire has room.
    const optOutNotificationMethods = [brokerNotifications.clientsChanged];
    const asked = { experimentalApi: true, requiredHumanApproval: true, optOutNotificationMethods };
    const declared = { ...asked, ...capabilities };
    const result = await this.call('initialize', { clientInfo, capabilities: declared }, heard);
    this.send({ method: 'initialized' });
    return result;
  }

  /**
   * Sends a request and resolves with its result. `heard` is given it when it comes: before whatever follows it, which
   * a promise is not.
   * @throws {Refused} on an error
   */
  async call(method: string, params: Json = {}, heard: (result: Json) => void = () => {}): Promise<Json> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<JsonObject>((answered, failed) => {
      const take = (answer: JsonObject): void => {
        if ('result' in answer) heard(answer['result'] ?? null);
        answered(answer);
      };
      this.#calls.set(id, { method, answered: take, failed });
    });
    this.send({ id, method, params });
    const { result, error } = await inTime(answer, () => `the answer to ${method}`);
    if (result === undefined) throw new Refused(method, error ?? null);
    return result;
  }

  send(message: JsonObject): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(this.wire === 'msgpack' ? encodeMsgpack(message) : encodeStock(message), {
      binary: this.wire === 'msgpack',
    });
  }

  /** Breaks the connection, without a goodbye. Nothing is heard from then on, whatever had come already. */
  cut(): void {
    this.#cut = true;
    this.#socket.terminate();
  }

  /** Stops reading its socket. */
  stall(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #received(frame: Buffer): void {
    if (this.#cut) return;
    if (this.onFrame !== null) {
      this.onFrame(frame);
      return;
    }
    const message = decode(this.wire, frame);
    this.#hear(message);
    if (this.#cut || 'method' in message || !('id' in message)) return;
    const call = this.#calls.get(message['id'] ?? null);
    this.#calls.delete(message['id'] ?? null);
    call?.answered(message);
  }
}

function decode(wire: Wire, frame: Buffer): JsonObject {
  const message = wire === 'msgpack' ? (unpack(frame) as Json) : parse(frame.toString('utf8'));
  assert(isObject(message), `no object: ${JSON.stringify(message)}`);
  return message;
}

/** What a v1 client has to remember of a log. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** A position that the broker has told. */
export function positionIn(value: Json | undefined): Position {
  const seq = member(value, 'seq');
  assert(typeof seq === 'number', `no position: ${JSON.stringify(value)}`);
  return { epoch: text(value, 'epoch'), seq };
}
