import type { Access } from '../access/access.js';
import { devicesRevokeParams, pairingStartParams, pairingWaitParams } from '../../protocol/access.js';
import type { Device } from '../../protocol/access.js';
import { errors } from '../../protocol/errors.js';
import type { StoredDevice } from '../attachments/store.js';
import { Refusal } from '../requests/refusal.js';
import { checked } from './slow-methods.js';
import type { SlowMethod } from './slow-methods.js';

/** The methods with which the owner says who may come, by name. */
export function accessMethods(access: Access): ReadonlyMap<string, SlowMethod> {
  return new Map<string, SlowMethod>([
    [
      'broker/token/rotate',
      async () => {
        if (!access.asksForToken)
          throw Refusal.of(
            errors.noToken,
            'The broker was started with --no-auth: there is no token to rotate',
          );
        try {
          // Who asks may be one of those that end: the answer is queued before that.
          setImmediate(access.rotate());
        } catch (error) {
          throw Refusal.of(errors.storeFailed, error instanceof Error ? error.message : String(error));
        }
        return {};
      },
    ],
    [
      'broker/pairing/start',
      checked(pairingStartParams, async (_, { name, role }) => ({
        ...access.pairings.begin(name, role),
        url: access.publicUrl,
      })),
    ],
    [
      'broker/pairing/wait',
      checked(pairingWaitParams, async (_, { code }) => {
        const device = await access.pairings.wait(code);
        return { device: device === null ? null : shown(device) };
      }),
    ],
    ['broker/devices/list', async () => ({ data: access.devices.all.map(shown) })],
    [
      'broker/devices/revoke',
      checked(devicesRevokeParams, async (_, { deviceId }) => {
        const device = await access.revoke(deviceId);
        if (device === null) throw Refusal.of(errors.deviceNotFound, `There is no device ${deviceId}`);
        return { device: shown(device) };
      }),
    ],
  ]);
}

/** A device as the owner sees it. */
function shown({ deviceId, name, role, createdAt }: StoredDevice): Device {
  return { deviceId, name, role, createdAt };
}
