import type { Transport, TransportEvents } from '../../broker/transports/transport.js';
import { Mailbox } from './mailbox.js';

export interface Received {
  readonly data: Buffer;
  readonly binary: boolean;
}

/** The owner of one transport: writes down what it is told, and that it is never called back from its own calls. */
export class Owner {
  readonly messages = new Mailbox<Received>();
  readonly tooLarge = new Mailbox<number>();
  readonly drained = new Mailbox<true>();
  readonly closed: Promise<void>;
  closedCalls = 0;
  /** Calls that came while the owner itself was calling. */
  reentered = 0;
  /** Sends every message back. */
  echoes = false;
  #transport: Transport | null = null;
  #calling = false;
  #resolveClosed: () => void = () => {};

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** The transport; a test that asks before it is open is wrong. */
  get transport(): Transport {
    if (this.#transport === null) throw new Error('not open yet');
    return this.#transport;
  }

  readonly open = (transport: Transport): TransportEvents => {
    this.#transport = transport;
    return {
      message: (data, binary) => {
        this.#told();
        if (this.echoes) this.write(Buffer.from(data));
        else this.messages.put({ data: Buffer.from(data), binary });
      },
      tooLarge: (bytes) => {
        this.#told();
        this.tooLarge.put(bytes);
      },
      drained: () => {
        this.#told();
        this.drained.put(true);
      },
      closed: () => {
        this.#told();
        this.closedCalls += 1;
        this.#resolveClosed();
      },
    };
  };

  write(...frames: readonly Uint8Array[]): 'sent' | 'full' {
    return this.#call(() => this.transport.write(frames));
  }

  close(reason: Parameters<Transport['close']>[0]): void {
    this.#call(() => this.transport.close(reason));
  }

  /** Writes frames of 1 MiB, numbered from 0, until more has to wait than any kernel takes later. */
  fill(): number {
    for (let frames = 0; frames < FILL_FRAMES_MAX; frames += 1) {
      if (this.transport.pendingBytes >= FILL_BYTES) return frames;
      this.write(numbered(frames));
    }
    throw new Error('what was written does not wait');
  }

  #call<T>(run: () => T): T {
    this.#calling = true;
    try {
      return run();
    } finally {
      this.#calling = false;
    }
  }

  #told(): void {
    if (this.#calling) this.reentered += 1;
  }
}

const MIB = 1024 * 1024;
/** The buffers of a TCP connection grow while it is used, to some 10 MiB on common systems. */
const FILL_BYTES = 32 * MIB;
const FILL_FRAMES_MAX = 256;

/** A text frame of 1 MiB that says which one it is. */
function numbered(number: number): Buffer {
  const frame = Buffer.alloc(MIB, 'x');
  frame.write(String(number).padStart(8, '0'));
  return frame;
}

export function numberOf(frame: Buffer): number {
  return Number(frame.toString('latin1', 0, 8));
}
