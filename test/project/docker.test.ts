import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { validate } from 'dockerfile-utils';
import t from 'tap';
import type { Test } from 'tap';
import { CODEX_VERSION, installCodex } from '../codex/install.js';
import { Inbox } from '../support/inbox.js';
import { commandsOf, contextOf, Rehearsal, stagesOf, valuesOf } from './rehearsal.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
const DOCKERFILE = 'docker/Dockerfile';
const text = readFileSync(DOCKERFILE, 'utf8');
const stages = stagesOf(text);
const all = [...stages.values()].flat();
const last = stages.get('') ?? [];
const commands = all.filter(({ keyword }) => keyword === 'RUN').flatMap((step) => commandsOf(step));
const context = contextOf('.dockerignore');

/** A folder of the test's own, this user's alone. */
function temporary(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'threadcast-image-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

t.test('the linter has nothing to say of the Dockerfile', async (t) => {
  t.same(validate(text), []);
  t.not(validate(text.replace('STOPSIGNAL', 'STOPSIGNALS')).length, 0, 'it does look');
});

t.test('what it copies from the context is there, and nothing else is in the context', async (t) => {
  const copied = all.flatMap(({ keyword, args, from }) =>
    keyword === 'COPY' && from === null ? args.slice(0, -1) : [],
  );
  t.same(
    copied.filter((source) => !existsSync(source)),
    [],
  );
  t.same([...copied].sort(), [...context].sort());
});

t.test(
  'its bases are Debian slim, with the newest Node that the package is tested with less one',
  async (t) => {
    const bases = all.filter(({ keyword }) => keyword === 'FROM').map(({ args }) => args[0]);
    t.same(bases, ['node:22-bookworm-slim', 'node:22-bookworm-slim']);
  },
);

t.test('Codex has the version that the tests run against', async (t) => {
  t.equal(valuesOf(last, 'ARG')['CODEX_VERSION'], CODEX_VERSION);
  t.ok(commands.some((command) => command.includes('@openai/codex@${CODEX_VERSION}')));
});

t.test('it runs as a user without rights, with an init, and is asked whether it is well', async (t) => {
  const only = (keyword: string): readonly string[] =>
    last.findLast((step) => step.keyword === keyword)?.args ?? [];
  t.same(only('USER'), ['node']);
  t.same(only('ENTRYPOINT'), ['tini', '--', 'threadcast']);
  t.same(only('VOLUME'), ['/state', '/codex']);
  t.same(only('STOPSIGNAL'), ['SIGTERM']);
  const env = valuesOf(last, 'ENV');
  t.match(env, { THREADCAST_STATE_DIR: '/state', CODEX_HOME: '/codex', THREADCAST_INSECURE_LISTEN: 'true' });
  t.same(env['THREADCAST_LISTEN']?.split(','), ['ws://0.0.0.0:4500', 'unix:///state/threadcast.sock']);
  const [, ...check] = last.find(({ keyword }) => keyword === 'HEALTHCHECK')?.args ?? [];
  t.match(check.join(' '), /^\["node", "-e", ".*:4500\/readyz/);
});

t.test('compose publishes the port on loopback alone, and keeps what the image keeps', async (t) => {
  const compose = readFileSync('docker/compose.yaml', 'utf8');
  t.same(compose.match(/[\w.:'"]*\b4500:\d+\b/g), ["'127.0.0.1:4500:4500"]);
  for (const volume of ['state:/state', 'codex:/codex']) t.match(compose, new RegExp(`- ${volume}\n`));
  t.match(compose, /context: \.\.\n\s+dockerfile: docker\/Dockerfile\n/);
});

const install = commands.find(([name, what]) => name === 'apt-get' && what === 'install') ?? [];
const packages = install.slice(2).filter((word) => !word.startsWith('-'));
const { stdout: policies } = spawnSync('apt-cache', ['policy', ...packages], { encoding: 'utf8' });
const noApt = policies?.includes('http') ? false : 'needs apt with its package lists';

t.test('the packages that it installs are Debian’s', { skip: noApt }, async (t) => {
  t.ok(packages.includes('tini'));
  for (const name of packages)
    t.match(policies, new RegExp(`^${name}:\\n  Installed: .*\\n  Candidate: \\d`, 'm'), name);
});

const noSystemd = spawnSync('systemd-analyze', ['--version']).status === 0 ? false : 'needs systemd-analyze';

t.test('systemd has nothing to say of the unit', { skip: noSystemd }, async (t) => {
  const folder = temporary(t);
  const verify = (unit: string): string => {
    const env = { ...process.env, XDG_RUNTIME_DIR: folder };
    const { stderr, status } = spawnSync('systemd-analyze', ['--user', 'verify', unit], {
      env,
      encoding: 'utf8',
    });
    return `${stderr}${String(status)}`;
  };
  t.equal(verify('docker/threadcast.service'), '0');
  const wrong = join(folder, 'threadcast.service');
  writeFileSync(wrong, readFileSync('docker/threadcast.service', 'utf8').replace('Type=exec', 'Type=exac'));
  t.match(verify(wrong), /exac/, 'it does look');
});

/** Takes a minute. */
async function rehearse(t: Test): Promise<void> {
  const folder = temporary(t);
  const copy = join(folder, 'context');
  for (const name of context) cpSync(name, join(copy, name), { recursive: true });
  const codex = await installCodex();
  const rehearsal = new Rehearsal(folder, copy, ([name, what, ...args], root) => {
    if (name === 'npm' && args.some((arg) => arg.startsWith('@openai/codex@'))) {
      if ('command' in codex) symlinkSync(codex.command, join(root, 'usr/local/bin/codex'));
      return true;
    }
    if (name === 'install') {
      for (const path of args.filter((arg) => arg.startsWith('/')))
        mkdirSync(join(root, path), { recursive: true, mode: 0o700 });
      return true;
    }
    // What the base has, and what it is rid of.
    return name === 'apt-get' || name === 'rm' || what === 'cache';
  });
  for (const [stage, steps] of stages) await rehearsal.play(stage, steps);
  t.notOk(existsSync(rehearsal.path('', '/app', 'node_modules/typescript')), 'nothing for development alone');
  t.equal(statSync(rehearsal.path('', '/app', 'dist/broker/main.js')).mode & 0o111, 0o111);

  const root = rehearsal.rootOf('');
  const state = join(root, 'state');
  const env = {
    ...process.env,
    NODE_V8_COVERAGE: undefined,
    ...valuesOf(last, 'ENV'),
    PATH: `${join(root, 'usr/local/bin')}:${process.env['PATH'] ?? ''}`,
    CODEX_HOME: join(root, 'codex'),
    THREADCAST_STATE_DIR: state,
    THREADCAST_LISTEN: `ws://127.0.0.1:0,unix://${state}/s`,
  };
  const broker = spawn(join(root, 'usr/local/bin/threadcast'), [], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.teardown(() => broker.kill('SIGKILL'));
  const said = new Inbox<string>('stderr');
  createInterface({ input: broker.stderr }).on('line', (line) => said.push(line));
  const listening = await said.take('where it listens', (line) => line.includes('listening  ws:'));
  await said.take('that it is ready', (line) => line.includes('attach'));
  t.match(
    said.all.find((line) => line.includes('runtime')),
    'command' in codex ? /codex/ : /demo/,
  );
  const port = /:(\d+)/.exec(listening.replace('ws:', ''))?.[1] ?? '';
  const health = text.split('CMD ').at(-1)?.split('\n')[0] ?? '[]';
  const [, ...check] = JSON.parse(health.replace('4500', port)) as string[];
  const asked = (): number | null => spawnSync(process.execPath, check, { env }).status;
  t.equal(asked(), 0, 'it is well');
  broker.kill('SIGTERM');
  t.same(await once(broker, 'exit'), [0, null]);
  t.equal(asked(), 1, 'and is no more');
}

if (LONG) t.test('its steps can be done in their order, and what they make serves', rehearse);
