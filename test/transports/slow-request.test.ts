import tap from 'tap';
import { uwsServer } from '../../broker/transports/uws.js';
import { wsServer } from '../../broker/transports/ws.js';
import { upgradeRequest } from './raw-client.js';
import { anyPort, Bystander, TestServer } from './server.js';

// The clocks of node:http and of uWebSockets.js cannot be turned: this takes half a minute.
const uws = await uwsServer();
for (const kind of uws === null ? [wsServer] : [wsServer, uws]) {
  void tap.test(`${kind.name}: a request that never becomes whole is cut`, async (t) => {
    const server = await TestServer.start(t, kind, anyPort);
    const bystander = await Bystander.join(t, server);
    const [half, silent] = [await server.dial(t), await server.dial(t)];
    half.write(upgradeRequest().slice(0, 60));
    await Promise.all([half.ended, silent.ended]);
    t.ok(await bystander.isServed());
  });
}
