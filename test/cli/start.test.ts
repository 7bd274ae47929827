import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { webSocketPeer } from '../transports/peer.js';
import { ask } from './ask.js';
import { run } from '../support/cli.js';
import { ANY_PORT, command, FAKE_RUNTIME, readyBroker, says, tempDir } from './broker.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

void t.test('it says in a few lines what runs, where, and how to attach', async (t) => {
  const { cli, tcp, unix } = await readyBroker(t);
  const [first, runtime, ...rest] = cli.stderr.all;
  t.equal(first, `threadcast ${version}`);
  t.match(runtime, /^ {2}runtime {4}.*node .*scripted\.mjs \(pid \d+\)$/);
  t.match(tcp, /^ws:\/\/127\.0\.0\.1:[1-9]\d*$/, 'the real port');
  t.same(rest, [
    `  listening  ${tcp}`,
    `  listening  ${unix}`,
    `  open       ${tcp.replace('ws:', 'http:')}/`,
    `  attach     codex --remote ${unix}`,
  ]);
  t.same(cli.stdout.all, []);
});

void t.test('its state dir is for this user only, and says where it listens', async (t) => {
  const stateDir = join(tempDir(t), 'made', 'here');
  const { cli, tcp, unix } = await readyBroker(t, { stateDir });
  t.equal(statSync(stateDir).mode & 0o777, 0o700);
  const file = join(stateDir, 'broker.json');
  t.equal(statSync(file).mode & 0o777, 0o600);
  const { pid, listen } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; listen: string[] };
  t.equal(pid, cli.pid);
  t.same(listen, [tcp, unix]);
});

/** A folder with a program of that name, which is the fake runtime. */
function onPath(t: Test, name: string): string {
  const folder = tempDir(t);
  const [node, script] = FAKE_RUNTIME;
  writeFileSync(join(folder, name), `#!/bin/sh\nexec '${node}' '${script}'\n`, { mode: 0o755 });
  return folder;
}

void t.test('without a runtime it is codex where that is on PATH', async (t) => {
  const env = { PATH: `${onPath(t, 'codex')}:${process.env['PATH'] ?? ''}` };
  const broker = command(t, ['--state-dir', tempDir(t), ...ANY_PORT], { env });
  t.match(await says(broker, /runtime {4}(.*)/), /^codex app-server \(pid \d+\)$/);
});

void t.test('and else the demo runtime', async (t) => {
  const folder = onPath(t, 'other');
  writeFileSync(join(folder, 'codex'), 'not executable');
  const env = { PATH: `${folder}:/no/such/folder:` };
  const broker = command(t, ['--state-dir', tempDir(t), ...ANY_PORT], { env });
  t.match(await says(broker, /runtime {4}(.*)/), /^the demo runtime \(pid \d+\), as no codex is on PATH$/);
});

void t.test('--demo is the demo runtime all the same, with the options given', async (t) => {
  const env = { PATH: `${onPath(t, 'codex')}:${process.env['PATH'] ?? ''}` };
  const stateDir = tempDir(t);
  const args = ['--state-dir', stateDir, ...ANY_PORT, '--demo', '--demo-args', ' --seed  7 '];
  const broker = command(t, args, { env });
  t.match(await says(broker, /runtime {4}(.*)/), /^the demo runtime \(pid \d+\)$/);
  t.ok(existsSync(join(stateDir, 'demo')));

  const wrong = await run(['--state-dir', tempDir(t), ...ANY_PORT, '--demo', '--demo-args', '--seed x']);
  t.equal(wrong.code, 1);
  t.match(wrong.stderr.join('\n'), /--seed/, 'its own words for a wrong one');
});

void t.test('options from the environment; the command line comes first', async (t) => {
  const stateDir = tempDir(t);
  const env = {
    THREADCAST_STATE_DIR: stateDir,
    THREADCAST_LISTEN: `ws://127.0.0.1:0,unix://${stateDir}/a.sock`,
    THREADCAST_CLIENT_NAME: 'from-the-environment',
    THREADCAST_DECLARE: 'one,two',
    THREADCAST_LOG_LEVEL: 'info',
    THREADCAST_NO_AUTH: 'true',
  };
  const broker = command(t, ['--client-name', 'from-the-line', '--', ...FAKE_RUNTIME], { env });
  t.match(await broker.listening('unix'), `unix://${stateDir}/a.sock`);
  const initialize = await firstMessage(await broker.listening('ws'));
  t.match(initialize, { method: 'initialize', params: { clientInfo: { name: 'from-the-line', version } } });
  t.match(initialize, {
    params: { capabilities: { experimentalApi: true, requiredHumanApproval: true, one: true, two: true } },
  });
  t.match(await says(broker, /"attached"/), /"connection":"c1-[0-9a-f]{8}"/, 'the log level is taken too');
});

void t.test('a flag from the environment', async (t) => {
  const env = { THREADCAST_STATE_DIR: tempDir(t), THREADCAST_DEMO: 'true' };
  t.match(await says(command(t, ANY_PORT, { env }), /runtime {4}(.*)/), /^the demo runtime \(pid \d+\)$/);
  const codex = {
    ...env,
    THREADCAST_DEMO: 'false',
    PATH: `${onPath(t, 'codex')}:${process.env['PATH'] ?? ''}`,
  };
  const stateDir = tempDir(t);
  const broker = command(t, ['--state-dir', stateDir, ...ANY_PORT], { env: codex });
  t.match(await says(broker, /runtime {4}(.*)/), /^codex app-server/);
});

/** The first message that the fake runtime behind was sent. */
async function firstMessage(url: string): Promise<unknown> {
  const client = await webSocketPeer(url);
  client.send(
    Buffer.from('{"id":1,"method":"initialize","params":{"clientInfo":{"name":"a","version":"1"}}}'),
    false,
  );
  await client.messages.next();
  client.send(Buffer.from('{"id":2,"method":"fake/asked","params":{}}'), false);
  const { data } = await client.messages.next();
  client.vanish();
  const { result } = JSON.parse(data.toString()) as { result: { asked: string[] } };
  return JSON.parse(result.asked[0] ?? '');
}

void t.test('the state dir has a default', async (t) => {
  const state = tempDir(t);
  const env = { XDG_STATE_HOME: state, HOME: '/no/such' };
  await says(command(t, [...ANY_PORT, '--', ...FAKE_RUNTIME], { env }), /attach/);
  t.ok(existsSync(join(state, 'threadcast', 'broker.json')));
});

void t.test('it listens where it is asked to, in either way', async (t) => {
  const stateDir = tempDir(t);
  const args = ['--no-auth', '--state-dir', stateDir, '--listen', 'ws://localhost:0', '--', ...FAKE_RUNTIME];
  const broker = command(t, args);
  const url = await broker.listening('ws');
  t.match(await ask(url, '/healthz'), { status: 200 });
  const socket = join(stateDir, 'threadcast.sock');
  t.equal(
    await says(broker, /attach {5}(.*)/),
    `codex --remote unix://${socket}`,
    'its socket is there, too',
  );
  t.ok(existsSync(socket));
});

void t.test('help and the version are for stdout, with exit code 0', async (t) => {
  const help = await run(['--help']);
  for (const name of ['serve', 'tui', 'connect', 'threads', 'tail', 'status'])
    t.match(help.stdout.join('\n'), `\n  ${name} `);
  const serveHelp = await run(['serve', '--help']);
  t.match(serveHelp.stdout.join('\n'), 'THREADCAST_LISTEN');
  const asked = await run(['--version']);
  t.same(asked.stdout, [version]);
  for (const { code, stderr } of [help, serveHelp, asked]) t.match({ code, stderr }, { code: 0, stderr: [] });
});
