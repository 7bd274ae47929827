import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { RUNTIME_STDERR_LINES_MAX } from '../../protocol/limits.js';
import { run } from '../support/cli.js';
import type { Outcome } from '../support/cli.js';
import { ask } from './ask.js';
import {
  ANY_PORT,
  FAKE_RUNTIME,
  onceOnly,
  readyBroker,
  says,
  socketPath,
  startBroker,
  tempDir,
} from './broker.js';
import { Client } from './client.js';
import { Gate } from './gate.js';
import { runtimePid } from './processes.js';

/** A broker with this runtime, to its end. */
async function brokerWith(t: Test, ...runtime: readonly string[]): Promise<Outcome> {
  const stateDir = tempDir(t);
  const outcome = await run(['--state-dir', stateDir, ...ANY_PORT, '--log-level', 'fatal', '--', ...runtime]);
  t.notOk(existsSync(join(stateDir, 'broker.json')), 'the state dir is free');
  t.same(outcome.stdout, []);
  return outcome;
}

void t.test('a command that is not there', async (t) => {
  t.match(await brokerWith(t, 'no-such-runtime', 'x'), {
    code: 1,
    stderr: ['threadcast: no-such-runtime x could not be started: spawn no-such-runtime ENOENT'],
  });
});

void t.test('one that exits at once, with its last words', async (t) => {
  const lines = Array.from({ length: RUNTIME_STDERR_LINES_MAX + 5 }, (_, line) => `line ${line}`);
  const script = `for i in $(seq 0 ${lines.length - 1}); do echo line $i >&2; done; exit 7`;
  const { code, stderr } = await brokerWith(t, '/bin/sh', '-c', script);
  t.equal(code, 1);
  t.match(stderr[0], /^threadcast: .* exited with code 7; it last said:$/);
  t.same(
    stderr.slice(-RUNTIME_STDERR_LINES_MAX),
    lines.slice(-RUNTIME_STDERR_LINES_MAX).map((line) => `  ${line}`),
  );
});

void t.test('one that exits at once and well', async (t) => {
  t.match(await brokerWith(t, '/bin/true'), {
    code: 1,
    stderr: ['threadcast: /bin/true exited with code 0'],
  });
});

void t.test('one that says half a line and exits', async (t) => {
  t.match(await brokerWith(t, '/bin/sh', '-c', `printf '{"id":1,"result":{"userAg'`), {
    code: 1,
    stderr: [/^threadcast: \/bin\/sh .* exited with code 0$/],
  });
});

void t.test('one that answers initialize with an error', async (t) => {
  t.match(await brokerWith(t, ...FAKE_RUNTIME, '--initialize=error'), {
    code: 1,
    stderr: [/^threadcast: initialize was answered with .*not today/],
  });
});

void t.test('one that answers initialize with something else', async (t) => {
  const { code, stderr } = await brokerWith(t, ...FAKE_RUNTIME, '--initialize=rubbish');
  t.equal(code, 1);
  t.equal(stderr.length, 1, stderr.join('\n'));
  t.match(stderr[0], /^threadcast: .*initialize/);
});

void t.test('a listening runtime that is not there', async (t) => {
  const stateDir = tempDir(t);
  for (const url of [`unix://${stateDir}/none`, 'ws://127.0.0.1:1']) {
    const { code, stderr } = await run([
      '--state-dir',
      stateDir,
      ...ANY_PORT,
      '--log-level',
      'fatal',
      '--runtime',
      url,
    ]);
    t.equal(code, 1);
    t.match(stderr, [`threadcast: ${url}: connect E`]);
    t.equal(stderr.length, 1);
  }
});

void t.test('one that ends later is started again; its clients stay, and others may come', async (t) => {
  const gate = await Gate.open(t);
  const stateDir = tempDir(t);
  const cli = startBroker(t, { stateDir, runtime: [...FAKE_RUNTIME, gate.option] });
  await gate.reached;
  gate.pass();
  await says(cli, /attach/);
  const url = `unix://${socketPath(stateDir)}`;
  const client = await Client.connect(t, url);
  const again = gate.reachedAgain();
  client.ask('fake/exit', { code: 3, stderr: '' });
  t.match(await client.next(), { id: 1, error: { code: -32001, data: { reason: 'runtimeExited' } } });
  await again;
  const other = await Client.connect(t, url);
  other.ask('fake/asked');
  t.match(await other.next(), { id: 1, error: { code: -32001, data: { reason: 'runtimeRestarting' } } });
  t.match(await ask(url, '/readyz'), { status: 503 });
  gate.pass();
  await says(cli, /"the runtime is back"/);
  t.match(await ask(url, '/readyz'), { status: 200 });
  client.ask('fake/asked');
  const { result } = await client.next();
  t.match(result?.['asked'], [/"initialize"/, /"initialized"/, /"thread\/loaded\/list"/, /"fake\/asked"/]);
});

void t.test('so is one that is killed', async (t) => {
  const { cli, tcp } = await readyBroker(t);
  const client = await Client.connect(t, tcp);
  process.kill(runtimePid(cli), 'SIGKILL');
  t.match(await says(cli, /"(.* was ended by SIGKILL)".*starting it again/), FAKE_RUNTIME[1]);
  await says(cli, /"the runtime is back"/);
  client.ask('fake/asked');
  t.match(await client.next(), { id: 1, result: {} });
});

void t.test('one that does not come back takes its clients along', async (t) => {
  const stateDir = tempDir(t);
  const { cli, tcp, unix } = await readyBroker(t, {
    args: ['--log-level', 'fatal'],
    runtime: onceOnly(stateDir),
    stateDir,
  });
  const clients = [await Client.connect(t, tcp), await Client.connect(t, unix)];
  const before = cli.stderr.all.length;
  clients[0]?.ask('fake/exit', { code: 3, stderr: '' });
  for (const { peer } of clients) t.same(await peer.ended, { code: 4001, reason: 'runtimeExited' });
  t.same(await cli.exits(), { code: 1, signal: null });
  t.match(cli.stderr.all.slice(before), [/^threadcast: .* exited with code 9; it last said:$/, /mkdir/]);
  t.notOk(existsSync(join(stateDir, 'broker.json')));
});
