import { refusalOf } from '../access/loopback.js';
import type {
  HttpRequest,
  HttpResponse,
  ServerHooks,
  Transport,
  TransportEvents,
} from '../transports/transport.js';

export interface HttpContext {
  /** Whether the runtime has answered `initialize` and is still there. */
  ready(): boolean;
  /** A WebSocket of the stock wire is open. */
  attach(transport: Transport): TransportEvents;
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
      return { subprotocol: null, binary: false, open: (transport) => context.attach(transport) };
    },
  };
}

function upgradeRefusal({ path }: HttpRequest, context: HttpContext): HttpResponse | null {
  if (!WEBSOCKET_PATHS.has(path)) return plain(404, 'no such path');
  return context.ready() ? null : NOT_READY;
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
