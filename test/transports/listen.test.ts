import { once } from 'node:events';
import { existsSync, linkSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import tap from 'tap';
import type { Test } from 'tap';
import { endpointUrl } from '../../broker/transports/endpoint.js';
import { webSocketServerKind } from '../../broker/transports/listen.js';
import type { Endpoint, WebSocketServerKind } from '../../broker/transports/transport.js';
import { uwsServer } from '../../broker/transports/uws.js';
import { wsServer } from '../../broker/transports/ws.js';
import { UNIX_PATH_BYTES_MAX } from '../../protocol/limits.js';
import { anyPort, Bystander, TestServer, unixEndpoint } from './server.js';
import type { UnixEndpoint } from './server.js';

const uws = await uwsServer();
const interfaces = Object.values(networkInterfaces()).flat();
const noIPv6 = !interfaces.some((one) => one?.address === '::1') && 'this machine has no IPv6';

void tap.test('uWebSockets.js is taken where it has a binary, ws elsewhere', async (t) => {
  t.equal((await webSocketServerKind()).name, uws === null ? 'ws' : 'uWebSockets.js');
});

for (const kind of uws === null ? [wsServer] : [wsServer, uws]) {
  void tap.test(kind.name, async (t) => {
    tcpSubjects(t, kind);
    unixSubjects(t, kind);
  });
}

/** A listener is refused with these words, and nothing else happens. */
async function refused(t: Test, kind: WebSocketServerKind, endpoint: Endpoint, why: string): Promise<void> {
  const message = `cannot listen on ${endpointUrl(endpoint)}: ${why}`;
  await t.rejects(TestServer.start(t, kind, endpoint), { name: 'ListenError', message });
}

function tcpSubjects(suite: Test, kind: WebSocketServerKind): void {
  void suite.test('a busy port is refused, whoever listens there', async (t) => {
    for (const other of uws === null ? [wsServer] : [wsServer, uws]) {
      const endpoint = await freePort(t);
      const bystander = await Bystander.join(t, await TestServer.start(t, other, endpoint));
      await refused(t, kind, endpoint, 'it is in use');
      t.ok(await bystander.isServed());
    }
  });

  void suite.test('an IPv6 address is written as Node writes it', { skip: noIPv6 }, async (t) => {
    const host = '::1';
    const server = await TestServer.start(t, kind, { ...anyPort, host });
    t.match(server.listener.url, /^ws:\/\/\[::1\]:\d+$/);
    const bystander = await Bystander.join(t, server);
    t.ok(await bystander.isServed());
    t.equal(server.hooks.asked.at(-1)?.address, host);
  });

  void suite.test('an address of another machine', async (t) => {
    await refused(t, kind, { ...anyPort, host: '192.0.2.1' }, 'this machine has no such address');
  });
}

function unixSubjects(suite: Test, kind: WebSocketServerKind): void {
  void suite.test('a live socket is refused, whoever listens there', async (t) => {
    for (const other of uws === null ? [wsServer] : [wsServer, uws]) {
      const endpoint = unixEndpoint(t);
      const bystander = await Bystander.join(t, await TestServer.start(t, other, endpoint));
      await refused(t, kind, endpoint, 'it is in use');
      t.ok(await bystander.isServed());
    }
  });

  void suite.test('the file of a server that died is replaced', async (t) => {
    const endpoint = unixEndpoint(t);
    await leaveSocketFile(t, endpoint);
    const bystander = await Bystander.join(t, await TestServer.start(t, kind, endpoint));
    t.ok(await bystander.isServed());
  });

  void suite.test('a file that is no socket stays', async (t) => {
    const [endpoint, link] = [unixEndpoint(t), unixEndpoint(t)];
    writeFileSync(endpoint.path, 'precious');
    symlinkSync(endpoint.path, link.path);
    for (const taken of [endpoint, link]) await refused(t, kind, taken, 'a file that is no socket is there');
    t.equal(readFileSync(link.path, 'utf8'), 'precious');
  });

  void suite.test('a path may have 107 bytes', async (t) => {
    const { path } = unixEndpoint(t);
    const longest = path.padEnd(UNIX_PATH_BYTES_MAX, 'x');
    const server = await TestServer.start(t, kind, { kind: 'unix', path: longest });
    t.ok(await (await Bystander.join(t, server)).isServed());
    const why = `its path has ${UNIX_PATH_BYTES_MAX + 1} bytes, the most is ${UNIX_PATH_BYTES_MAX}`;
    await refused(t, kind, { kind: 'unix', path: `${longest}x` }, why);
    await refused(t, kind, { kind: 'unix', path: `${longest.slice(0, -1)}é` }, why);
  });

  void suite.test('a folder that is not there', async (t) => {
    const { path } = unixEndpoint(t);
    await refused(t, kind, { kind: 'unix', path: `${path}/x` }, 'its folder does not exist');
    writeFileSync(path, '');
    await refused(t, kind, { kind: 'unix', path: `${path}/x` }, 'its folder does not exist');
  });

  void suite.test('the file is for this user only, and goes with the listener', async (t) => {
    const endpoint = unixEndpoint(t);
    const before = process.umask(0);
    t.teardown(() => process.umask(before));
    const server = await TestServer.start(t, kind, endpoint);
    t.equal(lstatSync(endpoint.path).mode & 0o777, 0o600);
    t.equal(process.umask(0), 0, 'other files are made as before');
    server.listener.close();
    t.notOk(existsSync(endpoint.path));
    writeFileSync(endpoint.path, 'of somebody else');
    server.listener.close();
    t.ok(existsSync(endpoint.path), 'a second close removes nothing');
  });
}

/** A port by its number: one that the system chose is never shared, so it would prove nothing. */
async function freePort(t: Test): Promise<Endpoint> {
  const { listener } = await TestServer.start(t, wsServer, anyPort);
  listener.close();
  return { ...anyPort, port: Number(new URL(listener.url).port) };
}

/** Leaves a socket's file with nobody behind it: a second name outlives the server that removes its own. */
async function leaveSocketFile(t: Test, endpoint: UnixEndpoint): Promise<void> {
  const first = unixEndpoint(t);
  const server = createServer().listen(first.path);
  await once(server, 'listening');
  linkSync(first.path, endpoint.path);
  server.close();
  await once(server, 'close');
  t.ok(lstatSync(endpoint.path).isSocket());
}
