import { strict as assert } from 'node:assert';
import { STATUS_CODES } from 'node:http';
import { createServer, isIPv6, SocketAddress } from 'node:net';
import type * as Uws from 'uWebSockets.js';
import type { CloseReason } from '../../protocol/close.js';
import { IDLE_S_MAX } from '../../protocol/limits.js';
import { endpointUrl, listenError } from './endpoint.js';
import { decide } from './http-request.js';
import type { Accepted, Answer, RequestHead } from './http-request.js';
import { HTTP_PARSER_BYTES_MAX, HTTP_SOCKETS_MAX, WEBSOCKET_PAYLOAD_BYTES_MAX } from './limits.js';
import type { Endpoint, HttpResponse, Listener, ServerHooks, WebSocketServerKind } from './transport.js';
import { bindPrivately } from './unix-path.js';
import { WireTransport } from './wire.js';
import type { Wire } from './wire.js';

/** The uWebSockets.js server, or null where its binary cannot be loaded (another Node, platform or libc). */
export async function uwsServer(): Promise<WebSocketServerKind | null> {
  const uws = await load();
  if (uws === null) return null;
  return { name: 'uWebSockets.js', listen: (endpoint, hooks) => listen(uws, endpoint, hooks) };
}

/** Read by the binary once, when it is loaded. Its default, 4 KB, is less than a browser keeps for localhost. */
const HEADER_BYTES_VARIABLE = 'UWS_HTTP_MAX_HEADERS_SIZE';

async function load(): Promise<typeof Uws | null> {
  process.env[HEADER_BYTES_VARIABLE] = String(HTTP_PARSER_BYTES_MAX);
  try {
    return await import('uWebSockets.js');
  } catch {
    return null;
  } finally {
    delete process.env[HEADER_BYTES_VARIABLE];
  }
}

async function listen(uws: typeof Uws, endpoint: Endpoint, hooks: ServerHooks): Promise<Listener> {
  assert(endpoint.kind === 'unix' || !endpoint.tls, '`ws` serves TLS');
  const app = createApp(uws, endpoint, hooks);
  let socket = bind(app, endpoint);
  if (socket === null) throw listenError(endpoint, await bindObstacle(endpoint));
  // A socket serves as its own handle: that of a listening one has the same layout.
  const port = endpoint.kind === 'tcp' ? uws.us_socket_local_port(socket) : undefined;
  return {
    url: endpointUrl(endpoint, port),
    close() {
      if (socket !== null) uws.us_listen_socket_close(socket);
      socket = null;
    },
    renew() {},
  };
}

/** Without this option a second listener on a busy port succeeds, and takes half of the clients. */
const EXCLUSIVE_PORT = 1;

type Bound = Uws.us_listen_socket | false;

declare module 'uWebSockets.js' {
  interface TemplatedApp {
    /** An overload that the package does not declare. */
    listen(host: string, port: number, options: number, listening: (socket: Bound) => void): TemplatedApp;
  }
}

function bind(app: Uws.TemplatedApp, endpoint: Endpoint): Uws.us_listen_socket | null {
  let bound: Bound = false;
  const listening = (socket: Bound): void => {
    bound = socket;
  };
  if (endpoint.kind === 'tcp') app.listen(endpoint.host, endpoint.port, EXCLUSIVE_PORT, listening);
  else bindPrivately(() => app.listen_unix(listening, endpoint.path));
  return bound === false ? null : bound;
}

/** uWebSockets.js does not say why it could not bind; Node, asked for the same, does. */
function bindObstacle(endpoint: Endpoint): Promise<string | NodeJS.ErrnoException> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', resolve);
    probe.listen(endpoint, () => probe.close(() => resolve('it was in use a moment ago')));
  });
}

/** What uWebSockets.js keeps for a socket. */
interface Session {
  readonly accepted: Accepted;
  readonly address: string;
  transport: WireTransport | null;
}

function createApp(uws: typeof Uws, endpoint: Endpoint, hooks: ServerHooks): Uws.TemplatedApp {
  let httpSockets = 0;
  /** `context` is given for what it has found to be an upgrade: any GET with a key of the right length. */
  const serve = (
    response: Uws.HttpResponse,
    request: Uws.HttpRequest,
    context: Uws.us_socket_context_t | null,
  ): void => {
    const address = endpoint.kind === 'unix' ? 'unix' : addressOf(response);
    const decision = decide(headOf(request, address, context !== null), hooks);
    if ('response' in decision) return answer(response, request.getMethod(), decision);
    assert(context !== null, 'what cannot be upgraded is not accepted');
    const { accepted } = decision;
    const session: Session = { accepted, address, transport: null };
    const key = request.getHeader('sec-websocket-key');
    // Of a WebSocket the filter below hears nothing more, not even its end.
    httpSockets -= 1;
    response.upgrade(session, key, accepted.subprotocol ?? '', '', context);
  };
  return uws
    .App()
    .filter((response, change) => {
      httpSockets += change;
      if (change > 0 && httpSockets > HTTP_SOCKETS_MAX) response.close();
    })
    .ws<Session>('/*', { ...sessionBehavior, upgrade: serve })
    .any('/*', (response, request) => serve(response, request, null));
}

function headOf(request: Uws.HttpRequest, address: string, upgradable: boolean): RequestHead {
  const lines: [string, string][] = [];
  request.forEach((name, value) => void lines.push([name, value]));
  const query = request.getQuery();
  return {
    method: request.getCaseSensitiveMethod(),
    target: query ? `${request.getUrl()}?${query}` : request.getUrl(),
    // It refuses every other by itself.
    version: '1.1',
    lines,
    address,
    secure: false,
    upgradable,
  };
}

const sessionBehavior: Uws.WebSocketBehavior<Session> = {
  compression: 0,
  // Nothing is dropped here: how much may wait for a client is the outbox's to decide.
  maxBackpressure: 0,
  maxPayloadLength: WEBSOCKET_PAYLOAD_BYTES_MAX,
  idleTimeout: IDLE_S_MAX,
  sendPingsAutomatically: true,
  open(ws) {
    const session = ws.getUserData();
    session.transport = new WireTransport(new UwsWire(ws, session));
    session.transport.attach(session.accepted.open);
  },
  message: (ws, data, binary) => ws.getUserData().transport?.received(Buffer.from(data), binary),
  ping: (ws) => ws.getUserData().transport?.pinged(),
  // Not from inside: a long frame that is written there only in part is never continued (uSockets forgets that its
  // `writev` has failed, and no longer asks whether the socket takes more).
  drain(ws) {
    const { transport } = ws.getUserData();
    setImmediate(() => transport?.progressed());
  },
  close: (ws) => ws.getUserData().transport?.ended(),
};

/** Calls on a socket that has ended throw; `WireTransport` makes none. */
class UwsWire implements Wire {
  readonly kind = 'websocket';
  readonly address: string;
  readonly #ws: Uws.WebSocket<Session>;
  readonly #binary: boolean;

  constructor(ws: Uws.WebSocket<Session>, { accepted, address }: Session) {
    this.#ws = ws;
    this.address = address;
    this.#binary = accepted.binary;
  }

  /**
   * Inside a handler of this socket its own cork is still open, and up to 16 KB that end up waiting show only at
   * the next look.
   */
  get pendingBytes(): number {
    return this.#ws.getBufferedAmount();
  }

  put(frames: readonly Uint8Array[]): void {
    this.#ws.cork(() => {
      for (const frame of frames) this.#ws.send(frame, this.#binary, false);
    });
  }

  end(reason: CloseReason): void {
    this.#ws.end(reason.code, reason.reason);
  }

  cut(): void {
    this.#ws.close();
  }
}

/** As Node writes it: uWebSockets.js spells all groups of an IPv6 address out. */
function addressOf(response: Uws.HttpResponse): string {
  const address = Buffer.from(response.getRemoteAddressAsText()).toString();
  return isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}

function answer(response: Uws.HttpResponse, method: string, { response: content, ends }: Answer): void {
  const isThere = !(content instanceof Promise);
  if (isThere && !ends) return send(response, method, content, ends);
  // Not from inside: it would go on with a request that has come behind this one, and forget to end. One that comes
  // while an answer is due ends the connection.
  let gone = false;
  response.onAborted(() => (gone = true));
  const sendLater = (whole: HttpResponse): void =>
    void setImmediate(() => {
      if (!gone) response.cork(() => send(response, method, whole, ends));
    });
  if (isThere) sendLater(content);
  else void content.then(sendLater);
}

function send(
  response: Uws.HttpResponse,
  method: string,
  { status, headers, body }: HttpResponse,
  ends: boolean,
): void {
  response.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`);
  for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value);
  if (status === 304) return void response.endWithoutBody();
  if (method !== 'head') return void response.end(body, ends);
  // Given to `endWithoutBody` the length would end the process: "returning without responding".
  if (ends) return void response.end('', true);
  response.writeHeader('content-length', String(Buffer.byteLength(body))).endWithoutBody();
}
