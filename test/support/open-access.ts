import { Access } from '../../broker/access/access.js';
import { AllowedNames } from '../../broker/access/names.js';
import { Rights } from '../../broker/access/rights.js';
import type { BrokerOptions } from '../../broker/broker-options.js';
import type { Clock } from '../../broker/clock.js';
import { familyNames } from '../../protocol/families.js';

/** Whoever comes is let in, as on a broker with `--no-auth`. */
export function openAccess(clock: Clock): Pick<BrokerOptions, 'access' | 'rights'> {
  const names = new AllowedNames({ origins: [], hosts: [], publicUrl: null });
  return { access: new Access({ names, token: null, clock }), rights: new Rights() };
}

/** What starts a broker that lets in whoever comes, to whatever there is, as app-server itself does on loopback. */
export const OPEN_TO_ALL: readonly string[] = [
  '--no-auth',
  ...familyNames.flatMap((family) => ['--remote-allow', family]),
];
