import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { DEVICES_MAX } from '../../protocol/limits.js';
import type { Store, StoredDevice } from '../attachments/store.js';
import { errors } from '../../protocol/errors.js';
import { Refusal } from '../requests/refusal.js';
import type { Credential } from './credential.js';

/** What the store keeps of devices. */
type DeviceStore = Pick<Store, 'devices' | 'commit'>;

/** What is compared and kept in place of a token. */
export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** A token that nobody guesses: 256 bit. */
function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The devices that were paired, each with a token of its own, of which only the digest is kept. */
export class Devices {
  #store: DeviceStore | null = null;
  readonly #devices = new Map<string, { readonly kept: StoredDevice; readonly credential: Credential }>();
  /** Ids by the digests of their tokens. */
  readonly #ids = new Map<string, string>();
  /** How many are being written. */
  #coming = 0;

  /** From here on the devices of the store are known. */
  open(store: DeviceStore): void {
    this.#store = store;
    for (const device of store.devices) this.#know(device);
  }

  get isOpen(): boolean {
    return this.#store !== null;
  }

  /** The oldest first. */
  get all(): readonly StoredDevice[] {
    return [...this.#devices.values()].map(({ kept }) => kept);
  }

  /** Whose token has that digest. */
  byDigest(digest: string): Credential | null {
    const id = this.#ids.get(digest);
    return id === undefined ? null : (this.#devices.get(id)?.credential ?? null);
  }

  /** Resolves with its token when it is on disk; there is no other copy of it. @throws {Refusal} */
  async add(name: string, role: 'controller' | 'observer', now: number): Promise<[StoredDevice, string]> {
    if (this.#devices.size + this.#coming >= DEVICES_MAX)
      throw Refusal.of(errors.overloaded, `There are ${DEVICES_MAX} devices; revoke some`);
    const token = newToken();
    const device: StoredDevice = {
      deviceId: randomUUID(),
      name,
      role,
      digest: digestOf(token),
      createdAt: new Date(now).toISOString(),
    };
    this.#coming += 1;
    try {
      await this.#commit({ devices: [device] });
    } finally {
      this.#coming -= 1;
    }
    this.#know(device);
    return [device, token];
  }

  /**
   * From here on its token is none, also where that could not be written; resolves when it is on disk. Null: there is
   * no such device. @throws {Refusal} the disk took it not: after the next start the token would be good again
   */
  async revoke(deviceId: string): Promise<StoredDevice | null> {
    const device = this.#devices.get(deviceId)?.kept;
    if (device === undefined) return null;
    this.#ids.delete(device.digest);
    await this.#commit({ revoked: [deviceId] });
    this.#devices.delete(deviceId);
    return device;
  }

  async #commit(change: Parameters<Store['commit']>[0]): Promise<void> {
    if (this.#store === null)
      throw Refusal.of(errors.overloaded, 'The broker is starting; try again in a moment');
    try {
      await this.#store.commit(change);
    } catch (error) {
      throw Refusal.of(errors.storeFailed, `It could not be written: ${String(error)}`);
    }
  }

  #know(device: StoredDevice): void {
    const { deviceId, name, role, digest } = device;
    this.#devices.set(deviceId, { kept: device, credential: { id: deviceId, name, role, remote: true } });
    this.#ids.set(digest, deviceId);
  }
}
