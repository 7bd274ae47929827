import type { Test } from 'tap';
import { webSocketPeer } from '../transports/peer.js';
import type { WebSocketPeer } from '../transports/peer.js';

/** A JSON-RPC message as these tests look at it. */
export interface Message {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: { readonly reason: string };
  };
}

export const INITIALIZE = {
  id: 'hello',
  method: 'initialize',
  params: { clientInfo: { name: 'a', version: '1' } },
};

/** A client on a WebSocket that has shaken hands. */
export class Client {
  readonly peer: WebSocketPeer;
  #lastId = 0;

  private constructor(peer: WebSocketPeer) {
    this.peer = peer;
  }

  static async connect(t: Test, url: string): Promise<Client> {
    const client = new Client(await webSocketPeer(url));
    t.teardown(() => client.peer.vanish());
    client.send(INITIALIZE);
    await client.next();
    return client;
  }

  send(message: object): void {
    this.peer.send(Buffer.from(JSON.stringify(message)), false);
  }

  /** Sends a request and returns its id. */
  ask(method: string, params: object = {}): number {
    this.#lastId += 1;
    this.send({ id: this.#lastId, method, params });
    return this.#lastId;
  }

  async next(): Promise<Message> {
    const { data } = await this.peer.messages.next();
    return JSON.parse(data.toString()) as Message;
  }
}
