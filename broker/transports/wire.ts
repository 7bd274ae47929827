import { strict as assert } from 'node:assert';
import type { CloseReason } from '../../protocol/close.js';
import { CLOSE_MS_MAX, FRAME_BYTES_MAX } from '../../protocol/limits.js';
import { UNREAD_PINGS_MAX } from './limits.js';
import type { Transport, TransportEvents } from './transport.js';

/** What one kind of wire can do. `WireTransport` makes a transport of it; no call comes after `ended`. */
export interface Wire {
  readonly kind: Transport['kind'];
  readonly address: string;
  /** Bytes put that the kernel has not taken. */
  readonly pendingBytes: number;
  /** Takes a batch of frames. */
  put(frames: readonly Uint8Array[]): void;
  /** Says goodbye. Called once at most, when nothing is pending. */
  end(reason: CloseReason): void;
  /** Drops the connection at once, with what is pending. */
  cut(): void;
}

/** Runs `cut` when a closing wire has had its time; returns what calls that off. */
export type CloseDeadline = (cut: () => void) => () => void;

const afterCloseTime: CloseDeadline = (cut) => {
  const timer = setTimeout(cut, CLOSE_MS_MAX);
  return () => clearTimeout(timer);
};

/**
 * The life of a transport, open → closing → closed, the same for every wire. The wire reports what happens to it
 * with `received`, `pinged`, `progressed` and `ended`.
 */
export class WireTransport implements Transport {
  readonly #wire: Wire;
  readonly #deadline: CloseDeadline;
  #events: TransportEvents | null = null;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #full = false;
  #unreadPings = 0;
  /** Why it closes, for as long as the wire has not been told. */
  #reason: CloseReason | null = null;
  #callOffDeadline: () => void = () => {};

  constructor(wire: Wire, deadline: CloseDeadline = afterCloseTime) {
    this.#wire = wire;
    this.#deadline = deadline;
  }

  /** Names the owner, in the same turn in which the transport was made. */
  attach(open: (transport: Transport) => TransportEvents): void {
    assert(this.#events === null, 'a transport has one owner');
    this.#events = open(this);
  }

  get kind(): Transport['kind'] {
    return this.#wire.kind;
  }

  get address(): string {
    return this.#wire.address;
  }

  get pendingBytes(): number {
    return this.#state === 'closed' ? 0 : this.#wire.pendingBytes;
  }

  write(frames: readonly Uint8Array[]): 'sent' | 'full' {
    if (this.#state !== 'open') return 'sent';
    this.#wire.put(frames);
    if (this.#wire.pendingBytes === 0) return 'sent';
    this.#full = true;
    return 'full';
  }

  close(reason: CloseReason): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#reason = reason;
    this.#callOffDeadline = this.#deadline(() => this.#cut());
    this.progressed();
  }

  /** A message has come. */
  received(data: Buffer, binary: boolean): void {
    if (data.length > FRAME_BYTES_MAX) this.receivedTooLarge(data.length);
    else if (this.#state === 'open') this.#events?.message(data, binary);
  }

  /** A message over `FRAME_BYTES_MAX` has come. */
  receivedTooLarge(bytes: number): void {
    if (this.#state === 'open') this.#events?.tooLarge(bytes);
  }

  /** A ping has come. Its answer is the wire's; a client that does not read the answers is cut. */
  pinged(): void {
    if (this.pendingBytes === 0) this.#unreadPings = 0;
    else this.#unreadPings += 1;
    if (this.#unreadPings > UNREAD_PINGS_MAX) this.#cut();
  }

  /** The kernel has taken some of what was pending. */
  progressed(): void {
    if (this.pendingBytes > 0) return;
    if (this.#reason !== null) this.#end(this.#reason);
    else if (this.#full && this.#state === 'open') {
      this.#full = false;
      this.#events?.drained();
    }
  }

  /** The wire is gone. Calls after the first do nothing. */
  ended(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#reason = null;
    this.#callOffDeadline();
    // Some wires end inside the owner's own call of `close`; the owner is never called back from there.
    queueMicrotask(() => this.#events?.closed());
  }

  #end(reason: CloseReason): void {
    this.#reason = null;
    this.#wire.end(reason);
  }

  #cut(): void {
    if (this.#state === 'closed') return;
    this.#wire.cut();
    this.ended();
  }
}
