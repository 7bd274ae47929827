import { renderUnicodeCompact } from 'uqr';
import { pairingStartResult, pairingWaitResult } from '../../protocol/access.js';
import { isLoopback } from '../access/names.js';
import type { StateDir } from '../ops/state-dir.js';
import { runningBroker } from './broker-address.js';
import { BrokerClient } from './broker-client.js';
import { CommandError } from './exit.js';
import { print, printed, say } from './output.js';

/**
 * Shows a code that makes a device one of the owner's, and waits until one has used it, or it is no longer good.
 * @throws {CommandError} nobody has used it
 */
export async function pair(
  stateDir: StateDir,
  { name, role }: { readonly name: string | undefined; readonly role: string },
): Promise<void> {
  const client = await BrokerClient.connect(runningBroker(stateDir), undefined, undefined, {
    role: 'controller',
  });
  const { code, expiresAt, url } = pairingStartResult.parse(
    await client.call('broker/pairing/start', { name: name ?? nameOfNow(), role }),
  );
  if (url !== null) {
    // Behind the `#`: no server and no proxy gets to see it.
    const link = `${url}/#pair=${code}`;
    print(renderUnicodeCompact(link, { border: 2 }));
    print(link);
    if (isLoopback(new URL(url).hostname))
      say('threadcast: that address is this machine only; for a phone, start the broker with --public-url');
  }
  print(`code ${code}, once, until ${new Date(expiresAt).toLocaleTimeString()}`);
  const { device } = pairingWaitResult.parse(await client.call('broker/pairing/wait', { code }));
  client.close();
  if (device === null)
    throw new CommandError('the code was not used in time; start anew with: threadcast pair');
  print(`paired ${device.name} as ${device.role} (${device.deviceId})`);
  await printed();
}

/** To be told from others that were given none. */
function nameOfNow(): string {
  return `device of ${new Date().toISOString().slice(0, 'YYYY-MM-DDThh:mm'.length).replace('T', ' ')}`;
}
