import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { ServerOptions } from 'ws';
import type { CloseReason } from '../../protocol/close.js';
import { CLOSE_MS_MAX, IDLE_S_MAX } from '../../protocol/limits.js';
import { endpointUrl, listenError } from './endpoint.js';
import {
  HTTP_CHECK_INTERVAL_MS,
  HTTP_HEADER_BYTES_MAX,
  HTTP_IDLE_MS_MAX,
  HTTP_REQUEST_MS_MAX,
  WEBSOCKET_PAYLOAD_BYTES_MAX,
} from './limits.js';
import { SliceWriter } from './slice-writer.js';
import type {
  Endpoint,
  HttpRequest,
  HttpResponse,
  Listener,
  ServerHooks,
  WebSocketServerKind,
} from './transport.js';
import { bindPrivately } from './unix-path.js';
import { joinFrames, opcode } from './websocket-frames.js';
import { WireTransport } from './wire.js';
import type { Wire } from './wire.js';

/** The server on `node:http` and `ws`, for any Node. */
export const wsServer: WebSocketServerKind = { name: 'ws', listen };

async function listen(endpoint: Endpoint, hooks: ServerHooks): Promise<Listener> {
  const server = createServer({
    maxHeaderSize: HTTP_HEADER_BYTES_MAX,
    headersTimeout: HTTP_REQUEST_MS_MAX,
    requestTimeout: HTTP_REQUEST_MS_MAX,
    connectionsCheckingInterval: HTTP_CHECK_INTERVAL_MS,
    keepAliveTimeout: HTTP_IDLE_MS_MAX,
  });
  server.setTimeout(HTTP_IDLE_MS_MAX);
  serve(server, endpoint, hooks);
  await bind(server, endpoint);
  const bound = server.address();
  return {
    url: endpointUrl(endpoint, bound !== null && typeof bound === 'object' ? bound.port : undefined),
    close: () => void server.close(),
  };
}

function bind(server: Server, endpoint: Endpoint): Promise<void> {
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

function serve(server: Server, endpoint: Endpoint, hooks: ServerHooks): void {
  const toRequest = (request: IncomingMessage): HttpRequest => ({
    method: request.method ?? '',
    path: (request.url ?? '').replace(/\?.*/s, ''),
    header: (name) => request.headers[name]?.toString(),
    address: endpoint.kind === 'unix' ? 'unix' : (request.socket.remoteAddress ?? ''),
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { status, headers, body } = hooks.http(toRequest(request));
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
  });
  server.on('upgrade', (request: IncomingMessage, _: unknown, head: Buffer) => {
    const { socket } = request;
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      return refuse(socket, hooks.http(toRequest(request)));
    }
    const verdict = hooks.upgrade(toRequest(request));
    if ('refuse' in verdict) return refuse(socket, verdict.refuse);
    // `ws` confirms the first that is offered, so the verdict's is made the only one.
    if (verdict.subprotocol === null) delete request.headers['sec-websocket-protocol'];
    else request.headers['sec-websocket-protocol'] = verdict.subprotocol;
    handshake.handleUpgrade(request, socket, head, (ws) => {
      adopt(ws, socket, verdict.binary).attach(verdict.open);
    });
  });
}

/** Answers a request whose socket Node has handed over, and ends it. */
function refuse(socket: Socket, { status, headers, body }: HttpResponse): void {
  const lines = Object.entries({
    ...headers,
    connection: 'close',
    'content-length': Buffer.byteLength(body),
  }).map(([name, value]) => `${name}: ${value}`);
  socket.on('error', () => socket.destroy());
  socket.setTimeout(CLOSE_MS_MAX, () => socket.destroy());
  socket.write([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n'));
  socket.destroySoon();
}

/** Makes a transport of an open WebSocket. */
function adopt(ws: WebSocket, socket: Socket, binary: boolean): WireTransport {
  const wire = new WsWire(ws, socket, binary, () => {
    heard();
    transport.progressed();
  });
  const transport = new WireTransport(wire);
  const heard = watchSilence(socket, wire);
  ws.on('message', (data: Buffer, isBinary) => transport.received(data, isBinary));
  ws.on('ping', (data) => {
    wire.control(opcode.pong, data);
    transport.pinged();
  });
  ws.once('close', () => transport.ended());
  // A broken frame: `ws` sends the close frame for it by itself, and `close` follows.
  ws.on('error', () => {});
  return transport;
}

/**
 * As uWebSockets.js does: a ping each half of the idle time, and the end when there was no sign of life before the
 * next one. Returns what tells of one; bytes that come are one too.
 */
function watchSilence(socket: Socket, wire: WsWire): () => void {
  let alive = true;
  const timer = setInterval(() => {
    if (!alive) return wire.cut();
    alive = false;
    wire.control(opcode.ping, NO_PAYLOAD);
  }, IDLE_S_MAX * 500);
  const heard = (): void => {
    alive = true;
  };
  socket.on('data', heard);
  socket.once('close', () => clearInterval(timer));
  return heard;
}

const NO_PAYLOAD = Buffer.alloc(0);

/**
 * Writes frames to the socket itself: ten times cheaper than `ws.send` for each. `ws` writes there only its close
 * frame, when nothing is pending, or when the peer has closed or broken the wire.
 */
class WsWire implements Wire {
  readonly kind = 'websocket';
  readonly #ws: WebSocket;
  readonly #code: number;
  readonly #writer: SliceWriter;

  constructor(ws: WebSocket, socket: Socket, binary: boolean, progressed: () => void) {
    this.#ws = ws;
    this.#code = binary ? opcode.binary : opcode.text;
    this.#writer = new SliceWriter(socket, progressed);
  }

  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  put(frames: readonly Uint8Array[]): void {
    this.#write(frames, this.#code);
  }

  /** Sends a ping or a pong. */
  control(code: number, payload: Buffer): void {
    this.#write([payload], code);
  }

  end(reason: CloseReason): void {
    this.#ws.close(reason.code, reason.reason);
  }

  cut(): void {
    this.#ws.terminate();
  }

  #write(payloads: readonly Uint8Array[], code: number): void {
    // Once the peer has said goodbye nothing may follow `ws`'s own.
    if (this.#ws.readyState === WebSocket.OPEN) this.#writer.write(joinFrames(payloads, code));
  }
}
