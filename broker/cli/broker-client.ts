import { WebSocket } from 'ws';
import { z } from 'zod';
import { FRAME_BYTES_MAX, RUNTIME_LINE_BYTES_MAX } from '../../protocol/limits.js';
import type { Position } from '../../protocol/schemas.js';
import { subprotocols } from '../../protocol/wires.js';
import { version } from '../ops/version.js';
import type { StateDir } from '../ops/state-dir.js';
import { webSocketUrl } from '../runtime/socket.js';
import { CommandError } from './exit.js';

const incoming = z.looseObject({
  id: z.union([z.string(), z.number()]).nullish(),
  method: z.string().optional(),
  seq: z.number().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});

/** Where the broker of this state dir listens, the unix socket first. @throws {CommandError} there is none */
export function runningUrl(stateDir: StateDir): string {
  const listen = stateDir.running()?.listen ?? [];
  const url = listen.find((one) => one.startsWith('unix:')) ?? listen[0];
  if (url === undefined)
    throw new CommandError(`no broker runs on ${stateDir.path}; start one with: threadcast`);
  return url;
}

/** A WebSocket to a broker, open. @throws {CommandError} nobody answers there */
export async function openSocket(url: string, subprotocol?: string): Promise<WebSocket> {
  const socket = new WebSocket(webSocketUrl(url), subprotocol === undefined ? [] : [subprotocol], {
    maxPayload: RUNTIME_LINE_BYTES_MAX,
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', (error) => reject(new CommandError(`cannot reach ${url}: ${error.message}`)));
  });
  return socket;
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
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString('utf8') });
        for (const waiting of this.#waiting.values())
          waiting.reject(new CommandError('the broker closed the connection'));
      });
    });
  }

  /**
   * Connects and initializes, as one that only looks on. `onNotification` gets all from the greeting on, which
   * comes in one piece with the answer; where `since` is given, on the v1 wire, and what the lobby has had since then.
   * @throws {CommandError}
   */
  static async connect(
    url: string,
    onNotification: (method: string, text: string) => void = () => {},
    since?: Position,
  ): Promise<BrokerClient> {
    const subprotocol = since === undefined ? undefined : subprotocols.json;
    const client = new BrokerClient(await openSocket(url, subprotocol), onNotification);
    const threadcast = { role: 'observer', lobby: since };
    client.greeting = await client.call('initialize', {
      clientInfo: { name: 'threadcast-cli', title: null, version },
      capabilities: { experimentalApi: true, extensions: { threadcast } },
    });
    client.#socket.send(JSON.stringify({ method: 'initialized' }));
    return client;
  }

  /** @throws {CommandError} with the message of the error that was answered */
  call(method: string, params: object): Promise<unknown> {
    this.#lastId += 1;
    const text = JSON.stringify({ id: this.#lastId, method, params });
    if (text.length > FRAME_BYTES_MAX) throw new CommandError(`${method}: the request is too large`);
    this.#socket.send(text);
    return new Promise((resolve, reject) => this.#waiting.set(this.#lastId, { resolve, reject }));
  }

  close(): void {
    this.#socket.close();
  }

  #received(text: string): void {
    const message = incoming.parse(JSON.parse(text));
    if (message.method !== undefined || message.seq !== undefined) {
      this.#onNotification(message.method ?? '', text);
      return;
    }
    const waiting = this.#waiting.get(Number(message.id));
    this.#waiting.delete(Number(message.id));
    if (message.error !== undefined) waiting?.reject(new CommandError(message.error.message));
    else waiting?.resolve(message.result);
  }
}
