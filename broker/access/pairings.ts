import { randomInt } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { DEVICES_MAX, PAIRINGS_MAX, PAIRING_FAILURES_MAX, PAIRING_MS_MAX } from '../../protocol/limits.js';
import type { StoredDevice } from '../attachments/store.js';
import type { Clock } from '../clock.js';
import { digestOf } from './devices.js';
import type { Devices } from './devices.js';

/** Without those that are mistaken for others when read aloud or typed: Crockford's base 32. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_CHARS = 8;

interface Pairing {
  readonly name: string;
  readonly role: 'controller' | 'observer';
  /** Ms since 1970. */
  readonly expiresAt: number;
  readonly callOff: () => void;
  /** Ends the waiting: null where it came to nothing. */
  readonly ended: (device: StoredDevice | null) => void;
}

/** A pairing that has begun. */
export interface NewPairing {
  /** To be typed, or read from a QR code. */
  readonly code: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Codes that make a device one of ours: each once, and not for long. */
export class Pairings {
  /** By the digest of the code, so that looking one up tells nothing by its time. */
  readonly #open = new Map<string, Pairing>();
  /** What became of each, for those who ask when it is over. */
  readonly #ends = new LRUCache<string, Promise<StoredDevice | null>>({ max: DEVICES_MAX });
  readonly #devices: Devices;
  readonly #clock: Clock;
  #wrong = 0;

  constructor(devices: Devices, clock: Clock) {
    this.#devices = devices;
    this.#clock = clock;
  }

  /** Where there are as many codes as there may be, the oldest is void: somebody has given up on it. */
  begin(name: string, role: 'controller' | 'observer'): NewPairing {
    const [oldest] = this.#open.keys();
    if (oldest !== undefined && this.#open.size >= PAIRINGS_MAX) this.#close(oldest)?.ended(null);
    const code = newCode();
    const digest = digestOf(code);
    let ended: Pairing['ended'] = nobodyWaits;
    const end = new Promise<StoredDevice | null>((resolve) => (ended = resolve));
    const expiresAt = this.#clock.now() + PAIRING_MS_MAX;
    const callOff = this.#clock.after(PAIRING_MS_MAX, () => this.#close(digest)?.ended(null));
    this.#open.set(digest, { name, role, expiresAt, callOff, ended });
    this.#ends.set(digest, end);
    return { code: `${code.slice(0, 4)}-${code.slice(4)}`, expiresAt: new Date(expiresAt).toISOString() };
  }

  /** Resolves when the code has been used: with the device, or null when it was for nothing or is no longer good. */
  async wait(code: string): Promise<StoredDevice | null> {
    return (await this.#ends.get(digestOf(plain(code)))) ?? null;
  }

  /**
   * A device brings a code: it and its token, once. Null, and that at once, so that it is counted before the next is
   * looked at: the code is wrong, was used, or is too old. Rejects with a `Refusal`.
   */
  redeem(code: string): Promise<readonly [StoredDevice, string]> | null {
    const pairing = this.#close(digestOf(plain(code)));
    if (pairing !== null) return this.#pair(pairing);
    this.#guessedWrong();
    return null;
  }

  async #pair({ name, role, ended }: Pairing): Promise<readonly [StoredDevice, string]> {
    try {
      const made = await this.#devices.add(name, role, this.#clock.now());
      ended(made[0]);
      return made;
    } catch (error) {
      ended(null);
      throw error;
    }
  }

  /** Takes a code away, so that it is not used twice; null where there is none that is good. */
  #close(digest: string): Pairing | null {
    const pairing = this.#open.get(digest);
    if (pairing === undefined) return null;
    this.#open.delete(digest);
    pairing.callOff();
    return this.#clock.now() < pairing.expiresAt ? pairing : (pairing.ended(null), null);
  }

  /** From however many addresses: nobody gets enough tries for 40 bits. */
  #guessedWrong(): void {
    if (this.#open.size === 0) {
      this.#wrong = 0;
      return;
    }
    this.#wrong += 1;
    if (this.#wrong < PAIRING_FAILURES_MAX) return;
    this.#wrong = 0;
    for (const digest of this.#open.keys()) this.#close(digest)?.ended(null);
  }
}

function nobodyWaits(): void {}

function newCode(): string {
  return Array.from({ length: CODE_CHARS }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

/** As people type it: in any case, with or without the hyphen, O for 0, I and L for 1. */
function plain(code: string): string {
  return code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
}
