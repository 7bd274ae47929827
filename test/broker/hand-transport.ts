import type { Broker } from '../../broker/broker.js';
import type { Transport, TransportEvents } from '../../broker/transports/transport.js';
import type { CloseReason } from '../../protocol/close.js';
import { encodeStock } from '../../protocol/codec.js';
import { encodeMsgpack } from '../../protocol/msgpack.js';
import type { Wire } from '../../protocol/wires.js';
import { settled } from '../support/in-memory.js';

/** A wire whose kernel is the test's hand: it keeps the very frames that it was given, and drains when it is told to. */
export class HandTransport implements Transport {
  readonly kind: Transport['kind'];
  readonly address = 'memory';
  readonly wire: Wire;
  pendingBytes = 0;
  /** It takes nothing until `drain`. */
  stalled = false;
  /** All that was written, in order. */
  readonly frames: Uint8Array[] = [];
  reason: CloseReason | null = null;
  #events: TransportEvents | null = null;
  #lastId = 0;

  constructor(kind: Transport['kind'], wire: Wire = 'stock') {
    this.kind = kind;
    this.wire = wire;
  }

  write(frames: readonly Uint8Array[]): 'sent' | 'full' {
    this.frames.push(...frames);
    if (!this.stalled) return 'sent';
    for (const frame of frames) this.pendingBytes += frame.length;
    return 'full';
  }

  close(reason: CloseReason): void {
    this.reason ??= reason;
    queueMicrotask(() => this.end());
  }

  /** Everything has gone to the kernel, which may be full again at once. */
  drain(stalled = false): void {
    this.stalled = stalled;
    this.pendingBytes = 0;
    this.#events?.drained();
  }

  /** The wire ends. */
  end(): void {
    this.#events?.closed();
    this.#events = null;
  }

  /** Initialized; what it got for that is forgotten. */
  async attach(broker: Broker, capabilities: object = { experimentalApi: true }): Promise<this> {
    this.#events = broker.attach(this, this.wire);
    this.request('initialize', { clientInfo: { name: 'by hand', version: '1' }, capabilities });
    await settled();
    this.frames.length = 0;
    return this;
  }

  request(method: string, params: object): number {
    this.#lastId += 1;
    const message = { id: this.#lastId, method, params };
    const binary = this.wire === 'msgpack';
    this.#events?.message(Buffer.from(binary ? encodeMsgpack(message) : encodeStock(message)), binary);
    return this.#lastId;
  }
}
