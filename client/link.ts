import { close } from '../protocol/close.js';
import type { Clock, Codec, ConnectOptions, SocketLike } from './api.js';
import { errorOf } from './calls.js';
import { CallError, codes } from './errors.js';
import { number, object, objectOf, text, told } from './json.js';
import type { Json } from './json.js';
import { CONNECT_MS_MAX, FRAME_BYTES_MAX } from './limits.js';
import type { Position } from './positions.js';

/** What the broker says when it has taken a client in. */
export interface Greeting {
  readonly broker: string;
  readonly connectionId: string;
  readonly role: 'controller' | 'observer';
  readonly lobby: Position & { readonly recovered: boolean };
  readonly previous: { readonly reason: string; readonly pendingBytes: number } | null;
}

/** The end of a link. */
export interface End {
  readonly code: number;
  readonly reason: string;
  /** Whether the same may be tried again. */
  readonly retry: boolean;
  /** Whether the socket had been open. */
  readonly opened: boolean;
}

export interface LinkEvents {
  greeted(greeting: Greeting): void;
  message(message: Json): void;
  ended(end: End): void;
}

export interface LinkOptions {
  readonly options: ConnectOptions;
  readonly codecs: readonly Codec[];
  readonly socket: (url: string, subprotocols: readonly string[]) => SocketLike;
  readonly clock: Clock;
  readonly token: string | null;
  /** What a client that comes back says of itself. */
  readonly before: { readonly lobby?: Position; readonly previousConnectionId?: string };
}

const GONE = { code: 1006, reason: 'gone', retry: true } as const;
const NO_BROKER = { code: 1002, reason: 'notABroker', retry: false } as const;
/** The id of `initialize`: no call has it. */
const GREETING_ID = 0;

/** One socket, from its opening to its end. */
export class Link {
  readonly #given: LinkOptions;
  readonly #events: LinkEvents;
  #socket: SocketLike | null = null;
  #codec: Codec | null = null;
  #greeted = false;
  #ended = false;
  #inTime: () => void;

  constructor(given: LinkOptions, events: LinkEvents) {
    this.#given = given;
    this.#events = events;
    this.#inTime = given.clock.after(CONNECT_MS_MAX, () => this.giveUp('silent'));
    const { codecs, token, socket, options } = given;
    const offered = codecs.map(({ subprotocol }) => subprotocol);
    try {
      this.#attach(socket(options.url, token === null ? offered : [...offered, `bearer.${token}`]));
    } catch (error) {
      this.#inTime();
      this.#ended = true;
      throw error;
    }
  }

  /** @throws {CallError} what the broker would not take; what the codec throws */
  send(message: object): void {
    const frame = this.#codec?.encode(message);
    if (frame === undefined) return;
    if (frame.length > FRAME_BYTES_MAX || (typeof frame === 'string' && bytesOver(frame)))
      throw new CallError(codes.invalidRequest, 'tooLarge', `A message has at most ${FRAME_BYTES_MAX} bytes`);
    try {
      this.#socket?.send(frame);
    } catch {
      // It is closing: `onclose` says so.
    }
  }

  /** Ends it from here. */
  giveUp(reason: string): void {
    this.#end({ ...GONE, reason });
  }

  /** Says goodbye. No event follows. */
  close(): void {
    this.#ended = true;
    this.#letGo(1000);
  }

  #attach(socket: SocketLike): void {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    Object.assign(socket, {
      onopen: () => this.#opened(),
      onmessage: ({ data }) => this.#frame(data),
      onerror: () => {},
      onclose: (event) => {
        const known = Object.values(close).find(({ code }) => code === event.code);
        this.#end(known ?? { ...GONE, code: event.code });
      },
    } satisfies Partial<SocketLike>);
  }

  #opened(): void {
    const { options, codecs, before } = this.#given;
    this.#codec = codecs.find(({ subprotocol }) => subprotocol === this.#socket?.protocol) ?? null;
    if (this.#codec === null) {
      this.#end(NO_BROKER);
      return;
    }
    const { kind, role, clientInfo, capabilities } = options;
    const said = objectOf(capabilities?.['extensions']);
    const threadcast = {
      ...object(said, 'threadcast'),
      ...(kind && { kind }),
      ...(role && { role }),
      ...before,
    };
    const params = {
      clientInfo,
      capabilities: {
        experimentalApi: true,
        requiredHumanApproval: true,
        ...capabilities,
        extensions: { ...said, threadcast },
      },
    };
    this.send({ id: GREETING_ID, method: 'initialize', params });
  }

  #frame(data: unknown): void {
    let message: unknown;
    try {
      message = this.#codec?.decode(told<string | ArrayBuffer | Uint8Array>(data));
    } catch {
      // What cannot be read is as good as lost, and the next number tells.
      return;
    }
    if (this.#ended || typeof message !== 'object' || message === null || Array.isArray(message)) return;
    if (this.#greeted) this.#events.message(told<Json>(message));
    else this.#greeting(told<Json>(message));
  }

  #greeting(message: Json): void {
    if (message['id'] !== GREETING_ID || message['method'] !== undefined) return;
    if (message['error'] !== undefined) {
      const { reason, again } = errorOf(message);
      const retry = again || reason === 'runtimeExited' || reason === 'unanswered';
      this.#end(reason === '' ? NO_BROKER : { code: GONE.code, reason, retry });
      return;
    }
    const greeting = greetingOf(object(objectOf(message['result']), 'threadcast'));
    if (greeting === null) {
      this.#end(NO_BROKER);
      return;
    }
    this.#greeted = true;
    this.#inTime();
    this.send({ method: 'initialized' });
    this.#events.greeted(greeting);
  }

  #end(end: Omit<End, 'opened'>): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#letGo(end === NO_BROKER ? 1000 : undefined);
    this.#events.ended({
      code: end.code,
      reason: end.reason,
      retry: end.retry,
      opened: this.#codec !== null,
    });
  }

  #letGo(code?: number): void {
    this.#inTime();
    const socket = this.#socket;
    if (socket === null) return;
    // A socket that is closed while it opens may still say that it has failed.
    Object.assign(socket, { onopen: null, onmessage: null, onclose: null } satisfies Partial<SocketLike>);
    try {
      socket.close(code);
    } catch {
      // It was never open.
    }
  }
}

/** Whether a text has more bytes in UTF-8 than a frame may have. */
function bytesOver(frame: string): boolean {
  if (frame.length * 3 <= FRAME_BYTES_MAX) return false;
  let bytes = frame.length;
  for (let at = 0; at < frame.length; at += 1) {
    const unit = frame.charCodeAt(at);
    // Each half of a pair is two bytes of its four.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes > FRAME_BYTES_MAX;
}

function greetingOf(said: Json): Greeting | null {
  const lobby = object(said, 'lobby');
  const [epoch, seq, connectionId] = [text(lobby, 'epoch'), number(lobby, 'seq'), text(said, 'connectionId')];
  if (said['version'] !== 1 || epoch === null || seq === null || connectionId === null) return null;
  const previous = object(said, 'previous');
  const reason = text(previous, 'reason');
  return {
    broker: text(said, 'broker') ?? '',
    connectionId,
    role: said['role'] === 'observer' ? 'observer' : 'controller',
    lobby: { epoch, seq, recovered: lobby['recovered'] === true },
    previous: reason === null ? null : { reason, pendingBytes: number(previous, 'pendingBytes') ?? 0 },
  };
}
