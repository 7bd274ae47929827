import { errorBody, errors } from '../../protocol/errors.js';
import type { ErrorBody } from '../../protocol/errors.js';
import { ABANDONED_REQUESTS_MAX, REQUESTS_MAX, RUNTIME_INBOX_BYTES_MAX } from '../../protocol/limits.js';
import { encodeStock } from '../../protocol/codec.js';
import { parseObject } from '../framing/json-bytes.js';
import type { Envelope } from '../framing/envelope.js';
import type { RuntimeLink } from '../runtime/link.js';
import { errorIn, Refusal } from './refusal.js';

/** How much of a runtime's error is repeated. */
const ERROR_CHARS_MAX = 500;

/** Who waits for an answer of the runtime. Exactly one of the two is called, once. */
export interface Waiting {
  /** The runtime's answer as it came, its envelope found. */
  answered(line: Buffer, envelope: Envelope): void;
  /** There will be none. */
  failed(error: ErrorBody): void;
}

/** Whoever asks by `call`. */
export interface Caller {
  /** Its requests that the runtime has not answered, by the ids that the runtime knows. */
  readonly asked: Set<number>;
  /** Whether it has gone. */
  readonly closed: boolean;
}

/** Whose requests pass: none where the runtime is gone, the broker's own while it starts. */
type State = 'down' | 'starting' | 'open';

/** The requests the runtime has been sent and has not answered, by the ids that it knows them by. */
export class InFlight {
  readonly #waiting = new Map<number, Waiting>();
  /** Those whose client has gone, oldest first. */
  readonly #abandoned = new Set<number>();
  readonly #link: Pick<RuntimeLink, 'send' | 'pendingBytes'>;
  #lastId = 0;
  #state: State = 'starting';
  /** Why requests of clients are refused while they are. */
  #why: ErrorBody = errorBody(errors.runtimeRestarting, 'The runtime is starting; try again');

  constructor(link: Pick<RuntimeLink, 'send' | 'pendingBytes'>) {
    this.#link = link;
  }

  /** Whether requests of clients pass. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Whether there is a runtime. */
  get isUp(): boolean {
    return this.#state !== 'down';
  }

  /** How many there are, without those that nobody waits for. */
  get size(): number {
    return this.#waiting.size - this.#abandoned.size;
  }

  /** A runtime is there: the broker may ask it. */
  begin(): void {
    this.#state = 'starting';
  }

  /** It is ready: clients may. */
  open(): void {
    this.#state = 'open';
  }

  /**
   * Sends a request. `encode` gets the id to put into it. Returns that id; null when it was refused at once,
   * and `failed` has been called.
   */
  send(encode: (id: number) => Uint8Array, waiting: Waiting): number | null {
    const refusal = this.#refusal();
    if (refusal === null) return this.#send(encode, waiting);
    waiting.failed(refusal);
    return null;
  }

  #send(encode: (id: number) => Uint8Array, waiting: Waiting): number {
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, waiting);
    this.#link.send(encode(this.#lastId));
    return this.#lastId;
  }

  /** A request of the broker's own, on nobody's behalf. It passes wherever there is a runtime. */
  request(method: string, params: unknown, waiting: Waiting): void {
    if (this.#state === 'down') waiting.failed(this.#why);
    else this.#send((id) => encodeStock({ id, method, params }), waiting);
  }

  /**
   * Whoever sent it has gone. It no longer counts among those in flight, and is waited for only as long as there
   * are not too many of its kind: the runtime may never answer.
   */
  abandon(id: number): void {
    if (!this.#waiting.has(id)) return;
    this.#abandoned.add(id);
    const [oldest] = this.#abandoned;
    if (oldest === undefined || this.#abandoned.size <= ABANDONED_REQUESTS_MAX) return;
    this.#take(oldest)?.failed(
      errorBody(errors.unanswered, 'The runtime has not answered, and nobody waits'),
    );
  }

  /** The same as a promise of its result. Rejects with the runtime's error, or with why there is no answer. */
  ask(method: string, params: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.request(method, params, {
        answered(line, envelope) {
          const answer = parseObject(line);
          if (answer !== null && envelope.error === null) resolve(answer['result']);
          else reject(new Error(`${method} was answered with ${line.toString('utf8', 0, ERROR_CHARS_MAX)}`));
        },
        failed: (error) => reject(new Error(error.message)),
      });
    });
  }

  /**
   * One on behalf of a client, as a promise of its result. Rejects with a `Refusal`: the runtime's error as it came, or
   * ours.
   */
  call(method: string, params: unknown, { asked, closed }: Caller): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.send((upstreamId) => encodeStock({ id: upstreamId, method, params }), {
        answered(line, envelope) {
          asked.delete(Number(id));
          if (envelope.error === null) resolve(parseObject(line)?.['result'] ?? null);
          else reject(new Refusal(errorIn(line)));
        },
        failed(error) {
          asked.delete(Number(id));
          reject(new Refusal(error));
        },
      });
      if (id === null) return;
      if (closed) this.abandon(id);
      else asked.add(id);
    });
  }

  /** An answer of the runtime. False when nothing waits for it. */
  settle(line: Buffer, envelope: Envelope): boolean {
    if (envelope.id === null) return false;
    const id = Number(line.toString('latin1', envelope.id.start, envelope.id.end));
    const waiting = this.#take(id);
    waiting?.answered(line, envelope);
    return waiting !== undefined;
  }

  /** An answer was too long to be read. False when nothing waits for it. */
  unreadable(id: number, bytes: number): boolean {
    const waiting = this.#take(id);
    waiting?.failed(errorBody(errors.tooLarge, `The runtime's answer of ${bytes} bytes is over the limit`));
    return waiting !== undefined;
  }

  /** The runtime is gone: all that wait are told `exited`, and all that come, `refusal`. */
  fail(exited: ErrorBody, refusal: ErrorBody): void {
    this.#state = 'down';
    this.#why = refusal;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#abandoned.clear();
    for (const one of waiting) one.failed(exited);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#abandoned.delete(id);
    return waiting;
  }

  #refusal(): ErrorBody | null {
    if (this.#state !== 'open') return this.#why;
    if (this.size >= REQUESTS_MAX)
      return errorBody(errors.overloaded, 'Too many requests in flight; try again');
    if (this.#link.pendingBytes > RUNTIME_INBOX_BYTES_MAX) {
      return errorBody(errors.overloaded, 'The runtime does not keep up; try again');
    }
    return null;
  }
}
