import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { parseFlags, UsageError } from '../../broker/demo/flags.js';
import { demoCommand, Runtime, stateFolder } from './runtime.js';

const DIR = ['--state-dir', '/state'];

t.test('flags have defaults', (t) => {
  t.strictSame(parseFlags(DIR), {
    stateDir: '/state',
    seed: 1,
    paceEventsPerS: 50,
    deltaBytes: null,
    turnEvents: null,
  });
  const all = [...DIR, '--seed', '9', '--pace', '0', '--delta-bytes', '64', '--turn-events', '1000'];
  t.match(parseFlags(all), { seed: 9, paceEventsPerS: 0, deltaBytes: 64, turnEvents: 1000 });
  t.end();
});

t.test('a wrong command line is told in one line', (t) => {
  for (const args of [
    [],
    ['--state-dir', ''],
    [...DIR, '--nope'],
    [...DIR, 'more'],
    [...DIR, '--seed', '-1'],
    [...DIR, '--pace', '1.5'],
    [...DIR, '--delta-bytes', '0'],
    [...DIR, '--turn-events', '99999999999'],
  ]) {
    try {
      parseFlags(args);
      t.fail(`${args.join(' ')} is wrong`);
    } catch (error) {
      t.ok(error instanceof UsageError);
      t.notMatch(String(error), /\n/);
    }
  }
  t.end();
});

t.test('a wrong command line ends it with code 2', async (t) => {
  const demo = Runtime.spawn([...demoCommand, '--state-dir', stateFolder(t), '--pace', 'fast']);
  t.equal(await demo.exits(), 2);
  t.strictSame(demo.stderr.all, [
    'threadcast demo: --pace must be a whole number from 0 to 1000000, not "fast"',
  ]);
});

t.test('a state folder that cannot be made ends it with code 1', async (t) => {
  const file = path.join(stateFolder(t), 'file');
  writeFileSync(file, '');
  const demo = Runtime.spawn([...demoCommand, '--state-dir', path.join(file, 'below')]);
  t.equal(await demo.exits(), 1);
  t.match(demo.stderr.all, [/ENOTDIR/]);
});
