import { Access } from '../../broker/access/access.js';
import type { Admission, TokenSource } from '../../broker/access/access.js';
import { AllowedNames } from '../../broker/access/names.js';
import type { HttpRequest } from '../../broker/transports/transport.js';
import { MemoryStore } from '../support/memory-store.js';
import { FakeClock } from '../sim/clock.js';

/** A header a line, as it comes. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** A request as a server hands it on. */
export function request(
  headers: Headers = [['host', 'localhost:4500']],
  { address = '127.0.0.1', path = '/', method = 'GET' } = {},
): HttpRequest {
  const all = (name: string): string[] => headers.filter(([one]) => one === name).map(([, value]) => value);
  return {
    method,
    path,
    header: (name) => (all(name).length === 0 ? undefined : all(name).join(', ')),
    headers: all,
    address,
    secure: false,
  };
}

/** With that token, in the header that is for it. */
export function bearer(token: string, address = '127.0.0.1'): HttpRequest {
  return request(
    [
      ['host', 'localhost:4500'],
      ['authorization', `Bearer ${token}`],
    ],
    { address },
  );
}

/** The status of what is refused; else the name of whoever was let in. */
export function outcome(admission: Admission): number | string {
  return 'refuse' in admission ? admission.refuse.status : (admission.as?.name ?? 'anyone');
}

/** A token without a file. */
export class HeldToken implements TokenSource {
  token = 'first-'.padEnd(43, 'x');

  read(): string {
    return this.token;
  }

  rotate(): string {
    this.token = `next-${this.token}`.slice(0, 43);
    return this.token;
  }
}

/** The access of a broker that listens on `ws://127.0.0.1:4500`, its store open. */
export function access(
  token: TokenSource | null = new HeldToken(),
  { publicUrl = '' } = {},
): {
  access: Access;
  clock: FakeClock;
  store: MemoryStore;
} {
  const clock = new FakeClock();
  const store = new MemoryStore();
  const names = new AllowedNames({
    origins: [],
    hosts: [],
    publicUrl: publicUrl === '' ? null : new URL(publicUrl),
  });
  const made = new Access({ names, token, clock });
  made.listens('ws://127.0.0.1:4500');
  made.devices.open(store);
  return { access: made, clock, store };
}
