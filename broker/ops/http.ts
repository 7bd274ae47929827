import type { Logger } from 'pino';
import { subprotocols } from '../../protocol/wires.js';
import type { Wire } from '../../protocol/wires.js';
import type { Access, Need } from '../access/access.js';
import type { Credential } from '../access/credential.js';
import { Refusal } from '../requests/refusal.js';
import { countIn } from './counters.js';
import type { Counters } from './counters.js';
import type { Metrics } from './metrics.js';
import type { Page } from './page.js';
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
  attach(transport: Transport, wire: Wire, credential: Credential): TransportEvents;
  readonly counters: Counters;
  /** What `/metrics` tells. */
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
}

/** Where app-server takes WebSockets: `/` on TCP, `/rpc` on a unix socket. */
const WEBSOCKET_PATHS: ReadonlySet<string> = new Set(['/', '/rpc']);

interface Route {
  readonly methods: readonly string[];
  readonly needs: Need;
  answer(request: HttpRequest): HttpResponse | Promise<HttpResponse>;
}

const READS = ['GET', 'HEAD'];

/** The HTTP side: one table of what each path answers, behind one check of who may ask. */
export function httpHooks(context: HttpContext, access: Access, log: Logger, page: Page): ServerHooks {
  const turnedAway = (
    { address }: HttpRequest,
    { refuse }: { readonly refuse: HttpResponse },
  ): HttpResponse => {
    countIn(context.counters.turnedAway, String(refuse.status));
    log.info({ address, status: refuse.status }, 'turned away');
    return secured(refuse);
  };
  const failed = (error: unknown): HttpResponse => {
    log.error({ error }, 'a request could not be answered');
    return secured(plain(500, 'the broker has failed to answer; its log says why'));
  };
  const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
    ['/healthz', { methods: READS, needs: 'nothing', answer: () => plain(200, 'ok') }],
    [
      '/readyz',
      { methods: READS, needs: 'nothing', answer: () => (context.ready() ? plain(200, 'ok') : NOT_READY) },
    ],
    ['/metrics', { methods: READS, needs: 'token', answer: async () => await scrape(context) }],
    [
      '/pair',
      {
        methods: ['POST'],
        needs: 'code',
        answer: async (request) =>
          (await pair(request, access)) ?? turnedAway(request, { refuse: WRONG_CODE }),
      },
    ],
  ]);
  /** Its files hold no secret: whoever opens it may not have a token yet. */
  const pageRoute: Route = {
    methods: READS,
    needs: 'nothing',
    answer: (request) => page.answer(request),
  };
  return {
    http(request) {
      const route = routes.get(request.path) ?? (page.has(request.path) ? pageRoute : undefined);
      const admission = access.admit(request, route?.needs ?? 'token');
      if ('refuse' in admission) return turnedAway(request, admission);
      const answer = route === undefined ? plain(404, 'no such path') : answerOf(route, request);
      return answer instanceof Promise ? answer.then(secured, failed) : secured(answer);
    },
    upgrade(request) {
      const admission = access.admit(request, 'token');
      if ('refuse' in admission) return { refuse: turnedAway(request, admission) };
      const { as } = admission;
      if (as === null || !WEBSOCKET_PATHS.has(request.path))
        return { refuse: secured(plain(404, 'no such path')) };
      if (!context.accepts()) return { refuse: secured(NOT_READY) };
      const wire = wireOf(request);
      return {
        subprotocol: wire === 'stock' ? null : subprotocols[wire],
        binary: wire === 'msgpack',
        open: (transport) => context.attach(transport, wire, as),
      };
    },
  };
}

function answerOf(route: Route, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  if (route.methods.includes(request.method)) return route.answer(request);
  const allow = route.methods.join(', ');
  return plain(405, `${request.path} takes ${allow}`, { allow });
}

/** The first wire of ours among the subprotocols that the client offers; stock where there is none. */
function wireOf({ header }: HttpRequest): Wire {
  for (const offered of (header('sec-websocket-protocol') ?? '').split(',')) {
    for (const wire of ['msgpack', 'json'] as const) if (offered.trim() === subprotocols[wire]) return wire;
  }
  return 'stock';
}

async function scrape({ metrics }: HttpContext): Promise<HttpResponse> {
  const headers = { 'content-type': metrics.contentType, 'cache-control': 'no-store' };
  return { status: 200, headers, body: await metrics.text() };
}

/** As `Authorization: Pairing CODE`: where a token would stand, which no log and no page of another site sees. */
const PAIRING = /^pairing +([\w\s-]{1,32})$/i;

/** Makes a device of whoever brings a good code; null where it is none. */
async function pair(request: HttpRequest, access: Access): Promise<HttpResponse | null> {
  const code = PAIRING.exec(request.header('authorization') ?? '')?.[1] ?? '';
  const made = access.pairings.redeem(code);
  if (made === null) {
    access.wrongCode(request);
    return null;
  }
  try {
    const [{ deviceId, name, role, createdAt }, token] = await made;
    const body = `${JSON.stringify({ deviceId, name, role, createdAt, token })}\n`;
    return {
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body,
    };
  } catch (error) {
    if (error instanceof Refusal) return plain(503, error.message);
    throw error;
  }
}

/** For a browser that shows an answer: it is no page, belongs to no other page, and tells nobody where it came from. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

function secured(response: HttpResponse): HttpResponse {
  return { ...response, headers: { ...SECURITY_HEADERS, ...response.headers } };
}

function plain(status: number, text: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-store', ...headers },
    body: `${text}\n`,
  };
}

const WRONG_CODE = plain(401, 'the pairing code is wrong, was used, or is too old');
const NOT_READY = plain(503, 'the runtime does not answer');
