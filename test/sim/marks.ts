import type { BrokerOptions } from '../../broker/broker-options.js';
import type { Clock } from '../../broker/clock.js';
import { isObject } from '../../protocol/messages.js';
import { openAccess } from '../support/open-access.js';

/** Whoever comes is let in, and the mark that a request carries here is not what decides whether it may be made. */
export function openToMarks(clock: Clock): Pick<BrokerOptions, 'access' | 'rights'> {
  const { access, rights } = openAccess(clock);
  const unmarked = (params: unknown): unknown => (isObject(params) ? { ...params, mark: null } : params);
  return {
    access,
    rights: { refusal: (asker, method, params) => rights.refusal(asker, method, unmarked(params)) },
  };
}
