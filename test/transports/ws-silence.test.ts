import { mock } from 'node:test';
import tap from 'tap';
import { wsServer } from '../../broker/transports/ws.js';
import { IDLE_S_MAX } from '../../protocol/limits.js';
import { Owner } from './owner.js';
import { clientFrame } from './raw-client.js';
import { anyPort, TestServer } from './server.js';

const TEXT = 0x1;
const PONG = 0xa;
const PING_FRAME = Buffer.from([0x89, 0]);
const HALF_IDLE_MS = (IDLE_S_MAX * 1000) / 2;

void tap.test('a silent client is asked at half of the idle time, and dropped at its end', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const server = await TestServer.start(t, wsServer, anyPort);
  const owner = new Owner();
  const client = await server.connectRaw(t, owner);

  mock.timers.tick(HALF_IDLE_MS);
  await client.readThrough(PING_FRAME);
  client.write(clientFrame(PONG, Buffer.alloc(0)));
  client.write(clientFrame(TEXT, Buffer.from('here')));
  await owner.messages.next();

  mock.timers.tick(HALF_IDLE_MS);
  await client.readThrough(PING_FRAME);
  t.equal(owner.closedCalls, 0, 'one that answers stays');

  mock.timers.tick(HALF_IDLE_MS);
  await owner.closed;
  await client.ended;
});

void tap.test('a client that reads what is pending is not silent', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const server = await TestServer.start(t, wsServer, anyPort);
  const owner = new Owner();
  const peer = await server.connect(owner);
  const frames = owner.fill();
  mock.timers.tick(HALF_IDLE_MS);
  await owner.drained.next();
  mock.timers.tick(HALF_IDLE_MS);
  for (let i = 0; i < frames; i += 1) await peer.messages.next();
  owner.write(Buffer.from('still open'));
  t.equal((await peer.messages.next()).data.toString(), 'still open');
  peer.vanish();
  await owner.closed;
});
