import type { RuntimeEvents, RuntimeLink } from '../../broker/runtime/link.js';
import { encodeStock } from '../../protocol/codec.js';

/** Any JSON-RPC message, as a test looks at it. */
export interface Message {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  /** On the v1 wire: the place of the message in its log. */
  readonly log?: string;
  readonly seq?: number;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: { readonly reason: string };
  };
}

/** A message as it was written. */
export function parse(bytes: Uint8Array): Message {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Message;
}

const GREETS_WITH = { userAgent: 'scripted/1 (Test; x) term (threadcast; 0)', codexHome: '/h' };

/** A runtime that says what the test tells it to, and keeps what it is sent, over all its lives. */
export class ScriptedRuntime {
  pendingBytes = 0;
  paused = false;
  closed = false;
  /** How often it was started. */
  starts = 0;
  /** How it answers `initialize`; null: not at all. */
  initializeAnswer: object | null = { result: GREETS_WITH };
  /** What the broker has sent, its own handshake left out. */
  readonly received: Message[] = [];
  readonly rawReceived: string[] = [];
  events: RuntimeEvents = { line() {}, lineTooLong() {}, exited() {} };

  /** Another life of it: what the link of an earlier one says is no longer heard. */
  start(events: RuntimeEvents): RuntimeLink {
    this.events = events;
    this.starts += 1;
    this.closed = false;
    this.#probed = false;
    const pendingBytes = (): number => this.pendingBytes;
    return {
      label: 'a scripted runtime',
      get pendingBytes() {
        return pendingBytes();
      },
      send: (bytes) => this.send(bytes),
      pause: () => (this.paused = true),
      resume: () => (this.paused = false),
      close: async () => {
        this.closed = true;
      },
    };
  }

  send(bytes: Uint8Array): void {
    const message = parse(bytes);
    if (message.method === 'initialize') {
      if (this.initializeAnswer === null) return;
      this.say({ id: message.id, ...this.initializeAnswer });
      for (const greeting of this.greetings) this.say(greeting);
    } else if (message.method === 'initialized') return;
    else if (!this.#probed && message.method === 'thread/loaded/list') {
      this.#probed = true;
      this.say({ id: message.id, result: { data: [] } });
    } else {
      this.received.push(message);
      this.rawReceived.push(Buffer.from(bytes).toString('utf8'));
    }
  }

  /** The broker's own first request has been answered. */
  #probed = false;
  /** Said right after its own `initialize`. */
  greetings: readonly object[] = [];

  /** Says messages, all in one chunk. */
  say(...messages: readonly object[]): void {
    for (const message of messages) this.events.line(Buffer.from(encodeStock(message)));
  }

  sayRaw(line: string | Buffer): void {
    this.events.line(Buffer.from(line));
  }

  /** Answers the newest request of a method. */
  answer(method: string, result: unknown): void {
    this.say({ id: this.last(method).id, result });
  }

  /** Answers the last request of that method with an error. */
  fail(method: string, message: string): void {
    this.say({ error: { code: -32600, message }, id: this.last(method).id });
  }

  last(method: string): Message {
    const found = this.received.findLast((message) => message.method === method);
    if (found === undefined) throw new Error(`the runtime was not sent ${method}`);
    return found;
  }

  exit(summary = 'it exited'): void {
    this.events.exited({ summary, stderr: [] });
  }
}
