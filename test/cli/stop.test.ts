import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Test } from 'tap';
import { webSocketPeer } from '../transports/peer.js';
import { FAKE_RUNTIME, onceOnly, readyBroker, says, socketPath, startBroker, tempDir } from './broker.js';
import type { ReadyBroker } from './broker.js';
import { Client } from './client.js';
import { Gate } from './gate.js';
import { isAlive, runtimePid } from './processes.js';

const EXIT_MS_MAX = 5_000;
const STUBBORN_RUNTIME = [
  process.execPath,
  fileURLToPath(new URL('../runtime/fakes/stubborn.mjs', import.meta.url)),
];

function nothingIsLeft(t: Test, { cli, stateDir }: ReadyBroker): void {
  t.notOk(isAlive(runtimePid(cli)), 'no runtime');
  t.notOk(existsSync(socketPath(stateDir)), 'no socket');
  t.notOk(existsSync(join(stateDir, 'broker.json')), 'no announcement');
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  void t.test(`${signal}: everyone is told, and nothing is left`, async (t) => {
    const broker = await readyBroker(t);
    const pid = runtimePid(broker.cli);
    t.ok(isAlive(pid));
    const clients = [await Client.connect(t, broker.tcp), await Client.connect(t, broker.unix)];
    const silent = await webSocketPeer(broker.tcp);
    t.same(await broker.cli.end(signal), { code: 0, signal: null });
    for (const { peer } of clients) t.same(await peer.ended, { code: 4000, reason: 'shutdown' });
    t.same(await silent.ended, { code: 4000, reason: 'shutdown' }, 'also one that never said a word');
    t.same(broker.cli.stdout.all, []);
    nothingIsLeft(t, broker);
  });
}

void t.test('what a client was sent comes before the goodbye', async (t) => {
  const broker = await readyBroker(t);
  const client = await Client.connect(t, broker.tcp);
  client.ask('fake/fill', {
    head: '{"method":"fake/filled","params":{"pad":"',
    bytes: 1_000_000,
    tail: '"}}',
  });
  t.match(await client.next(), { method: 'fake/filled' });
  client.peer.stall();
  client.ask('broker/status');
  const other = await Client.connect(t, broker.tcp);
  other.ask('broker/status');
  await other.next();
  const exit = broker.cli.end();
  client.peer.resume();
  t.match(await client.next(), { id: 1 });
  t.match(await client.next(), { id: 2, result: { broker: {} } });
  t.match(await client.peer.ended, { code: 4000 });
  t.match(await exit, { code: 0 });
});

void t.test('a runtime that will not go and a client that does not read hold nothing up', async (t) => {
  const broker = await readyBroker(t, { runtime: STUBBORN_RUNTIME });
  const client = await Client.connect(t, broker.tcp);
  // More than the kernel takes for a client that does not read.
  client.ask('fake/fill', {
    head: '{"method":"fake/filled","params":{"pad":"',
    bytes: 12_000_000,
    tail: '"}}',
  });
  const reader = await Client.connect(t, broker.tcp);
  client.peer.stall();
  t.match(await reader.next(), { method: 'fake/filled' });
  const start = Date.now();
  t.same(await broker.cli.end(), { code: 0, signal: null });
  t.ok(Date.now() - start < EXIT_MS_MAX, `within ${EXIT_MS_MAX} ms`);
  nothingIsLeft(t, broker);
});

void t.test('before the runtime has answered', async (t) => {
  const gate = await Gate.open(t);
  const stateDir = tempDir(t);
  const cli = startBroker(t, { stateDir, runtime: [...FAKE_RUNTIME, gate.option] });
  await gate.reached;
  t.same(await cli.end(), { code: 0, signal: null });
  t.same(cli.stderr.all, [], 'it never says that clients may come');
  t.notOk(existsSync(socketPath(stateDir)));
  t.notOk(existsSync(join(stateDir, 'broker.json')));
});

void t.test('while the runtime is being started again', async (t) => {
  const broker = await readyBroker(t, { runtime: onceOnly(tempDir(t)) });
  const client = await Client.connect(t, broker.tcp);
  client.ask('fake/exit', { code: 3, stderr: '' });
  // The third try waits for a second.
  await says(broker.cli, /"try":3/);
  t.same(await broker.cli.end(), { code: 0, signal: null });
  t.same(await client.peer.ended, { code: 4000, reason: 'shutdown' });
  nothingIsLeft(t, broker);
});
