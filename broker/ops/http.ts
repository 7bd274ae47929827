import { subprotocols } from '../../protocol/wires.js';
import type { Wire } from '../../protocol/wires.js';
import { refusalOf } from '../access/loopback.js';
import type {
  HttpRequest,
  HttpResponse,
  ServerHooks,
  Transport,
  TransportEvents,
} from '../transports/transport.js';

export interface HttpContext {
  /** Whether the runtime answers. */
  ready(): boolean;
  /** Whether clients may be attached. */
  accepts(): boolean;
  /** A WebSocket is open. */
  attach(transport: Transport, wire: Wire): TransportEvents;
}

/** Where app-server takes WebSockets: `/` on TCP, `/rpc` on a unix socket. */
const WEBSOCKET_PATHS: ReadonlySet<string> = new Set(['/', '/rpc']);

/** The HTTP side: what each path answers, behind one check of who may ask. */
export function httpHooks(context: HttpContext): ServerHooks {
  return {
    http: (request) => refusalOf(request) ?? respond(request, context),
    upgrade(request) {
      const refuse = refusalOf(request) ?? upgradeRefusal(request, context);
      if (refuse !== null) return { refuse };
      const wire = wireOf(request);
      return {
        subprotocol: wire === 'stock' ? null : subprotocols[wire],
        binary: wire === 'msgpack',
        open: (transport) => context.attach(transport, wire),
      };
    },
  };
}

function upgradeRefusal({ path }: HttpRequest, context: HttpContext): HttpResponse | null {
  if (!WEBSOCKET_PATHS.has(path)) return plain(404, 'no such path');
  return context.accepts() ? null : NOT_READY;
}

/** The first wire of ours among the subprotocols that the client offers; stock where there is none. */
function wireOf({ header }: HttpRequest): Wire {
  for (const offered of (header('sec-websocket-protocol') ?? '').split(',')) {
    for (const wire of ['msgpack', 'json'] as const) if (offered.trim() === subprotocols[wire]) return wire;
  }
  return 'stock';
}

function respond({ method, path }: HttpRequest, context: HttpContext): HttpResponse {
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'only GET is served here');
  switch (path) {
    case '/healthz':
      return plain(200, 'ok');
    case '/readyz':
      return context.ready() ? plain(200, 'ok') : NOT_READY;
    default:
      return plain(404, 'no such path');
  }
}

function plain(status: number, text: string): HttpResponse {
  const headers = { 'content-type': 'text/plain', 'cache-control': 'no-store' };
  return { status, headers, body: `${text}\n` };
}

const NOT_READY = plain(503, 'the runtime does not answer');
