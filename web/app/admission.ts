import { ADMISSION_MS_MAX } from '../limits.js';

/** What the broker says to a credential. `absent`: it does not say anything. */
export type Admission = 'good' | 'unauthorized' | 'forbidden' | 'tooMany' | 'absent';

const BY_STATUS: Readonly<Record<number, 'forbidden' | 'tooMany'>> = {
  403: 'forbidden',
  429: 'tooMany',
};

type Fetch = (path: string, init: RequestInit) => Promise<Response>;

/**
 * Asks whether a token is good. A browser does not tell a page why an upgrade to a WebSocket was refused; of a plain
 * request it does.
 * @param token Null: whether none is needed.
 */
export async function admissionOf(fetch: Fetch, token: string | null): Promise<Admission> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  try {
    const { ok, status } = await fetch('/metrics', {
      method: 'HEAD',
      headers,
      cache: 'no-store',
      signal: AbortSignal.timeout(ADMISSION_MS_MAX),
    });
    if (ok) return 'good';
    return status === 401 ? 'unauthorized' : (BY_STATUS[status] ?? 'absent');
  } catch {
    return 'absent';
  }
}

/** What became of a pairing code: a token, or why there is none. `code`: it is not, or no longer, good. */
export type Pairing =
  | { readonly token: string; readonly name: string }
  | { readonly refused: 'code' | Exclude<Admission, 'good' | 'unauthorized'> };

/** Makes this browser a device of the broker. The code is good once. */
export async function redeem(fetch: Fetch, code: string): Promise<Pairing> {
  try {
    const response = await fetch('/pair', {
      method: 'POST',
      headers: { authorization: `Pairing ${code}` },
      cache: 'no-store',
      signal: AbortSignal.timeout(ADMISSION_MS_MAX),
    });
    if (response.status === 401) return { refused: 'code' };
    if (!response.ok) return { refused: BY_STATUS[response.status] ?? 'absent' };
    const device: unknown = await response.json();
    return isDevice(device) ? { token: device.token, name: device.name } : { refused: 'absent' };
  } catch {
    return { refused: 'absent' };
  }
}

function isDevice(value: unknown): value is { readonly token: string; readonly name: string } {
  if (typeof value !== 'object' || value === null || !('token' in value) || !('name' in value)) return false;
  return typeof value.token === 'string' && typeof value.name === 'string';
}
