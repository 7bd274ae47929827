import { CREDENTIAL_CHARS_MAX } from '../limits.js';
import type { Kept } from '../state/kept.js';

const TOKEN_KEY = 'threadcast.token';
const DEVICE_KEY = 'threadcast.device';

/** What the fragment of the address says. A browser sends it to no server. */
export interface Fragment {
  readonly token: string | null;
  /** A pairing code, good once. */
  readonly pair: string | null;
  readonly thread: string | null;
}

/** Reads `#token=…`, `#pair=…`, `#thread=…`, each at most once. */
export function readFragment(hash: string): Fragment {
  const members = new URLSearchParams(hash.replace(/^#/, ''));
  const bounded = (name: string): string | null => {
    const value = members.get(name)?.trim() ?? '';
    return value === '' || value.length > CREDENTIAL_CHARS_MAX ? null : value;
  };
  return { token: bounded('token'), pair: bounded('pair'), thread: bounded('thread') };
}

/** The address that is left once the credential was taken out of it. */
export function addressOf(thread: string | null): string {
  return thread === null ? '/' : `/#thread=${encodeURIComponent(thread)}`;
}

/** A token that was given: for the session, or the one of this device. */
export interface Credential {
  readonly token: string;
  readonly of: 'session' | 'device';
}

/** The tokens that this browser was given. */
export class Credentials {
  readonly #session: Kept;
  readonly #device: Kept;

  constructor(session: Kept, device: Kept) {
    this.#session = session;
    this.#device = device;
  }

  /** That of the session first: it came in the link that was opened last. */
  current(): Credential | null {
    const session = this.#session.get(TOKEN_KEY);
    if (session !== null) return { token: session, of: 'session' };
    const device = this.#device.get(DEVICE_KEY);
    return device === null ? null : { token: device, of: 'device' };
  }

  /** False: the browser keeps nothing, and it is forgotten with the page. */
  keep({ token, of }: Credential): boolean {
    if (of === 'session') return this.#session.set(TOKEN_KEY, token);
    // The phone's own: it must not be hidden by a token of somebody's link.
    this.#session.remove(TOKEN_KEY);
    return this.#device.set(DEVICE_KEY, token);
  }

  /** Another tab may have been given a better one meanwhile: that stays. */
  forget({ token, of }: Credential): void {
    const [kept, key] =
      of === 'session' ? ([this.#session, TOKEN_KEY] as const) : ([this.#device, DEVICE_KEY] as const);
    if (kept.get(key) === token) kept.remove(key);
  }
}
