import { strict as assert } from 'node:assert';
import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerOptions as HttpOptions, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { ServerOptions } from 'ws';
import { CLOSE_MS_MAX } from '../../protocol/limits.js';
import { endpointUrl, listenError } from './endpoint.js';
import { decide } from './http-request.js';
import type { RequestHead } from './http-request.js';
import {
  HTTP_CHECK_INTERVAL_MS,
  HTTP_IDLE_MS_MAX,
  HTTP_PARSER_BYTES_MAX,
  HTTP_REQUEST_MS_MAX,
  HTTP_SOCKETS_MAX,
  WEBSOCKET_PAYLOAD_BYTES_MAX,
} from './limits.js';
import { tlsFault, tlsOptions } from './tls.js';
import { ListenError } from './transport.js';
import type {
  Endpoint,
  HttpResponse,
  Listener,
  ServerHooks,
  TlsPair,
  WebSocketServerKind,
} from './transport.js';
import { bindPrivately } from './unix-path.js';
import { adopt } from './ws-wire.js';

/** The server on `node:http` or `node:https`, and `ws`, for any Node. */
export const wsServer: WebSocketServerKind = { name: 'ws', listen };

const httpOptions: HttpOptions = {
  maxHeaderSize: HTTP_PARSER_BYTES_MAX,
  headersTimeout: HTTP_REQUEST_MS_MAX - HTTP_CHECK_INTERVAL_MS,
  requestTimeout: HTTP_REQUEST_MS_MAX - HTTP_CHECK_INTERVAL_MS,
  connectionsCheckingInterval: HTTP_CHECK_INTERVAL_MS,
  keepAliveTimeout: HTTP_IDLE_MS_MAX,
  // `decide` does, and ends the connection: Node would go on with what comes behind it.
  requireHostHeader: false,
};

async function listen(endpoint: Endpoint, hooks: ServerHooks, tls: TlsPair | null): Promise<Listener> {
  const secure = endpoint.kind === 'tcp' && endpoint.tls;
  const tlsServer = secure ? secureServer(endpoint, tls) : null;
  const server = tlsServer ?? createServer(httpOptions);
  server.setTimeout(HTTP_IDLE_MS_MAX);
  // Of more than a number of its own it would drop the rest without a word; `decide` refuses them.
  server.maxHeadersCount = 0;
  serve(server, endpoint, hooks);
  await bind(server, endpoint);
  const bound = server.address();
  const url = endpointUrl(endpoint, bound !== null && typeof bound === 'object' ? bound.port : undefined);
  return {
    url,
    close: () => void server.close(),
    renew(pair) {
      if (tlsServer === null) return;
      const fault = tlsFault(pair, Date.now());
      if (fault !== null) throw new ListenError(`cannot renew the certificate of ${url}: ${fault}`);
      tlsServer.setSecureContext({ ...tlsOptions, ...pair });
    },
  };
}

/** @throws {ListenError} */
function secureServer(endpoint: Endpoint, pair: TlsPair | null): TlsServer {
  assert(pair !== null, 'TLS needs a certificate');
  const fault = tlsFault(pair, Date.now());
  if (fault !== null) throw listenError(endpoint, fault);
  return createTlsServer({ ...httpOptions, ...tlsOptions, ...pair });
}

function bind(server: Server | TlsServer, endpoint: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays: once it listens, a connection that could not be accepted (no descriptor left) is reported here too.
    server.on('error', (error) => reject(listenError(endpoint, error)));
    const listenNow = (): void => void server.listen(endpoint, resolve);
    if (endpoint.kind === 'unix') bindPrivately(listenNow);
    else listenNow();
  });
}

/** What @types/ws does not know yet. */
interface CloseTimeout {
  readonly closeTimeout: number;
}
const options: ServerOptions & CloseTimeout = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  autoPong: false,
  maxPayload: WEBSOCKET_PAYLOAD_BYTES_MAX,
  closeTimeout: CLOSE_MS_MAX,
};
/** Does the handshakes; frames are written past it. */
const handshake = new WebSocketServer(options);

function serve(server: Server | TlsServer, endpoint: Endpoint, hooks: ServerHooks): void {
  const secure = endpoint.kind === 'tcp' && endpoint.tls;
  const leaveHttp = boundHttpSockets(server);
  const headOf = (request: IncomingMessage, upgradable: boolean): RequestHead => ({
    method: request.method ?? '',
    target: request.url ?? '',
    version: request.httpVersion,
    lines: linesOf(request.rawHeaders),
    address: endpoint.kind === 'unix' ? 'unix' : (request.socket.remoteAddress ?? ''),
    secure,
    upgradable,
  });
  /** Node hands over all that came in one piece, behind the last request that is answered too. */
  const ending = new WeakSet<Socket>();
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    if (ending.has(request.socket)) return;
    const decision = decide(headOf(request, false), hooks);
    assert('response' in decision, 'what cannot be upgraded is not accepted');
    if (decision.ends) {
      ending.add(request.socket);
      response.setHeader('connection', 'close');
    }
    const send = ({ status, headers, body }: HttpResponse): void => {
      const length = status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
      response.writeHead(status, { ...headers, ...length }).end(body);
    };
    if (decision.response instanceof Promise) void decision.response.then(send);
    else send(decision.response);
  };
  server.on('request', respond);
  // It would refuse an `Expect` that it does not know by itself.
  server.on('checkExpectation', respond);
  server.on('upgrade', (request: IncomingMessage, _: unknown, bytesBehind: Buffer) => {
    const { socket } = request;
    // Node no longer listens to this socket: it could end the process with a reset.
    if (ending.has(socket)) return void socket.on('error', () => socket.destroy());
    const head = headOf(request, true);
    const decision = decide(head, hooks);
    if ('response' in decision) return refuse(socket, decision.response);
    const { subprotocol, binary, open } = decision.accepted;
    // `ws` confirms the first that is offered, so the verdict's is made the only one.
    if (subprotocol === null) delete request.headers['sec-websocket-protocol'];
    else request.headers['sec-websocket-protocol'] = subprotocol;
    handshake.handleUpgrade(request, socket, bytesBehind, (ws) => {
      leaveHttp(socket);
      adopt(ws, socket, binary, head.address).attach(open);
    });
  });
}

/** Closes what is over `HTTP_SOCKETS_MAX`. Returns what tells that a socket has become a WebSocket. */
function boundHttpSockets(server: Server | TlsServer): (socket: Socket) => void {
  let sockets = 0;
  let webSockets = 0;
  // Under TLS too these are the TCP connections, before their handshake.
  server.on('connection', (socket: Socket) => {
    if (sockets - webSockets >= HTTP_SOCKETS_MAX) return void socket.destroy();
    sockets += 1;
    socket.once('close', () => (sockets -= 1));
  });
  return (socket) => {
    webSockets += 1;
    socket.once('close', () => (webSockets -= 1));
  };
}

/** Node's list of names and values in turn. */
function linesOf(raw: readonly string[]): RequestHead['lines'] {
  const lines: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) lines.push([(raw[i] ?? '').toLowerCase(), raw[i + 1] ?? '']);
  return lines;
}

/** Answers a request whose socket Node has handed over, and ends it. */
function refuse(socket: Socket, response: HttpResponse | Promise<HttpResponse>): void {
  socket.on('error', () => socket.destroy());
  socket.setTimeout(CLOSE_MS_MAX, () => socket.destroy());
  const send = ({ status, headers, body }: HttpResponse): void => {
    const length = Buffer.byteLength(body);
    const all = Object.entries({ ...headers, connection: 'close', 'content-length': length });
    const lines = all.map(([name, value]) => `${name}: ${value}`);
    socket.write([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', ''].join('\r\n'));
    socket.write(body);
    socket.destroySoon();
  };
  if (response instanceof Promise) void response.then(send);
  else send(response);
}
