import type { HttpRequest, HttpResponse } from '../transports/transport.js';

/** `localhost` and the loopback addresses, with or without a port. */
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/**
 * Who may speak to the broker at all, the same for every route and every upgrade: null, or why not.
 * A browser sends `Origin` with a WebSocket, so that no web page reaches this machine's broker; and a `Host` that
 * is not loopback is a name that was made to point here (DNS rebinding). Over a unix socket neither can happen.
 */
export function refusalOf(request: HttpRequest): HttpResponse | null {
  if (request.header('origin') !== undefined) return forbidden('requests with an Origin are refused');
  if (request.address === 'unix') return null;
  if (!LOOPBACK_HOST.test(request.header('host') ?? ''))
    return forbidden('the Host must be a loopback address');
  return null;
}

function forbidden(why: string): HttpResponse {
  return { status: 403, headers: { 'content-type': 'text/plain' }, body: `threadcast: ${why}\n` };
}
