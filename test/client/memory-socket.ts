import type { Broker } from '../../broker/broker.js';
import type { Credential } from '../../broker/access/credential.js';
import { memoryPair } from '../../broker/transports/memory.js';
import type { MemoryEnd, MemoryOptions } from '../../broker/transports/memory.js';
import type { Transport } from '../../broker/transports/transport.js';
import type { SocketLike } from '../../client/api.js';
import { subprotocols } from '../../protocol/wires.js';

export interface MemorySocketOptions extends Omit<MemoryOptions, 'binary'> {
  readonly credential?: Credential;
}

/** A WebSocket of a browser whose wire is memory, with a broker at its other end. */
export class MemorySocket implements SocketLike {
  binaryType = 'blob';
  readonly protocol: string;
  readonly bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  /** This client's end: it can be stalled, and cut. */
  readonly end: MemoryEnd;
  closed = false;
  /** What the broker has sent, as it is read: a test may change it, or drop it by giving null. */
  passes: (data: string | Uint8Array) => string | Uint8Array | null = (data) => data;
  /** What this client has sent. */
  readonly sent: (string | Uint8Array)[] = [];
  #transport: Transport | null = null;

  constructor(broker: Broker, offered: readonly string[], options: MemorySocketOptions = {}) {
    const wire = offered.includes(subprotocols.msgpack) ? 'msgpack' : 'json';
    this.protocol = subprotocols[wire];
    const binary = wire === 'msgpack';
    [this.end] = memoryPair(
      (transport) => {
        this.#transport = transport;
        return {
          message: (data) => this.#got(binary ? Uint8Array.from(data) : data.toString('utf8')),
          tooLarge() {},
          drained() {},
          closed: () => this.#ended(),
        };
      },
      (transport) => broker.attach(transport, wire, options.credential),
      { binary, ...options },
    );
    (options.schedule ?? queueMicrotask)(() => {
      if (!this.closed) this.onopen?.();
    });
  }

  send(frame: string | Uint8Array): void {
    this.sent.push(frame);
    this.#transport?.write([typeof frame === 'string' ? Buffer.from(frame) : frame]);
  }

  close(code = 1000, reason = ''): void {
    this.#transport?.close({ code, reason, retry: true });
  }

  /** Says something to the client as if the broker had. */
  says(data: string | Uint8Array | object): void {
    const isFrame = typeof data === 'string' || data instanceof Uint8Array;
    this.onmessage?.({ data: isFrame ? data : JSON.stringify(data) });
  }

  #got(data: string | Uint8Array): void {
    const passed = this.passes(data);
    if (passed !== null) this.onmessage?.({ data: passed });
  }

  #ended(): void {
    if (this.closed) return;
    this.closed = true;
    const { peerReason } = this.end;
    this.onclose?.({ code: peerReason?.code ?? 1006, reason: peerReason?.reason ?? '' });
  }
}

/** A socket that nobody answers. */
export class DeadSocket implements SocketLike {
  binaryType = 'blob';
  readonly protocol = '';
  readonly bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(schedule: (step: () => void) => void = queueMicrotask, code = 1006) {
    schedule(() => {
      this.onerror?.();
      this.onclose?.({ code, reason: '' });
    });
  }

  send(): void {}
  close(): void {}
}
