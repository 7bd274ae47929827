import type { Test } from 'tap';
import { WebSocket } from 'ws';
import { Inbox } from '../support/inbox.js';

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Another client of the same broker, with the token of the owner: what it does is seen on the page. */
export class OwnerClient {
  readonly #socket: WebSocket;
  readonly #inbox = new Inbox<Message>('the broker');
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (frame: Buffer) => this.#inbox.push(JSON.parse(frame.toString()) as Message));
  }

  static async connect(t: Test, origin: string, token: string, name: string): Promise<OwnerClient> {
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(origin.replace(/^http/, 'ws'), { headers });
    t.teardown(() => socket.terminate());
    const client = new OwnerClient(socket);
    await new Promise((opened, failed) => socket.once('open', opened).once('error', failed));
    await client.call('initialize', {
      clientInfo: { name, version: '1' },
      capabilities: { experimentalApi: true },
    });
    client.#send({ method: 'initialized' });
    return client;
  }

  /** @throws {Error} it was refused */
  async call(method: string, params: object): Promise<unknown> {
    const id = (this.#lastId += 1);
    this.#send({ id, method, params });
    const { result, error } = await this.#inbox.take(
      `the answer to ${method}`,
      (message) => message.id === id && message.method === undefined,
    );
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Answers the next request of that kind. */
  async answer(method: string, result: object): Promise<void> {
    const { id } = await this.#inbox.take(
      method,
      (message) => message.method === method && message.id !== undefined,
    );
    this.#send({ id, result });
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }
}
