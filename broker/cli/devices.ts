import { devicesListResult, devicesRevokeResult } from '../../protocol/access.js';
import type { Device } from '../../protocol/access.js';
import type { StateDir } from '../ops/state-dir.js';
import { runningBroker } from './broker-address.js';
import { BrokerClient } from './broker-client.js';
import { CommandError } from './exit.js';
import { print, printed, table } from './output.js';

/** Lists the devices that were paired; with `json` an object a line. @throws {CommandError} */
export async function devices(stateDir: StateDir, { json }: { json: boolean }): Promise<void> {
  const client = await connected(stateDir);
  const { data } = devicesListResult.parse(await client.call('broker/devices/list', {}));
  client.close();
  if (json) for (const device of data) print(JSON.stringify(device));
  else if (data.length === 0) print('no devices; pair one with: threadcast pair NAME');
  else print(table(['DEVICE', 'NAME', 'ROLE', 'PAIRED'], data.map(row)));
  await printed();
}

function row({ deviceId, name, role, createdAt }: Device): string[] {
  return [deviceId, name, role, createdAt];
}

/** Takes a device's token back, by its id or its name, and ends its connections. @throws {CommandError} */
export async function revokeDevice(stateDir: StateDir, wanted: string): Promise<void> {
  const client = await connected(stateDir);
  const { data } = devicesListResult.parse(await client.call('broker/devices/list', {}));
  const found = data.filter(({ deviceId, name }) => deviceId === wanted || name === wanted);
  const [device] = found;
  if (device === undefined) throw new CommandError(`there is no device ${wanted}`);
  if (found.length > 1)
    throw new CommandError(
      `${found.length} devices are called ${wanted}; revoke by id, see: threadcast devices`,
    );
  const revoked = devicesRevokeResult.parse(
    await client.call('broker/devices/revoke', { deviceId: device.deviceId }),
  );
  client.close();
  print(`revoked ${revoked.device.name} (${revoked.device.deviceId}); its connections are closed`);
  await printed();
}

/** As the owner, who alone may do this. */
function connected(stateDir: StateDir): Promise<BrokerClient> {
  return BrokerClient.connect(runningBroker(stateDir), undefined, undefined, { role: 'controller' });
}
