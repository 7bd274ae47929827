import tap from 'tap';
import { uwsServer } from '../../broker/transports/uws.js';
import { serverContract } from './server-contract.js';
import { anyPort, unixEndpoint } from './server.js';

const kind = await uwsServer();
const skip = kind === null && `uWebSockets.js has no binary for Node ${process.versions.node} here`;

void tap.test('TCP', { skip }, async (t) => {
  if (kind !== null) serverContract(t, kind, () => anyPort);
});
void tap.test('unix socket', { skip }, async (t) => {
  if (kind !== null) serverContract(t, kind, unixEndpoint);
});
