import tap from 'tap';
import { wsServer } from '../../broker/transports/ws.js';
import { serverContract } from './server-contract.js';
import { anyPort, unixEndpoint } from './server.js';

void tap.test('TCP', async (t) => {
  serverContract(t, wsServer, () => anyPort);
});
void tap.test('unix socket', async (t) => {
  serverContract(t, wsServer, unixEndpoint);
});
