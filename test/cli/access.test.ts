import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { subprotocols } from '../../protocol/wires.js';
import { run } from '../support/cli.js';
import { webSocketPeer } from '../transports/peer.js';
import type { WebSocketPeer } from '../transports/peer.js';
import { ask, UPGRADE } from './ask.js';
import { command, FAKE_RUNTIME, says, socketPath, tempDir } from './broker.js';
import { Client } from './client.js';

const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

/** As a browser shows it. */
function open(url: string, token: string): Promise<WebSocketPeer> {
  return webSocketPeer(url, [subprotocols.json, `bearer.${token}`]);
}

void t.test('a broker as it is by default: a token, devices, and how they are taken back', async (t) => {
  const stateDir = tempDir(t);
  const listen = ['--listen', 'ws://127.0.0.1:0', '--listen', `unix://${socketPath(stateDir)}`];
  const broker = command(t, ['--state-dir', stateDir, ...listen, '--', ...FAKE_RUNTIME]);
  const [tcp, unix] = [await broker.listening('ws'), await broker.listening('unix')];
  const file = await says(broker, /token +in (.*)/);
  await says(broker, /attach/);
  const tokenNow = (): string => readFileSync(file, 'utf8').trim();
  const first = tokenNow();
  t.match(first, /^[\w-]{43}$/);
  t.equal(statSync(file).mode & 0o777, 0o600);

  await t.test('every path but those of health asks for it, the unix socket does not', async (t) => {
    for (const path of ['/', '/rpc', '/metrics', '/anything']) {
      if (path !== '/') t.match(await ask(tcp, path), { status: 401 }, path);
      t.match(await ask(tcp, path, { headers: UPGRADE }), { status: 401 }, `upgrade ${path}`);
      t.match(
        await ask(tcp, `${path}?token=${first}`, { headers: UPGRADE }),
        { status: 401 },
        'never in a URL',
      );
    }
    for (const path of ['/healthz', '/readyz']) t.match(await ask(tcp, path), { status: 200 }, path);
    t.match(await ask(tcp, '/rpc', { headers: { ...UPGRADE, ...bearer(first) } }), { status: 101 });
    t.match(await ask(tcp, '/metrics', { headers: bearer(first) }), {
      status: 200,
      body: /^# HELP threadcast_/,
    });
    t.match(await ask(tcp, '/metrics', { headers: bearer(first) }), {
      body: /turned_away_total\{status="401"\} [1-9]/,
    });
    t.match(await ask(unix, '/metrics'), { status: 200 });
    t.match(await ask(unix, '/rpc', { headers: UPGRADE }), { status: 101 });
  });

  const local = await Client.connect(t, unix);
  const remote = await open(tcp, first);

  await t.test('a rotated token ends what was opened with the old one, and nothing else', async (t) => {
    t.match(await run(['token', 'rotate', '--state-dir', stateDir]), {
      code: 0,
      stdout: [/^the new token is in/],
    });
    t.match(await remote.ended, { code: 4401, reason: 'unauthorized' });
    t.not(tokenNow(), first);
    t.match(await ask(tcp, '/metrics', { headers: bearer(first) }), { status: 401 });
    t.match(await ask(tcp, '/metrics', { headers: bearer(tokenNow()) }), { status: 200 });
    local.ask('broker/status');
    t.match(await local.next(), { result: {} }, 'the local one is still there');
  });

  await t.test('on SIGHUP the file is read again; rubbish in it changes nothing', async (t) => {
    const second = tokenNow();
    const opened = await open(tcp, second);
    writeFileSync(file, 'half a tok\n');
    process.kill(broker.pid ?? 0, 'SIGHUP');
    await says(broker, /the old one stays/);
    t.match(await ask(tcp, '/metrics', { headers: bearer(second) }), { status: 200 });
    const third = 'given-by-hand-'.padEnd(40, 'x');
    writeFileSync(file, `${third}\n`);
    process.kill(broker.pid ?? 0, 'SIGHUP');
    t.match(await opened.ended, { code: 4401 });
    t.match(await ask(tcp, '/metrics', { headers: bearer(third) }), { status: 200 });
  });

  await t.test('a device is paired, listed, and revoked', async (t) => {
    const pair = command(t, ['pair', 'my phone', '--role', 'observer', '--state-dir', stateDir]);
    const code = await codeOf(pair);
    t.match(pair.stdout.all.join('\n'), new RegExp(`http://127.0.0.1:\\d+/#pair=${code}`));
    t.match(await ask(tcp, '/pair', { method: 'POST', headers: { authorization: 'Pairing 0000-0000' } }), {
      status: 401,
    });
    const given = await ask(tcp, '/pair', { method: 'POST', headers: { authorization: `Pairing ${code}` } });
    t.equal(given.status, 200);
    const { token, deviceId } = JSON.parse(given.body) as { token: string; deviceId: string };
    t.same(await pair.exits(), { code: 0, signal: null });
    t.match(pair.stdout.all.at(-1), /^paired my phone as observer/);
    t.match(await run(['devices', '--state-dir', stateDir]), { stdout: [/^DEVICE/, new RegExp(deviceId)] });
    const phone = await open(tcp, token);
    t.match(await run(['revoke', 'my phone', '--state-dir', stateDir]), {
      code: 0,
      stdout: [/^revoked my phone/],
    });
    t.match(await phone.ended, { code: 4401 });
    t.match(await ask(tcp, '/rpc', { headers: { ...UPGRADE, ...bearer(token) } }), { status: 401 });
    t.match(await run(['devices', '--state-dir', stateDir]), { stdout: [/^no devices/] });
    t.match(await run(['revoke', 'my phone', '--state-dir', stateDir]), {
      code: 1,
      stderr: [/there is no device/],
    });
    t.notMatch(broker.stderr.all.join('\n'), token);
  });

  await broker.end();
  const before = tokenNow();
  t.match(await run(['token', 'rotate', '--state-dir', stateDir]), { code: 0 }, 'also where none runs');
  t.not(tokenNow(), before);
});

void t.test('commands find the token of a broker that has no unix socket', async (t) => {
  const stateDir = tempDir(t);
  const own = join(tempDir(t), 'own-token');
  const listen = ['--listen', 'ws://127.0.0.1:0', '--insecure-listen'];
  const args = ['--token-file', own, ...listen, '--', ...FAKE_RUNTIME];
  const broker = command(t, ['--state-dir', stateDir, ...args]);
  await says(broker, /--insecure-listen: everybody on the way/);
  const url = await broker.listening('ws');
  await says(broker, /attach/);
  t.match(await run(['status', '--state-dir', stateDir]), { code: 0, stdout: [/^threadcast/] });
  const elsewhere = tempDir(t);
  t.match(await run(['connect', url, '--state-dir', elsewhere]), { code: 1, stderr: [/401/] });
  const env = { THREADCAST_TOKEN: readFileSync(own, 'utf8').trim() };
  t.match(await run(['connect', url, '--state-dir', elsewhere], { env }), { code: 0 });
});

/** The code that `threadcast pair` shows. */
async function codeOf(pair: ReturnType<typeof command>): Promise<string> {
  const line = await pair.stdout.take('a code', (each) => each.startsWith('code '));
  return /^code (\S+),/.exec(line)?.[1] ?? '';
}
