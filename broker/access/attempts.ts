import { LRUCache } from 'lru-cache';
import { LOGIN_ADDRESSES_MAX, LOGIN_FAILURES_MAX, LOGIN_FAILURES_MS } from '../../protocol/limits.js';
import type { Clock } from '../clock.js';
import { plainAddress } from './names.js';

interface Failures {
  count: number;
  /** Ms since 1970. */
  readonly since: number;
}

/** Wrong credentials by address, loopback included. */
export class Attempts {
  readonly #failures = new LRUCache<string, Failures>({ max: LOGIN_ADDRESSES_MAX });
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many seconds an address has to wait; 0 where it need not. */
  waitSeconds(address: string): number {
    const failures = this.#recent(address);
    if (failures === null || failures.count < LOGIN_FAILURES_MAX) return 0;
    return Math.ceil((failures.since + LOGIN_FAILURES_MS - this.#clock.now()) / 1000);
  }

  failed(address: string): void {
    const failures = this.#recent(address);
    if (failures === null) this.#failures.set(plainAddress(address), { count: 1, since: this.#clock.now() });
    else failures.count += 1;
  }

  #recent(address: string): Failures | null {
    const failures = this.#failures.get(plainAddress(address));
    return failures !== undefined && this.#clock.now() < failures.since + LOGIN_FAILURES_MS ? failures : null;
  }
}
