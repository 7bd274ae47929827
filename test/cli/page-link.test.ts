import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { mock } from 'node:test';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Test } from 'tap';
import { threadcast } from '../support/cli.js';
import { Inbox } from '../support/inbox.js';
import { REDIRECT_MS_MAX } from '../../protocol/limits.js';
import { openPage, pageLink } from '../../broker/cli/page-link.js';
import { command, FAKE_RUNTIME, says, tempDir } from './broker.js';

t.test('the token stands in the fragment, whatever is in it', async (t) => {
  t.equal(pageLink('https://agent.example', 'a+b/c='), 'https://agent.example/#token=a%2Bb%2Fc%3D');
  t.equal(pageLink('http://127.0.0.1:4500', null), 'http://127.0.0.1:4500/');
});

/** A program in place of the one that opens a browser: it writes down what it was given, and what it reads there. */
function browser(t: Test, exitCode = 0): { readonly env: { PATH: string }; readonly seen: string } {
  const folder = tempDir(t);
  const seen = join(folder, 'seen');
  const lines = [
    '#!/bin/sh',
    'file="${1#file://}"',
    `{ echo "$@"; stat -c %a "$file"; cat "$file"; } > '${seen}.part'`,
    `mv '${seen}.part' '${seen}'`,
    `exit ${exitCode}`,
  ];
  for (const name of ['xdg-open', 'open'])
    writeFileSync(join(folder, name), lines.join('\n'), { mode: 0o755 });
  return { env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` }, seen };
}

t.test('--open leads a browser to the page, its token in no argument and no log', async (t) => {
  const stateDir = tempDir(t);
  // What was left by one that was killed.
  writeFileSync(join(stateDir, 'open.html'), 'old', { mode: 0o644 });
  const { env, seen } = browser(t, 3);
  const args = ['--state-dir', stateDir, '--open', '--listen', 'ws://127.0.0.1:0'];
  const broker = command(t, [...args, '--public-url', 'https://agent.example', '--', ...FAKE_RUNTIME], {
    env,
  });
  t.equal(await says(broker, /^ {2}open +(.*)/), 'https://agent.example/');
  await says(broker, /no browser was opened: (xdg-)?open: exit code 3/);
  const [given = '', mode, html] = readFileSync(seen, 'utf8').split('\n');
  const token = readFileSync(join(stateDir, 'token'), 'utf8').trim();
  t.equal(fileURLToPath(given), join(stateDir, 'open.html'));
  t.equal(mode, '600');
  t.match(html, `content="0; url=https://agent.example/#token=${token}"`);
  t.notMatch(broker.stderr.all.join('\n'), token);
  await broker.end();
  t.notOk(existsSync(join(stateDir, 'open.html')), 'it is gone with the broker at the latest');
});

t.test('what leads to the page stays for as long as a browser may take', async (t) => {
  const file = join(tempDir(t), 'open.html');
  const { env } = browser(t);
  const path = process.env['PATH'];
  process.env['PATH'] = env.PATH;
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => {
    process.env['PATH'] = path;
    mock.timers.reset();
  });
  openPage('http://127.0.0.1:4500/#token=a&"b', file);
  t.match(readFileSync(file, 'utf8'), 'url=http://127.0.0.1:4500/#token=a&amp;&quot;b"');
  mock.timers.tick(REDIRECT_MS_MAX - 1);
  t.ok(existsSync(file));
  mock.timers.tick(1);
  t.notOk(existsSync(file));
});

t.test('where there is no browser, or no port, the broker says so and goes on', async (t) => {
  const args = ['--state-dir', tempDir(t), '--no-auth', '--open', '--listen', 'ws://127.0.0.1:0'];
  const broker = command(t, [...args, '--', ...FAKE_RUNTIME], { env: { PATH: '/none' } });
  t.match(await says(broker, /^ {2}open +(.*)/), /^http:\/\/127\.0\.0\.1:\d+\/$/);
  await says(broker, /no browser was opened: /);
  await says(broker, /attach/);
});

t.test('on a terminal the banner has the whole link', async (t) => {
  const stateDir = tempDir(t);
  const words = [...threadcast, '--state-dir', stateDir, '--listen', 'ws://127.0.0.1:0', '--'];
  const line = [...words, ...FAKE_RUNTIME].map((word) => `'${word}'`).join(' ');
  const terminal = spawn('script', ['-qec', `exec ${line}`, '/dev/null'], { detached: true });
  const said = new Inbox<string>('the terminal');
  createInterface({ input: terminal.stdout }).on('line', (each) => said.push(each.trimEnd()));
  t.teardown(async () => {
    const ended = once(terminal, 'close');
    terminal.kill('SIGTERM');
    await ended;
  });
  const opens = await said.take('the link', (each) => each.startsWith('  open '));
  const token = readFileSync(join(stateDir, 'token'), 'utf8').trim();
  t.match(opens, new RegExp(`^  open       http://127\\.0\\.0\\.1:\\d+/#token=${token}$`));
});
