/** Pairing and devices: the parameters and results of the owner's methods. */
import { z } from 'zod';
import { NOT_ONE_LINE } from './attachments.js';
import { NAME_CHARS_MAX } from './limits.js';

/** A name that is shown on one line. */
const name = z
  .string()
  .min(1)
  .max(NAME_CHARS_MAX)
  .refine((text) => !NOT_ONE_LINE.test(text), { message: 'expected one line' });

/** `broker/pairing/start`: what the device is to be called, and what it may do. */
export const pairingStartParams = z.object({
  name,
  role: z.enum(['controller', 'observer']).default('controller'),
});
/** Its result. The code is good once, until `expiresAt` (ISO 8601); `url`: where a device reaches the broker, as far as it knows; null
 * where it listens on no port. */
export const pairingStartResult = z.object({
  code: z.string(),
  expiresAt: z.string(),
  url: z.string().nullable(),
});

/** `broker/pairing/wait`: answered when the code has been used or is no longer good. */
export const pairingWaitParams = z.object({ code: z.string().max(NAME_CHARS_MAX) });

/** A paired device. */
const device = z.object({
  deviceId: z.string(),
  name: z.string(),
  role: z.enum(['controller', 'observer']),
  /** ISO 8601. */
  createdAt: z.string(),
});
export type Device = z.infer<typeof device>;
/** Null: the code came to nothing. */
export const pairingWaitResult = z.object({ device: device.nullable() });

/** The result of `broker/devices/list`, the oldest first. */
export const devicesListResult = z.object({ data: z.array(device) });
/** `broker/devices/revoke`. */
export const devicesRevokeParams = z.object({ deviceId: z.string().max(NAME_CHARS_MAX) });
export const devicesRevokeResult = z.object({ device });
