import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import tap from 'tap';
import { ProcessGroup } from './process.js';

const node = (script: string): ProcessGroup =>
  new ProcessGroup({ command: process.execPath, args: ['-e', script], env: { WORD: 'hello' }, cwd: '/' });

void tap.test('what a program says is found, said before or after one listens', async (t) => {
  const group = node('console.error(process.env.WORD, process.cwd()); setInterval(() => {}, 1000)');
  t.equal(await group.says(/hello \//), 'hello /');
  t.equal(await group.says(/hello/), 'hello');
  await group.end('SIGTERM');
});

void tap.test('a program that exits without saying it is an error with its last lines', async (t) => {
  await t.rejects(node('console.error("no such option")').says(/listening/), /no such option/);
});

void tap.test('a program that is not there is an error that says so', async (t) => {
  const group = new ProcessGroup({ command: '/no/such/program', args: [], env: {}, cwd: '/' });
  await t.rejects(group.says(/listening/), /ENOENT/);
  await group.end('SIGKILL');
});

void tap.test('its children end with it', async (t) => {
  // The child's child holds a connection: that it ends is an event here.
  const server = createServer();
  const socket = new Promise<Socket>((resolve) => server.once('connection', resolve));
  server.listen(path.join(t.testdir(), 'socket'));
  await once(server, 'listening');
  const connect = `require('node:net').connect(${JSON.stringify(server.address())}); setInterval(() => {}, 1000)`;
  const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(connect)}]);`;
  const group = node(`${child} setInterval(() => {}, 1000)`);
  const closed = once((await socket).resume(), 'close');
  await group.end('SIGKILL');
  await t.resolves(closed);
  server.close();
});

void tap.test('one that does not listen to SIGTERM is killed', async () => {
  const group = node('process.on("SIGTERM", () => {}); console.error("deaf"); setInterval(() => {}, 1000)');
  await group.says(/deaf/);
  await group.end('SIGTERM', 10);
});
