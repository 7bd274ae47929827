import { resolve } from 'node:path';
import { ListenError } from './transport.js';
import type { Endpoint } from './transport.js';

const TCP = /^(?<scheme>wss?):\/\/(?:\[(?<ipv6>[\da-f:.]+)\]|(?<host>[\w.-]+)):(?<port>\d{1,5})\/?$/i;
const UNIX = /^unix:\/\/(?<path>[^\0]+)$/;
const PORT_MAX = 65_535;

/**
 * Reads `ws://HOST:PORT` or `wss://HOST:PORT` (port 0: any free one), or `unix://PATH` (relative to the working
 * directory).
 * @throws {ListenError} anything else
 */
export function parseEndpoint(text: string): Endpoint {
  const path = UNIX.exec(text)?.groups?.['path'];
  if (path !== undefined) return { kind: 'unix', path: resolve(path) };
  const { scheme, ipv6, host = ipv6, port } = TCP.exec(text)?.groups ?? {};
  if (host === undefined || port === undefined || Number(port) > PORT_MAX) {
    throw new ListenError(
      `cannot listen on ${JSON.stringify(text)}: it is no ws://HOST:PORT, wss://HOST:PORT or unix://PATH`,
    );
  }
  return { kind: 'tcp', host, port: Number(port), tls: scheme?.toLowerCase() === 'wss' };
}

/** The URL a client is given; `port` is the real one where the endpoint says any. */
export function endpointUrl(endpoint: Endpoint, port?: number): string {
  if (endpoint.kind === 'unix') return `unix://${endpoint.path}`;
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  return `${endpoint.tls ? 'wss' : 'ws'}://${host}:${port ?? endpoint.port}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no host of that name',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

/** Says why an endpoint could not be had. `cause`: a reason in words, or what the system said. */
export function listenError(endpoint: Endpoint, cause: string | NodeJS.ErrnoException): ListenError {
  const reason = typeof cause === 'string' ? cause : (REASONS[cause.code ?? ''] ?? cause.message);
  return new ListenError(`cannot listen on ${endpointUrl(endpoint)}: ${reason}`);
}
