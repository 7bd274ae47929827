import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { UNIX_PATH_BYTES_MAX } from '../../protocol/limits.js';
import { run } from '../support/cli.js';
import { ask } from './ask.js';
import { ANY_PORT, FAKE_RUNTIME, readyBroker, tempDir } from './broker.js';

type Wrong = readonly [
  what: string,
  args: readonly string[],
  line: string | RegExp,
  env?: Record<string, string>,
];

const behind = ['--', ...FAKE_RUNTIME];

/** One for each place where it is found out; which values are wrong stands in `config.test.ts`. */
const wrong: readonly Wrong[] = [
  ['an unknown option', ['--no-such'], "unknown option '--no-such'"],
  ['an unknown command', ['no-such'], /unknown command 'no-such'|too many arguments/],
  ['a value that is missing', ['--client-name'], "option '--client-name <name>' argument missing"],
  ['a wrong value', ['--log-level', 'x'], /^--log-level: /],
  ['a wrong value from the environment', [], /^--log-level: /, { THREADCAST_LOG_LEVEL: 'x' }],
  ['options that contradict each other', ['--demo', ...behind], /^only one of /],
  ['a flag that is neither true nor false', [], /^--demo: /, { THREADCAST_DEMO: 'perhaps' }],
  ['a wrong option of another command', ['status', '--no-such'], "unknown option '--no-such'"],
  ['an argument too many', ['status', 'more'], /too many arguments/],
];

void t.test('a wrong command line is one line that says so, and exit code 2', async (t) => {
  for (const [what, args, line, env = {}] of wrong) {
    await t.test(what, async (t) => {
      const stateDir = tempDir(t);
      const surroundings = { THREADCAST_STATE_DIR: stateDir, THREADCAST_LISTEN: 'ws://127.0.0.1:0', ...env };
      const { code, stdout, stderr } = await run(args, { env: surroundings });
      t.equal(code, 2);
      t.same(stdout, []);
      t.equal(stderr.length, 1, stderr.join('\n'));
      const [start, said = ''] = [stderr[0]?.slice(0, 12), stderr[0]?.slice(12)];
      t.equal(start, 'threadcast: ');
      t.match(said, line);
      t.notOk(existsSync(join(stateDir, 'broker.json')), 'the state dir is free');
    });
  }
});

/** A broker that cannot listen there says so in one line, with exit code 2. */
async function cannotListen(t: Test, url: string, why: string): Promise<void> {
  const stateDir = tempDir(t);
  const outcome = await run(['--state-dir', stateDir, '--listen', url, ...behind]);
  t.match(outcome, { code: 2, stdout: [], stderr: [`threadcast: cannot listen on ${url}: ${why}`] });
  t.notOk(existsSync(join(stateDir, 'broker.json')), 'the state dir is free');
}

void t.test('a busy port', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await cannotListen(t, `ws://127.0.0.1:${port}`, 'it is in use');
});

void t.test('the port and the socket of another broker, which goes on', async (t) => {
  const { tcp, unix } = await readyBroker(t);
  for (const url of [tcp, unix]) {
    await cannotListen(t, url, 'it is in use');
    t.match(await ask(url, '/readyz'), { status: 200 });
  }
});

void t.test('a path that is too long, in no folder, or a file', async (t) => {
  const folder = tempDir(t);
  const long = join(folder, 'x').padEnd(UNIX_PATH_BYTES_MAX + 1, 'x');
  await cannotListen(t, `unix://${long}`, 'its path has 108 bytes, the most is 107');
  await cannotListen(t, `unix://${folder}/no/such`, 'its folder does not exist');
  writeFileSync(join(folder, 'file'), 'precious');
  await cannotListen(t, `unix://${folder}/file`, 'a file that is no socket is there');
});

void t.test('a state dir that cannot be made', async (t) => {
  const file = join(tempDir(t), 'file');
  writeFileSync(file, '');
  const { code, stderr } = await run(['--state-dir', join(file, 'below'), ...ANY_PORT, ...behind]);
  t.equal(stderr.length, 1, stderr.join('\n'));
  t.match(stderr[0], `threadcast: `);
  t.equal(code, 2);
});
