import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { StateDir } from '../../broker/ops/state-dir.js';
import { noSmallDisk, SmallDisk } from '../attachments/small-disk.js';
import { run } from '../support/cli.js';

const OTHER_UID = 12_345;
const notRoot = process.getuid?.() === 0 ? false : 'only root can give folders away';

function place(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'threadcast-state-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

t.test('it is made where it is missing, this user’s alone', async (t) => {
  const folder = join(place(t), 'a', 'b');
  t.equal(new StateDir(folder).running(), null);
  for (const made of [folder, join(folder, '..')]) t.equal(statSync(made).mode & 0o777, 0o700);
});

t.test('one that others can read or enter is refused, with what mends it', async (t) => {
  for (const mode of [0o755, 0o710, 0o701, 0o770]) {
    const folder = join(place(t), 'state');
    mkdirSync(folder);
    chmodSync(folder, mode);
    t.throws(() => new StateDir(folder), {
      message: `${folder} is open to other users; mend it with: chmod 700 ${folder}`,
    });
    t.same(readdirSync(folder), [], 'nothing is left there');
    chmodSync(folder, 0o700);
    t.equal(new StateDir(folder).running(), null);
  }
});

t.test('nor is one of another user taken', { skip: notRoot }, async (t) => {
  const folder = join(place(t), 'state');
  mkdirSync(folder, { mode: 0o700 });
  chownSync(folder, OTHER_UID, OTHER_UID);
  t.throws(() => new StateDir(folder), {
    message: `${folder} belongs to another user (uid ${OTHER_UID}); mend it with: chown 0 ${folder}`,
  });
});

t.test('a folder in the way of the announcement is told, and nobody waits for it', async (t) => {
  const folder = place(t);
  mkdirSync(join(folder, 'broker.json'));
  const stateDir = new StateDir(folder);
  t.throws(() => stateDir.claim(), { code: 'EISDIR' });
  t.same(readdirSync(folder), ['broker.json']);
});

t.test('it is claimed once, and given back', async (t) => {
  const folder = place(t);
  const [one, other] = [new StateDir(folder), new StateDir(folder)];
  one.claim();
  one.announce(['unix:///there'], null);
  t.throws(() => other.claim(), {
    name: 'AlreadyRunning',
    message: `a broker already runs on ${folder} (pid ${process.pid}) on unix:///there`,
  });
  t.match(other.running(), { pid: process.pid, listen: ['unix:///there'] });
  one.release();
  t.equal(other.running(), null);
  t.same(readdirSync(folder), []);
  const left = { pid: process.pid, startedAt: 'then', listen: [], tokenFile: null };
  writeFileSync(join(folder, 'broker.json'), JSON.stringify(left));
  one.release();
  t.same(readdirSync(folder), ['broker.json'], 'but not one that is another’s');
});

t.test(
  'on a full disk nothing starts, in one line, and nothing is left',
  { skip: noSmallDisk() },
  async (t) => {
    const disk = new SmallDisk(t);
    const folder = join(disk.folder, 'state');
    const stateDir = new StateDir(folder);
    disk.takeAll();
    const full = `the state dir ${folder} cannot be written: its disk is full`;
    t.throws(() => stateDir.claim(), { name: 'StateDirError', message: full });
    t.throws(() => stateDir.announce([], null), { name: 'StateDirError', message: full });
    t.same(readdirSync(folder), []);
    const { code, stdout, stderr } = await run(['--demo', '--state-dir', folder]);
    t.same({ code, stdout, stderr }, { code: 1, stdout: [], stderr: [`threadcast: ${full}`] });
    disk.setReadOnly(true);
    t.throws(() => stateDir.claim(), { message: /its disk is read-only$/ });
  },
);

t.test('a command that cannot have its state dir says why, and ends with 2', async (t) => {
  const folder = place(t);
  chmodSync(folder, 0o755);
  const { code, stderr } = await run(['status', '--state-dir', folder]);
  t.equal(code, 2);
  t.same(stderr, [
    `threadcast: cannot use the state dir ${folder}: ${folder} is open to other users; mend it with: chmod 700 ${folder}`,
  ]);
});
