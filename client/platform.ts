/** What browsers and Node have in common, or one of them has: the only file that looks at `globalThis`. */
import type { Clock, ConnectOptions, SocketLike, Wakeup } from './api.js';
import { told } from './json.js';
import { DOUBT_MS } from './limits.js';

interface Target {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

interface Platform {
  readonly WebSocket?: new (url: string, subprotocols: string[]) => SocketLike;
  readonly fetch?: NonNullable<ConnectOptions['fetch']>;
  readonly crypto: { getRandomValues(bytes: Uint8Array): Uint8Array };
  readonly document?: Target & { readonly visibilityState: string };
  readonly addEventListener?: Target['addEventListener'];
  readonly removeEventListener?: Target['removeEventListener'];
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

const platform = told<Platform>(globalThis);

/** The WebSocket of the platform. */
export function platformSocket(url: string, subprotocols: readonly string[]): SocketLike {
  if (platform.WebSocket === undefined)
    throw new TypeError('This platform has no WebSocket: give `socket`, as that of threadcast/client/node');
  return new platform.WebSocket(url, [...subprotocols]);
}

export const platformClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = platform.setTimeout(run, ms);
    return () => platform.clearTimeout(timer);
  },
};

/**
 * Those of a page; nothing where there are no such events. Loopback is there without a network, and what was on its way
 * still comes: so being offline is no cut, but it is doubted for as long as it lasts.
 */
export const platformWakeup: Wakeup = (tell) => {
  const { document } = platform;
  let offline: unknown = null;
  const doubt = (): void => {
    platform.clearTimeout(offline);
    offline = platform.setTimeout(doubt, DOUBT_MS);
    tell('doubt');
  };
  const retry = (): void => {
    platform.clearTimeout(offline);
    tell('retry');
  };
  const seen = (): void => {
    if (document?.visibilityState === 'visible') tell('retry');
  };
  const events = [
    [platform, 'offline', doubt],
    [platform, 'online', retry],
    [platform, 'pageshow', retry],
    [document, 'visibilitychange', seen],
  ] as const;
  for (const [target, event, listener] of events) target?.addEventListener?.(event, listener);
  return () => {
    platform.clearTimeout(offline);
    for (const [target, event, listener] of events) target?.removeEventListener?.(event, listener);
  };
};

/** The `fetch` of the platform; null where there is none. */
const { fetch } = platform;
export const platformFetch: ConnectOptions['fetch'] | null =
  fetch === undefined ? null : async (url, init) => await fetch(url, init);

const ID_BYTES = 16;

/** An id that nobody else makes. (`randomUUID` is there on secure pages only.) */
export function randomId(): string {
  const bytes = platform.crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
