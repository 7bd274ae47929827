import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { webSocketPeer } from '../transports/peer.js';
import { subprotocols } from '../../protocol/wires.js';
import { ask, UPGRADE } from './ask.js';
import { command, FAKE_RUNTIME, says, tempDir } from './broker.js';
import { INITIALIZE } from './client.js';

/** The recipe, as it stands in the README. */
function recipe(): string {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const found = /```nginx\n([\s\S]*?)```/.exec(readme)?.[1];
  if (found === undefined) throw new Error('the README has no recipe for nginx');
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const NO_NGINX = spawnSync('nginx', ['-v']).error === undefined ? false : 'there is no nginx on the PATH';

/** Resolves when it listens, with what ends it. */
async function nginx(folder: string, port: number, location: string): Promise<() => void> {
  for (const each of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(folder, each));
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name.replace('client_', ''))};`,
  );
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr notice;
    events {}
    http { access_log off; ${temp.join(' ')} server { listen 127.0.0.1:${port}; ${location} } }`,
  );
  const child = spawn('nginx', ['-c', file, '-p', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.once('error', reject);
    child.once('exit', () => reject(new Error(said)));
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.includes('using the')) resolve();
    });
  });
  return () => void child.kill('SIGKILL');
}

void t.test(
  'behind nginx as the README has it, with the name that it is called by',
  { skip: NO_NGINX },
  async (t) => {
    const stateDir = tempDir(t);
    const url = 'http://agent.example';
    const args = ['--public-url', url, '--listen', 'ws://127.0.0.1:0', '--', ...FAKE_RUNTIME];
    const broker = command(t, ['--state-dir', stateDir, ...args]);
    const behind = new URL(await broker.listening('ws'));
    await says(broker, /attach/);
    const port = await freePort();
    const stop = await nginx(tempDir(t), port, recipe().replace('127.0.0.1:4500', behind.host));
    t.teardown(stop);
    const front = `ws://127.0.0.1:${port}`;
    const token = readFileSync(join(stateDir, 'token'), 'utf8').trim();
    const host = 'agent.example';
    const authorization = `Bearer ${token}`;
    t.match(await ask(front, '/healthz', { headers: { host } }), { status: 200 });
    t.match(
      await ask(front, '/metrics', { headers: { host } }),
      { status: 401 },
      'the token is needed there too',
    );
    t.match(await ask(front, '/metrics', { headers: { host, authorization } }), { status: 200 });
    const upgrade = { ...UPGRADE, host, authorization };
    t.match(await ask(front, '/', { headers: { ...upgrade, origin: url } }), { status: 101 });
    t.match(await ask(front, '/', { headers: { ...upgrade, origin: 'http://evil.example' } }), {
      status: 403,
    });
    t.match(await ask(front, '/', { headers: { ...upgrade, host: 'evil.example' } }), { status: 403 });
    const client = await webSocketPeer(front, [subprotocols.json, `bearer.${token}`]).catch(
      (error: Error) => error,
    );
    t.match(client, { subprotocol: subprotocols.json }, 'by the address of loopback, as through a tunnel');
    if (client instanceof Error) return;
    client.send(Buffer.from(JSON.stringify(INITIALIZE)), false);
    t.match(JSON.parse((await client.messages.next()).data.toString()), { id: INITIALIZE.id, result: {} });
    client.vanish();
  },
);
