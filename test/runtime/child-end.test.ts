import { mock } from 'node:test';
import t from 'tap';
import type { Test } from 'tap';
import { RUNTIME_EXIT_MS_MAX } from '../../protocol/limits.js';
import { isAlive } from '../cli/processes.js';
import { shellRuntime } from './watched.js';
import type { WatchedChild } from './watched.js';

/** No time passes but by `mock.timers.tick`. */
function stopTime(t: Test): void {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
}

const pidOf = ({ link }: WatchedChild): number => Number(/\(pid (\d+)\)/.exec(link.label)?.[1]);

/** Resolves when it has said that on stderr. */
async function said({ messages }: WatchedChild, what: string): Promise<void> {
  await messages.take(what, (message) => message === what);
}

/** Says what happens to it, and does not end with its stdin. `onTerm`: what it does on SIGTERM besides. */
function talker(t: Test, onTerm: string): WatchedChild {
  const script = `
    process.stdin.resume().on('end', () => console.error('stdin ended'));
    process.on('SIGTERM', () => { console.error('asked'); ${onTerm} });
    setInterval(() => {}, 60000);`;
  return shellRuntime(t, `exec '${process.execPath}' -e "${script}"`);
}

void t.test('one that ends with its stdin is not signalled', async (t) => {
  stopTime(t);
  const child = shellRuntime(t, 'trap "echo asked >&2" TERM; cat; echo "stdin ended" >&2; exit 0');
  await child.link.close();
  t.same(await child.runtime.gone, { summary: 'fake exited with code 0', stderr: ['stdin ended'] });
  t.notOk(isAlive(pidOf(child)));
});

void t.test('one that does not gets SIGTERM, and time to end by itself', async (t) => {
  stopTime(t);
  const child = talker(t, 'process.exit(9)');
  const closed = child.link.close();
  await said(child, 'stdin ended');
  mock.timers.tick(RUNTIME_EXIT_MS_MAX - 1);
  t.ok(isAlive(pidOf(child)), 'it has its time');
  mock.timers.tick(1);
  await closed;
  t.same(child.runtime.exits, [{ summary: 'fake exited with code 9', stderr: ['stdin ended', 'asked'] }]);
});

void t.test('one that ignores that, too, is killed', async (t) => {
  stopTime(t);
  const child = talker(t, '');
  const closed = child.link.close();
  await said(child, 'stdin ended');
  mock.timers.tick(RUNTIME_EXIT_MS_MAX);
  await said(child, 'asked');
  mock.timers.tick(RUNTIME_EXIT_MS_MAX - 1);
  t.ok(isAlive(pidOf(child)), 'it has its time');
  mock.timers.tick(1);
  await closed;
  t.same(child.runtime.exits, [{ summary: 'fake was ended by SIGKILL', stderr: ['stdin ended', 'asked'] }]);
  t.notOk(isAlive(pidOf(child)));
});

void t.test('what it has started ends with it, whether it holds the pipes open or not', async (t) => {
  for (const redirect of ['', '> /dev/null 2>&1']) {
    const child = shellRuntime(t, `trap '' TERM; sleep 1000 ${redirect} & echo $!; cat`);
    const grandchild = Number(await child.runtime.next());
    t.ok(isAlive(grandchild));
    await child.link.close();
    t.match(child.runtime.exits, [{ summary: 'fake exited with code 0' }]);
    await ended(grandchild);
  }
});

void t.test('also when it ends by itself', async (t) => {
  const child = shellRuntime(t, 'sleep 1000 & echo $!; exit 4');
  const grandchild = Number(await child.runtime.next());
  t.match(await child.runtime.gone, { summary: 'fake exited with code 4' });
  await ended(grandchild);
});

/** Resolves when the process is gone: it was killed, and the kernel says so soon. */
async function ended(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
}

void t.test('one that is not read can end all the same', async (t) => {
  stopTime(t);
  const child = shellRuntime(t, 'head -c 1000000 /dev/zero; echo; cat; exit 0');
  child.link.pause();
  await child.link.close();
  t.match(child.runtime.exits, [{ summary: 'fake exited with code 0' }]);
});

void t.test('ended twice is ended once', async (t) => {
  const child = shellRuntime(t, 'cat');
  await Promise.all([child.link.close(), child.link.close()]);
  t.equal(child.runtime.exits.length, 1);
});
