import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { listen } from '../../broker/transports/listen.js';
import type {
  Endpoint,
  HttpRequest,
  HttpResponse,
  Listener,
  ServerHooks,
  TlsPair,
  Transport,
  TransportEvents,
  Verdict,
  WebSocketServerKind,
} from '../../broker/transports/transport.js';
import { Owner } from './owner.js';
import { RawClient } from './raw-client.js';
import { webSocketPeer } from './peer.js';
import type { WebSocketPeer } from './peer.js';

export const anyPort: Extract<Endpoint, { kind: 'tcp' }> = {
  kind: 'tcp',
  host: '127.0.0.1',
  port: 0,
  tls: false,
};

/** A path that nobody else has. */
export function unixEndpoint(t: Test): UnixEndpoint {
  const path = join(tmpdir(), `threadcast-${randomUUID()}.sock`);
  t.teardown(() => rmSync(path, { force: true }));
  return { kind: 'unix', path };
}

export type UnixEndpoint = Extract<Endpoint, { kind: 'unix' }>;

/** Says what the test wants, and writes down what was asked. */
class ScriptedHooks implements ServerHooks {
  readonly asked: HttpRequest[] = [];
  response: HttpResponse | Promise<HttpResponse> = { status: 200, headers: {}, body: '' };
  /** Called with each plain request. */
  onAsked: () => void = () => {};
  refusal: HttpResponse | null = null;
  subprotocol: string | null = null;
  binary = false;
  /** Takes the next wire. */
  open: (transport: Transport) => TransportEvents = new Owner().open;

  http(request: HttpRequest): HttpResponse | Promise<HttpResponse> {
    this.asked.push(request);
    this.onAsked();
    return this.response;
  }

  upgrade(request: HttpRequest): Verdict {
    this.asked.push(request);
    if (this.refusal !== null) return { refuse: this.refusal };
    return { subprotocol: this.subprotocol, binary: this.binary, open: this.open };
  }
}

/** A listening server under test. */
export class TestServer {
  readonly hooks: ScriptedHooks;
  readonly listener: Listener;

  private constructor(hooks: ScriptedHooks, listener: Listener) {
    this.hooks = hooks;
    this.listener = listener;
  }

  static async start(
    t: Test,
    kind: WebSocketServerKind,
    endpoint: Endpoint,
    tls: TlsPair | null = null,
  ): Promise<TestServer> {
    const hooks = new ScriptedHooks();
    const listener = await listen(endpoint, hooks, kind, tls);
    t.teardown(() => listener.close());
    return new TestServer(hooks, listener);
  }

  /** Opens a wire between the owner and a client of the `ws` package. */
  connect(owner: Owner, binary = false, subprotocols: string[] = []): Promise<WebSocketPeer> {
    this.hooks.open = owner.open;
    this.hooks.binary = binary;
    return webSocketPeer(this.listener.url, subprotocols);
  }

  /** Opens a wire between the owner and a raw client. */
  async connectRaw(t: Test, owner: Owner): Promise<RawClient> {
    const client = await this.dial(t);
    this.hooks.open = owner.open;
    this.hooks.binary = false;
    await client.upgrade();
    return client;
  }

  /** A connection on which nothing was said yet. */
  async dial(t: Test): Promise<RawClient> {
    this.hooks.open = new Owner().open;
    const client = await RawClient.connect(this.listener.url);
    t.teardown(() => client.vanish());
    return client;
  }
}

/** A client that is there all the time, to see that what others do does not touch it. */
export class Bystander {
  readonly #peer: WebSocketPeer;

  private constructor(peer: WebSocketPeer) {
    this.#peer = peer;
  }

  static async join(t: Test, server: TestServer): Promise<Bystander> {
    const owner = new Owner();
    owner.echoes = true;
    const peer = await server.connect(owner);
    t.teardown(() => peer.vanish());
    return new Bystander(peer);
  }

  /** Resolves when the server has answered it. */
  async isServed(): Promise<boolean> {
    this.#peer.send(Buffer.from('still there?'), false);
    const { data } = await this.#peer.messages.next();
    return data.toString() === 'still there?';
  }
}
