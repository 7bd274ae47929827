import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import t from 'tap';
import { ask } from '../cli/ask.js';
import { Inbox } from '../support/inbox.js';

const run = promisify(execFile);
/** Without what records coverage: this is how the package runs elsewhere. */
const env = { ...process.env, NODE_V8_COVERAGE: undefined };

const work = mkdtempSync(join(tmpdir(), 'threadcast-package-'));
t.teardown(() => rmSync(work, { recursive: true, force: true }));

/** Packs a copy of what the package is made of: a build in the checkout itself would disturb what else runs there. */
async function pack(): Promise<string> {
  const copy = join(work, 'copy');
  const sources = [
    'broker',
    'protocol',
    'client',
    'web',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ];
  for (const name of [...sources, 'README.md', 'CHANGELOG.md', 'LICENSE']) {
    cpSync(name, join(copy, name), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  await run('npm', ['pack', '--pack-destination', work], { cwd: copy, env });
  return join(work, readdirSync(work).find((name) => name.endsWith('.tgz')) ?? 'none');
}

const tarball = await pack();

t.test('it holds what is needed, and nothing else', async (t) => {
  const { stdout } = await run('tar', ['-tzf', tarball]);
  const names = stdout
    .trim()
    .split('\n')
    .map((name) => name.replace('package/', ''));
  for (const name of [
    'dist/broker/main.js',
    'dist/client/index.d.ts',
    'dist/web/index.html',
    'dist/web/sw.js.br',
  ])
    t.ok(names.includes(name), name);
  const others = names.filter(
    (name) => !/^dist\/((broker|client|protocol)\/.*\.(js|d\.ts)|web\/.*)$/.test(name),
  );
  const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'client/README.md', 'protocol/README.md'];
  t.same(others.sort(), [...documents, 'package.json'].sort());
});

t.test('publint and attw have nothing to say', async (t) => {
  const { stdout: linted } = await run('node_modules/.bin/publint', ['run', '--strict', tarball], { env });
  t.match(linted, /All good!/);
  // Its exit code is its verdict: what a CommonJS program would meet is not asked.
  await run('node_modules/.bin/attw', ['--profile', 'esm-only', '--no-definitely-typed', tarball], { env });
});

t.test('installed in an empty folder', async (t) => {
  const folder = join(work, 'elsewhere');
  mkdirSync(folder);
  const install = [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--prefix',
    folder,
    tarball,
  ];
  await run('npm', install, { cwd: folder, env });

  t.test('npx threadcast --demo serves, and ends when it is told to', async (t) => {
    const state = join(folder, 'state');
    const args = ['threadcast', '--demo', '--state-dir', state, '--listen', 'ws://127.0.0.1:0'];
    const npx = spawn('npx', args, { cwd: folder, env, detached: true });
    const said = new Inbox<string>('npx threadcast');
    createInterface({ input: npx.stderr }).on('line', (line) => said.push(line));
    const exit = once(npx, 'close').then(([code]) => {
      said.end(`has ended (${String(code)})`);
      return code as number | null;
    });
    await said.take('the demo runtime', (line) => line.includes('the demo runtime'));
    const listening = await said.take('where it listens', (line) => line.includes('listening'));
    await said.take('that it is ready', (line) => line.includes('attach'));
    t.match(await ask(listening.replace(/.*(?=ws:)/, ''), '/readyz'), { status: 200 });
    const { pid } = JSON.parse(readFileSync(join(state, 'broker.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGTERM');
    t.equal(await exit, 0);
  });

  t.test('threadcast/protocol and threadcast/client can be imported, and nothing else', async (t) => {
    const importing = async (name: string, what: string): Promise<string> => {
      const script = `console.log((await import('${name}')).${what})`;
      const args = ['--input-type=module', '-e', script];
      return (await run(process.execPath, args, { cwd: folder, env })).stdout.trim();
    };
    t.equal(await importing('threadcast/protocol', 'close.shutdown.code'), '4000');
    t.equal(await importing('threadcast/client', 'connect.name'), 'connect');
    t.equal(await importing('threadcast/client/msgpack', 'msgpack.subprotocol'), 'threadcast.v1.msgpack');
    t.equal(await importing('threadcast/client/node', 'nodeSocket.name'), 'nodeSocket');
    await t.rejects(importing('threadcast/broker', 'x'), /ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });
});
