import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { mock } from 'node:test';
import t from 'tap';
import { RUNTIME_EXIT_MS_MAX, RUNTIME_LINE_BYTES_MAX } from '../../protocol/limits.js';
import { connectSocket } from '../../broker/runtime/socket.js';
import { tempDir } from '../cli/broker.js';
import { Watched } from './watched.js';
import { listeningRuntime } from './listening.js';

void t.test('messages go both ways, over TCP and over a unix socket', async (t) => {
  for (const where of [undefined, join(tempDir(t), 'runtime.sock')]) {
    const { link, runtime, socket, received, path } = await listeningRuntime(t, where);
    t.equal(path, where === undefined ? '/' : '/rpc');
    t.match(link.label, where === undefined ? /^ws:/ : /^unix:/);
    link.send(Buffer.from('{"a":1}'));
    t.equal(await received.take('a message', () => true), '{"a":1}');
    socket.send('{"b":2}');
    socket.send(Buffer.from('{"c":3}'));
    t.same([await runtime.next(), await runtime.next()], ['{"b":2}', '{"c":3}']);
    await link.close();
    t.same(runtime.exits, [{ summary: `${link.label}: the connection was closed (1005)`, stderr: [] }]);
    link.send(Buffer.from('too late'));
    await link.close();
    t.equal(runtime.exits.length, 1);
  }
});

void t.test('one that is not there', async (t) => {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const runtime = new Watched();
  const early = connectSocket(`ws://127.0.0.1:${port}`, runtime);
  early.send(Buffer.from('{}'));
  t.match(await runtime.gone, { summary: `ws://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}` });
  await early.close();
  t.equal(runtime.exits.length, 1);
});

void t.test('one that is no WebSocket server', async (t) => {
  const server = createServer((_, response) => response.writeHead(404).end());
  server.on('upgrade', (_, socket: Socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n'));
  server.listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const runtime = new Watched();
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  connectSocket(url, runtime);
  t.same(await runtime.gone, { summary: `${url}: Unexpected server response: 404`, stderr: [] });
});

void t.test('one that never answers the handshake does not hold up an end', async (t) => {
  const server = createTcpServer((socket) => t.teardown(() => socket.destroy()));
  server.listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const runtime = new Watched();
  const link = connectSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, runtime);
  await once(server, 'connection');
  await link.close();
  t.equal(runtime.exits.length, 1);
});

void t.test('one that goes away', async (t) => {
  const polite = await listeningRuntime(t);
  polite.socket.close(1001, 'bye');
  t.match(await polite.runtime.gone, { summary: /: the connection was closed \(1001\)$/ });
  const rude = await listeningRuntime(t);
  rude.wire.destroy();
  t.match(await rude.runtime.gone, { summary: /: the connection was closed \(1006\)$/ });
  const broken = await listeningRuntime(t);
  broken.wire.write('no frame at all');
  t.match(await broken.runtime.gone, { summary: /: Invalid WebSocket frame/ });
});

/** A text frame's head: its length is that, whatever follows. */
function head(bytes: number): Buffer {
  const frame = Buffer.alloc(10);
  frame[0] = 0x81;
  frame[1] = 127;
  frame.writeBigUInt64BE(BigInt(bytes), 2);
  return frame;
}

void t.test('a message over the cap is not received', async (t) => {
  const { runtime, wire } = await listeningRuntime(t);
  wire.write(head(RUNTIME_LINE_BYTES_MAX + 1));
  t.match(await runtime.gone, { summary: /: Max payload size exceeded$/ });
});

void t.test('one that is no UTF-8 is the reader’s to drop, as it is of a child process', async (t) => {
  const { runtime, wire, socket } = await listeningRuntime(t);
  wire.write(Buffer.concat([head(2), Buffer.from([0xff, 0xfe])]));
  socket.send('next');
  t.equal(await runtime.next(), '\xff\xfe');
  t.equal(await runtime.next(), 'next');
});

void t.test('one that is not read waits', async (t) => {
  const { link, runtime, socket } = await listeningRuntime(t);
  link.pause();
  const message = 'x'.repeat(1024 * 1024);
  const sent = new Promise((resolve) => {
    for (let i = 0; i < 16; i += 1) socket.send(message, i === 15 ? resolve : undefined);
  });
  t.ok(socket.bufferedAmount > 0);
  t.equal(runtime.lines.all.length, 0);
  link.resume();
  await sent;
  for (let i = 0; i < 16; i += 1) await runtime.next();
});

void t.test('what it does not read is counted', async (t) => {
  const { link, wire } = await listeningRuntime(t);
  wire.pause();
  for (let i = 0; i < 16; i += 1) link.send(Buffer.alloc(1024 * 1024, 'x'));
  t.ok(link.pendingBytes > 1024 * 1024);
});

void t.test('one that does not say goodbye does not hold up an end', async (t) => {
  const { link, runtime, wire } = await listeningRuntime(t);
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  wire.pause();
  void link.close();
  mock.timers.tick(2 * RUNTIME_EXIT_MS_MAX);
  await turns(100);
  t.match(runtime.exits, [{ summary: /: the connection was closed \(1006\)$/ }]);
});

/** A few turns of the event loop, in which all that is due happens. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
