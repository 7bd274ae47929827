import { close } from '../protocol/close.js';
import type { CloseReason } from '../protocol/close.js';
import type { Clock, ConnectOptions } from './api.js';
import { platformFetch } from './platform.js';
import { PROOF_MS_MAX } from './limits.js';

/** What the broker asks a token for, beside upgrades. */
const ASKED = '/metrics';
const reasons: Readonly<Record<number, CloseReason>> = { 401: close.unauthorized, 403: close.forbidden };

/**
 * Why an upgrade was refused. A browser tells a refused token from a dead network by nothing, so the same is asked once
 * more over HTTP. Null: it is not known, or nothing that another try would not mend.
 */
export async function whyRefused(
  { url, fetch }: Pick<ConnectOptions, 'url' | 'fetch'>,
  token: string | null,
  clock: Clock,
): Promise<CloseReason | null> {
  const origin = /^ws(s?:\/\/[^/?#]+)/.exec(url)?.[1];
  const ask = fetch ?? platformFetch;
  if (origin === undefined || !ask) return null;
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  return await new Promise((settle) => {
    const inTime = clock.after(PROOF_MS_MAX, () => settle(null));
    const over = (reason: CloseReason | null): void => {
      inTime();
      settle(reason);
    };
    // A header that cannot be sent throws, too.
    void Promise.resolve()
      .then(() => ask(`http${origin}${ASKED}`, { method: 'HEAD', headers }))
      .then(
        ({ status }) => over(reasons[status] ?? null),
        () => over(null),
      );
  });
}
