import { WebSocket } from 'ws';
import { z } from 'zod';
import { FRAME_BYTES_MAX, RUNTIME_LINE_BYTES_MAX } from '../../protocol/limits.js';
import type { Role } from '../../protocol/methods.js';
import type { Position } from '../../protocol/schemas.js';
import { subprotocols } from '../../protocol/wires.js';
import { version } from '../ops/version.js';
import { webSocketUrl } from '../runtime/socket.js';
import { TOKEN_VARIABLE } from './broker-address.js';
import type { BrokerAddress } from './broker-address.js';
import { CommandError } from './exit.js';
import { oneLine } from './one-line.js';

/** How long a broker may take to accept a connection. */
const OPEN_MS_MAX = 10_000;

const incoming = z.looseObject({
  id: z.union([z.string(), z.number()]).nullish(),
  method: z.string().optional(),
  seq: z.number().optional(),
  result: z.unknown().optional(),
  error: z
    .looseObject({
      message: z.string(),
      data: z
        .looseObject({ reason: z.string().optional().catch(undefined) })
        .nullish()
        .catch(null),
    })
    .optional(),
});

/** What the broker, or the runtime, answered a request with instead of a result. */
export class AnsweredError extends CommandError {
  /** The stable word for it, `data.reason`; null where there is none. */
  readonly reason: string | null;

  constructor(message: string, reason: string | null) {
    super(oneLine(message));
    this.reason = reason;
  }
}

/** A WebSocket to a broker, open. @throws {CommandError} nobody answers there */
export async function openSocket({ url, token }: BrokerAddress, subprotocol?: string): Promise<WebSocket> {
  const socket = new WebSocket(webSocketUrl(url), subprotocol === undefined ? [] : [subprotocol], {
    maxPayload: RUNTIME_LINE_BYTES_MAX,
    perMessageDeflate: false,
    handshakeTimeout: OPEN_MS_MAX,
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', ({ message }) => {
      const hint = message.endsWith(' 401') ? `; give it its token in ${TOKEN_VARIABLE}` : '';
      reject(new CommandError(`cannot reach ${url}: ${message}${hint}`));
    });
  });
  return socket;
}

/** How the commands' own client presents itself. */
interface Presence {
  /** One that changes nothing need not be more than an observer, which is the default, and is never asked anything. */
  readonly role?: Exclude<Role, 'owner'>;
  /** Whether it speaks the v1 wire, where the broker has notifications of its own; where a `since` is given, always. */
  readonly positions?: boolean;
  /** Ends the connection. */
  readonly signal?: AbortSignal;
}

/** The commands' own client: asks, and hears what comes. */
export class BrokerClient {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #lastId = 0;
  /** Called with the method and the text of every notification; without a method for an entry's number alone. */
  readonly #onNotification: (method: string, text: string) => void;
  /** The result of `initialize`. */
  greeting: unknown = null;
  /** Resolves with the close code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(socket: WebSocket, onNotification: (method: string, text: string) => void) {
    this.#socket = socket;
    this.#onNotification = onNotification;
    socket.on('message', (data: Buffer) => this.#received(data.toString('utf8')));
    // What breaks a connection closes it, too.
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString('utf8') });
        this.#giveUp();
      });
    });
  }

  /**
   * Connects and initializes. `onNotification` gets all from the greeting on, which comes in one piece with the
   * answer; where `since` is given, on the v1 wire, and what the lobby has had since then.
   * @throws {CommandError}
   */
  static async connect(
    broker: BrokerAddress,
    onNotification: (method: string, text: string) => void = () => {},
    since?: Position,
    { role = 'observer', positions = since !== undefined, signal }: Presence = {},
  ): Promise<BrokerClient> {
    const subprotocol = positions ? subprotocols.json : undefined;
    const client = new BrokerClient(await openSocket(broker, subprotocol), onNotification);
    if (signal?.aborted === true) client.close();
    signal?.addEventListener('abort', () => client.close(), { once: true });
    const threadcast = { role, kind: 'bot', lobby: since };
    client.greeting = await client.call('initialize', {
      clientInfo: { name: 'threadcast-cli', title: null, version },
      capabilities: { experimentalApi: true, extensions: { threadcast } },
    });
    client.#socket.send(JSON.stringify({ method: 'initialized' }));
    return client;
  }

  /** @throws {AnsweredError} an error was answered. @throws {CommandError} the connection has ended, or will not do */
  call(method: string, params: object): Promise<unknown> {
    this.#lastId += 1;
    const text = JSON.stringify({ id: this.#lastId, method, params });
    if (text.length > FRAME_BYTES_MAX) throw new CommandError(`${method}: the request is too large`);
    if (this.#socket.readyState !== WebSocket.OPEN) throw new CommandError(CLOSED);
    this.#socket.send(text);
    return new Promise((resolve, reject) => this.#waiting.set(this.#lastId, { resolve, reject }));
  }

  /** Ends the connection. Whoever waits for an answer is told at once. */
  close(): void {
    this.#socket.close();
    this.#giveUp();
  }

  #giveUp(): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new CommandError(CLOSED));
    this.#waiting.clear();
  }

  #received(text: string): void {
    const message = read(text);
    if (message === null) {
      // That is no broker.
      this.#socket.terminate();
      return;
    }
    if (message.method !== undefined || message.seq !== undefined) {
      this.#onNotification(message.method ?? '', text);
      return;
    }
    const waiting = this.#waiting.get(Number(message.id));
    this.#waiting.delete(Number(message.id));
    if (message.error === undefined) waiting?.resolve(message.result);
    else waiting?.reject(new AnsweredError(message.error.message, message.error.data?.reason ?? null));
  }
}

function read(text: string): z.infer<typeof incoming> | null {
  try {
    return incoming.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

const CLOSED = 'the connection to the broker was closed';
