import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import type { Test } from 'tap';
import { TokenFile, TokenFileError } from '../../broker/access/token-file.js';
import { TOKEN_CHARS_MAX, TOKEN_CHARS_MIN } from '../../protocol/limits.js';
import { noSmallDisk, SmallDisk } from '../attachments/small-disk.js';

const run = promisify(execFile);
const ROOT_UID = 0;
const OTHER_UID = 12_345;
const notRoot = process.getuid?.() === ROOT_UID ? false : 'only root can give files away';
const MADE = /^[A-Za-z0-9_-]{43}$/;

/** Where a token would be, in a folder of the test's own. */
function place(t: Test): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'threadcast-token-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return path.join(folder, 'token');
}

function written(t: Test, text: string, mode = 0o600): string {
  const file = place(t);
  writeFileSync(file, text, { mode });
  chmodSync(file, mode);
  return file;
}

/** The one line with which it is refused. */
function refusal(act: () => string): string {
  try {
    act();
  } catch (error) {
    if (error instanceof TokenFileError && !error.message.includes('\n')) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

t.test('a first start makes one, which stays', async (t) => {
  const file = place(t);
  t.match(
    refusal(() => new TokenFile(file).read()),
    /: it is not there$/,
  );
  const token = new TokenFile(file).open();
  t.match(token, MADE, '256 bits');
  t.equal(readFileSync(file, 'utf8'), `${token}\n`);
  t.equal(lstatSync(file).mode & 0o777, 0o600);
  t.equal(new TokenFile(file).open(), token);
  t.equal(new TokenFile(file).read(), token);
  t.not(new TokenFile(place(t)).open(), token);
  t.same(readdirSync(path.dirname(file)), ['token']);
});

t.test('one that the user gives may have 32 … 512 characters, and its newline', async (t) => {
  const all = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=-';
  for (const token of [all, 'a'.repeat(TOKEN_CHARS_MIN), 'a'.repeat(TOKEN_CHARS_MAX)]) {
    for (const end of ['', '\n', '\r\n']) {
      const file = written(t, token + end);
      t.equal(new TokenFile(file).open(), token);
      t.equal(readFileSync(file, 'utf8'), token + end, 'it is left as it is');
    }
  }
  t.equal(new TokenFile(written(t, all, 0o400)).read(), all, 'nor has it to be writable');
});

t.test('what is no token is refused and left, and none of it is shown', async (t) => {
  const good = 'k'.repeat(TOKEN_CHARS_MIN);
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /it is empty/],
    ['\n', /it is empty/],
    [good.slice(1), /it holds 31 characters, and a token has at least 32/],
    ['k'.repeat(TOKEN_CHARS_MAX + 1), /it holds more than 512 characters/],
    [`${'k'.repeat(1024 * 1024)}\n`, /it holds more than 512 characters/],
    [`${good}\n\n`, /something else than one line/],
    [`${good}\n${good}\n`, /something else than one line/],
    [` ${good}`, /something else than one line/],
    [`${good} `, /something else than one line/],
    [`${good}"`, /something else than one line/],
    [`${good}é`, /something else than one line/],
    [`\uFEFF${good}`, /something else than one line/],
    [`${good}\0\0\0\0`, /something else than one line/],
  ];
  for (const [text, said] of cases) {
    const file = written(t, text);
    for (const line of [
      refusal(() => new TokenFile(file).open()),
      refusal(() => new TokenFile(file).read()),
    ]) {
      t.match(line, said);
      t.ok(line.startsWith(`cannot use the token file ${file}: `), line);
      t.ok(line.endsWith('; to put a new token there, run: threadcast token rotate'), line);
      t.notMatch(line, /kkk/);
    }
    t.equal(readFileSync(file, 'utf8'), text);
    const token = new TokenFile(file).rotate();
    t.equal(new TokenFile(file).open(), token, 'rotating does mend it');
  }
});

t.test('a file that others can read is refused, with what mends it', async (t) => {
  for (const [mode, right] of [
    [0o640, '600'],
    [0o604, '600'],
    [0o620, '600'],
    [0o444, '400'],
  ] as const) {
    const file = written(t, 'a'.repeat(TOKEN_CHARS_MIN), mode);
    const said = refusal(() => new TokenFile(file).open());
    t.ok(said.endsWith(`${file} is open to other users; mend it with: chmod ${right} ${file}`), said);
    execFileSync('/bin/sh', ['-c', said.replace(/.*mend it with: /, '')]);
    t.equal(new TokenFile(file).open(), 'a'.repeat(TOKEN_CHARS_MIN), 'it does');
  }
});

t.test('so is one in a folder that others can enter, and nothing is made there', async (t) => {
  for (const mode of [0o750, 0o701, 0o777]) {
    const file = place(t);
    const folder = path.dirname(file);
    chmodSync(folder, mode);
    for (const act of ['open', 'read', 'rotate'] as const) {
      const said = refusal(() => new TokenFile(file)[act]());
      t.ok(
        said.endsWith(`its folder ${folder} is open to other users; mend it with: chmod 700 ${folder}`),
        said,
      );
    }
    t.same(readdirSync(folder), []);
  }
});

t.test('and one of another user, or in his folder', { skip: notRoot }, async (t) => {
  const file = written(t, 'a'.repeat(TOKEN_CHARS_MIN));
  chownSync(file, OTHER_UID, OTHER_UID);
  const said = refusal(() => new TokenFile(file).open());
  t.ok(
    said.endsWith(`${file} belongs to another user (uid ${OTHER_UID}); mend it with: chown 0 ${file}`),
    said,
  );
  chownSync(file, ROOT_UID, ROOT_UID);
  chownSync(path.dirname(file), OTHER_UID, OTHER_UID);
  t.match(
    refusal(() => new TokenFile(file).open()),
    /its folder .* belongs to another user/,
  );
});

t.test('what is no regular file is refused, and not waited for', async (t) => {
  const target = written(t, 'a'.repeat(TOKEN_CHARS_MIN));
  const cases: readonly (readonly [(file: string) => void, RegExp])[] = [
    [(file) => symlinkSync(target, file), /it is a symbolic link; name the file that it leads to$/],
    [(file) => symlinkSync('nowhere', file), /it is a symbolic link/],
    [(file) => mkdirSync(file), /it is no regular file$/],
    [(file) => execFileSync('mkfifo', ['-m', '600', file]), /it is no regular file$/],
  ];
  for (const [make, said] of cases) {
    const file = place(t);
    make(file);
    for (const act of ['open', 'read', 'rotate'] as const)
      t.match(
        refusal(() => new TokenFile(file)[act]()),
        said,
      );
    t.same(readdirSync(path.dirname(file)), ['token']);
  }
  t.match(
    refusal(() => new TokenFile(path.join(target, 'token')).open()),
    /ENOTDIR/,
  );
});

t.test('rotating puts another in its place', async (t) => {
  const file = place(t);
  const tokens = [1, 2, 3].map(() => new TokenFile(file).rotate());
  t.equal(new Set(tokens).size, 3);
  t.equal(new TokenFile(file).read(), tokens[2]);
  t.equal(lstatSync(file).mode & 0o777, 0o600);
  t.same(readdirSync(path.dirname(file)), ['token']);
});

t.test('a full disk leaves the old one whole, or nothing', { skip: noSmallDisk() }, async (t) => {
  const disk = new SmallDisk(t);
  chmodSync(disk.folder, 0o700);
  const file = path.join(disk.folder, 'token');
  const none = path.join(disk.folder, 'none');
  const token = new TokenFile(file).open();
  disk.takeAll();
  const before = readdirSync(disk.folder);
  t.match(
    refusal(() => new TokenFile(file).rotate()),
    /its disk is full$/,
  );
  t.equal(new TokenFile(file).open(), token);
  t.match(
    refusal(() => new TokenFile(none).open()),
    /its disk is full$/,
  );
  t.same(readdirSync(disk.folder), before);
  disk.setReadOnly(true);
  t.match(
    refusal(() => new TokenFile(file).rotate()),
    /its disk is read-only$/,
  );
  t.equal(new TokenFile(file).open(), token);
});

/** Processes that do it again and again, all at the same time: what each has got. */
async function atOnce(file: string, script: string): Promise<string[][]> {
  const module = fileURLToPath(new URL('../../broker/access/token-file.ts', import.meta.url));
  const code = `import { TokenFile } from ${JSON.stringify(module)}; const file = ${JSON.stringify(file)};
    ${script}; process.stdout.write(JSON.stringify(got));`;
  const args = [...process.execArgv, '--input-type=module', '-e', code];
  const ran = await Promise.all([1, 2].map(() => run(process.execPath, args)));
  return ran.map(({ stdout }) => JSON.parse(stdout) as string[]);
}

t.test('two first starts at once have the same', async (t) => {
  const file = place(t);
  const script = `const got = [];
    for (let one = 0; one < 50; one += 1) {
      // Both begin in the same millisecond.
      const at = (Math.floor(Date.now() / 8) + 1) * 8;
      while (Date.now() < at);
      got.push(new TokenFile(file + one).open());
    }`;
  const [one, other] = await atOnce(file, script);
  t.equal(one?.length, 50);
  t.same(one, other);
});

t.test('two rotations at once leave one of the two, whole', async (t) => {
  const file = place(t);
  const script = `const got = [];
    for (let one = 0; one < 50; one += 1) { got.push(new TokenFile(file).rotate()); new TokenFile(file).read(); }`;
  const got = await atOnce(file, script);
  const left = new TokenFile(file).read();
  t.ok(
    got.some((tokens) => tokens.at(-1) === left),
    'the last of the two',
  );
  t.same(readdirSync(path.dirname(file)), ['token']);
});
