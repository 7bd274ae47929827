import type { HttpRequest } from '../transports/transport.js';

const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]'];
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;
const PORT = /:\d{1,5}$/;
/** An IPv4 address as a port on `[::]` sees it. */
const MAPPED = /^::ffff:(?=\d+\.)/i;

/** Whether a host, or a peer's address, is this machine alone: without a port, IPv6 with or without brackets. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** A peer's address in its one spelling. */
export function plainAddress(address: string): string {
  return address.replace(MAPPED, '');
}

/** All addresses of the machine: nobody's name for it. */
const ANY_ADDRESS = new Set(['0.0.0.0', '[::]']);

export interface NamesOptions {
  /** `--allow-origin`: `https://HOST[:PORT]`, as a browser writes it. */
  readonly origins: readonly string[];
  /** `--allow-host`: `HOST[:PORT]`. */
  readonly hosts: readonly string[];
  /** `--public-url`. */
  readonly publicUrl: URL | null;
}

/**
 * By which names the broker may be called, and from which pages: exact lists. A browser sends `Origin` with every
 * WebSocket, whichever page opens it; and a `Host` that is neither loopback nor on the list is a name that was made to
 * point here (DNS rebinding).
 */
export class AllowedNames {
  readonly #origins: Set<string>;
  readonly #hosts: Set<string>;
  /** Where a browser reaches the broker: what was given, else where it listens. Null: nowhere. */
  publicUrl: string | null = null;

  constructor({ origins, hosts, publicUrl }: NamesOptions) {
    this.#origins = new Set(origins.map((each) => each.toLowerCase()));
    this.#hosts = new Set(hosts.map((each) => each.toLowerCase()));
    if (publicUrl === null) return;
    this.#origins.add(publicUrl.origin);
    this.#hosts.add(publicUrl.host);
    this.publicUrl = publicUrl.origin;
  }

  /** It listens there: the broker's own pages come from there, too. `url`: `ws://…` or `wss://…`. */
  listens(url: string): void {
    if (url.startsWith('unix:')) return;
    const { protocol, hostname, port } = new URL(url);
    const scheme = protocol === 'wss:' ? 'https:' : 'http:';
    const isAny = ANY_ADDRESS.has(hostname);
    this.publicUrl ??= `${scheme}//${isAny ? '127.0.0.1' : hostname}:${port}`;
    const hosts = isLoopback(hostname) || isAny ? LOOPBACK_HOSTS : [hostname];
    for (const host of hosts) {
      // As a browser writes it: without the port that goes without saying.
      const address = new URL(`${scheme}//${host}:${port}`);
      this.#origins.add(address.origin);
      this.#hosts.add(address.host);
    }
  }

  /** What is wrong with the names in a request; null where nothing is. */
  objection({ address, headers }: HttpRequest): string | null {
    const origins = headers('origin');
    if (address === 'unix') return origins.length === 0 ? null : 'no web page may ask over a unix socket';
    const [host, ...moreHosts] = headers('host');
    if (host === undefined || moreHosts.length > 0) return 'exactly one Host is needed';
    if (!isLoopback(host.replace(PORT, '')) && !this.#hosts.has(host.toLowerCase()))
      return 'the Host is none that is allowed; see --allow-host and --public-url';
    const [origin, ...moreOrigins] = origins;
    if (origin === undefined) return null;
    if (moreOrigins.length > 0 || !this.#origins.has(origin.toLowerCase()))
      return 'the Origin is none that is allowed; see --allow-origin and --public-url';
    return null;
  }
}
