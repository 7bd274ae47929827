import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import tap, { type Test } from 'tap';
import { CODEX_VERSION, installCodex, installProgram } from './install.js';

/** Puts an `npm` on the PATH that does that, counts its calls in `calls`, and points the cache beside it. */
async function withNpm(t: Test, script: string): Promise<string> {
  const folder = t.testdir({ bin: {}, cache: {} });
  const npm = path.join(folder, 'bin', 'npm');
  await writeFile(npm, `#!/bin/sh\necho called >> ${folder}/calls\n${script}\n`, { mode: 0o755 });
  const before = { PATH: process.env['PATH'], THREADCAST_TEST_CACHE: process.env['THREADCAST_TEST_CACHE'] };
  Object.assign(process.env, {
    PATH: `${folder}/bin:${before.PATH ?? ''}`,
    THREADCAST_TEST_CACHE: `${folder}/cache`,
  });
  t.teardown(() => {
    Object.assign(process.env, before);
  });
  return folder;
}

/** What `npm install --prefix DIR` would leave: a program that prints that version. */
const installs = (version: string, program = 'codex'): string => `
  while [ "$1" != --prefix ]; do shift; done
  mkdir -p "$2/node_modules/.bin"
  printf '#!/bin/sh\\necho ${program}-cli ${version}\\n' > "$2/node_modules/.bin/${program}"
  chmod +x "$2/node_modules/.bin/${program}"`;

void tap.test('Codex is fetched once and found in the cache from then on', async (t) => {
  const folder = await withNpm(t, installs(CODEX_VERSION));
  const command = path.join(folder, 'cache', `codex-${CODEX_VERSION}`, 'node_modules', '.bin', 'codex');
  t.strictSame(await installCodex(), { command });
  t.strictSame(await installCodex(), { command });
  t.equal(await readFile(path.join(folder, 'calls'), 'utf8'), 'called\n');
});

void tap.test(
  'another program of npm is fetched the same way, beside Codex, with its own options',
  async (t) => {
    const folder = await withNpm(t, `echo "$@" >> "$0.args"${installs('1.2.3', 'client')}`);
    const command = path.join(folder, 'cache', 'client-1.2.3', 'node_modules', '.bin', 'client');
    const program = { name: '@some/client', version: '1.2.3', options: ['--omit=optional'] };
    t.strictSame(await installProgram(program), { command });
    const args = await readFile(path.join(folder, 'bin', 'npm.args'), 'utf8');
    t.match(args, / --omit=optional @some\/client@1\.2\.3\n$/);
  },
);

void tap.test('two that fetch at the same time both get it, and leave nothing aside', async (t) => {
  const folder = await withNpm(t, installs(CODEX_VERSION));
  const both = await Promise.all([installCodex(), installCodex()]);
  t.ok(both.every((each) => 'command' in each));
  t.strictSame(await readdir(path.join(folder, 'cache')), [`codex-${CODEX_VERSION}`]);
});

void tap.test('without a network there is a reason to skip with, and nothing left aside', async (t) => {
  const folder = await withNpm(t, 'echo "network unreachable" >&2; exit 1');
  t.match(await installCodex(), {
    missing: `@openai/codex ${CODEX_VERSION} cannot be had: Error: Command failed: npm`,
  });
  t.strictSame(await readdir(path.join(folder, 'cache')), []);
});

void tap.test('another version in its place is said to be one', async (t) => {
  await withNpm(t, installs('0.1.0'));
  t.match(await installCodex(), { missing: `is not ${CODEX_VERSION} but codex-cli 0.1.0` });
});

void tap.test('a broken folder in its place is not taken for a program', async (t) => {
  const folder = await withNpm(t, installs(CODEX_VERSION));
  await mkdir(path.join(folder, 'cache', `codex-${CODEX_VERSION}`, 'leftover'), { recursive: true });
  t.match(await installCodex(), { missing: /cannot be had: Error: spawn .* ENOENT/ });
});
