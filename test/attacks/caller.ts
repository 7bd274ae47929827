import { unpack } from 'msgpackr';
import type { Test } from 'tap';
import { encodeStock } from '../../protocol/codec.js';
import { encodeMsgpack } from '../../protocol/msgpack.js';
import { subprotocols } from '../../protocol/wires.js';
import { Inbox } from '../support/inbox.js';
import type { Message } from '../support/scripted-runtime.js';
import { webSocketPeer } from '../transports/peer.js';
import type { Ending, WebSocketPeer } from '../transports/peer.js';

export type V1Wire = 'json' | 'msgpack';

export interface CallerOptions {
  readonly wire?: V1Wire;
  /** What it says of itself: `capabilities.extensions.threadcast`. */
  readonly claims?: object;
  /** More of `capabilities`. */
  readonly capabilities?: object;
}

/** A client on a real socket, with a token as a browser shows it. */
export class Caller {
  readonly inbox = new Inbox<Message>('the broker');
  readonly ended: Promise<Ending>;
  readonly #peer: WebSocketPeer;
  readonly #wire: V1Wire;
  #lastId = 0;

  private constructor(peer: WebSocketPeer, wire: V1Wire) {
    this.#peer = peer;
    this.#wire = wire;
    this.ended = peer.ended;
    void this.#listen();
  }

  /** Opens, and says nothing. @throws {Error} it is not let in */
  static async open(t: Test, url: string, token: string | null, wire: V1Wire = 'json'): Promise<Caller> {
    const credential = token === null ? [] : [`bearer.${token}`];
    const peer = await webSocketPeer(url, [subprotocols[wire], ...credential]);
    t.teardown(() => peer.vanish());
    return new Caller(peer, wire);
  }

  /** Opens and shakes hands. */
  static async connect(
    t: Test,
    url: string,
    token: string | null,
    { wire = 'json', claims = {}, capabilities = {} }: CallerOptions = {},
  ): Promise<Caller> {
    const caller = await Caller.open(t, url, token, wire);
    caller.greeting = await caller.call('initialize', {
      clientInfo: { name: 'caller', version: '1' },
      capabilities: { experimentalApi: true, ...capabilities, extensions: { threadcast: claims } },
    });
    return caller;
  }

  /** The answer to `initialize`. */
  greeting: Message = {};

  get received(): readonly Message[] {
    return this.inbox.all;
  }

  send(message: object): void {
    const isBinary = this.#wire === 'msgpack';
    this.#peer.send(isBinary ? encodeMsgpack(message) : encodeStock(message), isBinary);
  }

  raw(text: string): void {
    this.#peer.send(Buffer.from(text), false);
  }

  /** Sends a request and returns its id. */
  ask(method: string, params: unknown = {}): number {
    this.#lastId += 1;
    this.send({ id: this.#lastId, method, params });
    return this.#lastId;
  }

  /** The whole answer to a request. */
  async call(method: string, params: unknown = {}): Promise<Message> {
    return await this.answered(this.ask(method, params));
  }

  async answered(id: number): Promise<Message> {
    return await this.inbox.take(
      `the answer to ${id}`,
      (each) => each.method === undefined && each.id === id,
    );
  }

  /**
   * What becomes of a request that is answered at once: `answered`, the reason of its refusal, or that it was `asked of
   * the runtime`.
   */
  async outcome(method: string, params: unknown = {}): Promise<string> {
    const id = this.ask(method, params);
    await this.heard();
    const answer = this.received.find((each) => each.method === undefined && each.id === id);
    if (answer === undefined) return 'asked of the runtime';
    return answer.error?.data?.reason ?? 'answered';
  }

  /** All that was sent before has been worked off. */
  async heard(): Promise<void> {
    await this.call('broker/status');
  }

  stall(): void {
    this.#peer.stall();
  }

  async #listen(): Promise<void> {
    for (;;) {
      const { data } = await this.#peer.messages.next();
      this.inbox.push(
        this.#wire === 'msgpack' ? (unpack(data) as Message) : (JSON.parse(data.toString()) as Message),
      );
    }
  }
}
