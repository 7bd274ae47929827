import t from 'tap';
import { isRunning, startIn, thisProcess } from '../../broker/ops/process-start.js';

/** What proc(5) says of a process. */
const statOf = (state: string, threads: number, name = 'node'): string =>
  `4711 (${name}) ${state} 1 4711 4711 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 ${threads} 0 987654 1000 20 0 0\n`;

t.test('this process runs, and is told from others that have its pid', async (t) => {
  const { pid, startedAt } = thisProcess();
  t.equal(pid, process.pid);
  t.ok(isRunning({ pid, startedAt }));
  t.notOk(isRunning({ pid, startedAt: `${startedAt}1` }));
  t.notOk(isRunning({ pid, startedAt: '' }));
  t.notOk(isRunning({ pid: 0x7f_ff_ff_ff, startedAt }));
});

t.test('a process began when the kernel says, whatever its name is', async (t) => {
  for (const name of ['node', 'a b', 'a) Z 1 (b', ''])
    t.equal(startIn(statOf('S', 11, name)), '987654', name);
});

t.test('one that is not waited for has ended, but not before its last thread', async (t) => {
  t.equal(startIn(statOf('Z', 1)), null);
  t.equal(startIn(statOf('Z', 2)), '987654');
  t.equal(startIn(statOf('R', 1)), '987654');
});
