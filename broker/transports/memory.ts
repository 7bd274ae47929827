import type { CloseReason } from '../../protocol/close.js';
import { MEMORY_KERNEL_BYTES } from './limits.js';
import type { Transport, TransportEvents } from './transport.js';
import { WireTransport } from './wire.js';
import type { Wire } from './wire.js';

type Open = (transport: Transport) => TransportEvents;

export interface MemoryOptions {
  /** Bytes an end takes before it is full. A small one makes every write a short one. */
  readonly kernelBytes?: number;
  /** Messages go as binary ones. */
  readonly binary?: boolean;
  /** Runs each step of delivery later, in any order: a simulation's own queue. Microtasks by default. */
  readonly schedule?: (step: () => void) => void;
}

/** One end of an in-memory wire, and what can go wrong with it. */
export interface MemoryEnd {
  readonly transport: Transport;
  /** The reason that the other end gave when it closed, once all it had written was read. */
  readonly peerReason: CloseReason | null;
  /** Reads nothing until `resume`. A peer that is closing does not wait for it: memory has no clock. */
  stall(): void;
  resume(): void;
  /** Vanishes without a goodbye when it has read so many more messages, in the middle of a batch too. */
  dieAfter(messages: number): void;
}

/**
 * Two linked transports without sockets or timers, for tests and simulation. Real kernels are imitated where
 * owners make mistakes: writes are taken in part, messages come later, and their bytes are wiped after the call.
 */
export function memoryPair(
  openFirst: Open,
  openSecond: Open,
  options: MemoryOptions = {},
): readonly [MemoryEnd, MemoryEnd] {
  const first = new End(options);
  const second = new End(options);
  first.link(second);
  second.link(first);
  first.transport.attach(openFirst);
  second.transport.attach(openSecond);
  return [first, second];
}

class End implements MemoryEnd, Wire {
  readonly kind = 'memory';
  readonly address = 'memory';
  readonly transport: WireTransport;
  peerReason: CloseReason | null = null;
  readonly #kernelBytes: number;
  readonly #binary: boolean;
  readonly #schedule: (step: () => void) => void;
  /** Itself until linked. */
  #peer: End = this;
  /** What the peer has written and this end has not read. */
  #inbox: Uint8Array[] = [];
  #inboxBytes = 0;
  /** Why the peer ends, behind all that is in the inbox. */
  #goodbye: CloseReason | null = null;
  #readScheduled = false;
  #stalled = false;
  #readsLeft = Infinity;
  /** Set while this end is closing. */
  #giveUp: (() => void) | null = null;

  constructor(options: MemoryOptions) {
    this.#kernelBytes = options.kernelBytes ?? MEMORY_KERNEL_BYTES;
    this.#binary = options.binary ?? false;
    this.#schedule = options.schedule ?? queueMicrotask;
    this.transport = new WireTransport(this, (cut) => this.#untilStuck(cut));
  }

  link(peer: End): void {
    this.#peer = peer;
  }

  get pendingBytes(): number {
    return Math.max(0, this.#peer.#inboxBytes - this.#kernelBytes);
  }

  put(frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      this.#peer.#inbox.push(frame);
      this.#peer.#inboxBytes += frame.length;
    }
    this.#peer.#scheduleRead();
  }

  end(reason: CloseReason): void {
    this.#peer.#goodbye = reason;
    this.#peer.#scheduleRead();
  }

  cut(): void {
    this.#lose();
    this.#peer.#lose();
  }

  stall(): void {
    this.#stalled = true;
    this.#peer.#giveUp?.();
  }

  resume(): void {
    this.#stalled = false;
    this.#scheduleRead();
  }

  dieAfter(messages: number): void {
    this.#readsLeft = messages;
    this.#scheduleRead();
  }

  #scheduleRead(): void {
    if (this.#readScheduled) return;
    this.#readScheduled = true;
    this.#schedule(() => this.#read());
  }

  /** One step: about as much as the kernel holds, so that a writer drains little by little. */
  #read(): void {
    this.#readScheduled = false;
    let bytes = 0;
    while (!this.#stalled && this.#readsLeft > 0 && bytes <= this.#kernelBytes) {
      const frame = this.#inbox.shift();
      if (frame === undefined) break;
      bytes += frame.length;
      this.#deliver(frame);
    }
    if (this.#readsLeft === 0) this.cut();
    this.#peer.transport.progressed();
    if (this.#stalled) return;
    if (this.#inbox.length > 0) this.#scheduleRead();
    else if (this.#goodbye !== null) this.#finish(this.#goodbye);
  }

  #deliver(frame: Uint8Array): void {
    this.#inboxBytes -= frame.length;
    this.#readsLeft -= 1;
    const data = Buffer.from(frame);
    this.transport.received(data, this.#binary);
    data.fill(0);
  }

  #finish(reason: CloseReason): void {
    this.peerReason = reason;
    this.transport.ended();
    this.#peer.transport.ended();
  }

  #lose(): void {
    this.#inbox = [];
    this.#inboxBytes = 0;
    this.transport.ended();
  }

  #untilStuck(cut: () => void): () => void {
    this.#giveUp = cut;
    if (this.#peer.#stalled) cut();
    return () => {
      this.#giveUp = null;
    };
  }
}
