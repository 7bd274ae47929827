import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as later } from 'node:timers/promises';
import t from 'tap';
import { threadcast } from '../support/cli.js';
import { ANY_PORT, FAKE_RUNTIME, socketPath, tempDir } from './broker.js';
import { ask } from './ask.js';

/** More lines than a pipe holds. */
const LINES = 1_500;
/** Requests at one time. */
const AT_ONCE = 50;

void t.test('a log that nobody reads holds nobody up, not even the end', async (t) => {
  const stateDir = tempDir(t);
  const [command, ...args] = threadcast;
  const options = [
    '--state-dir',
    stateDir,
    '--log-level',
    'info',
    '--listen',
    `unix://${socketPath(stateDir)}`,
  ];
  const broker = spawn(command, [...args, ...ANY_PORT, ...options, '--', ...FAKE_RUNTIME], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.teardown(() => void broker.kill('SIGKILL'));
  const url = `unix://${socketPath(stateDir)}`;
  while (
    !(await ask(url, '/readyz').then(
      ({ status }) => status === 200,
      () => false,
    ))
  )
    await later(50);
  // A line each.
  for (let asked = 0; asked < LINES; asked += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, () => ask(url, '/', { headers: { origin: 'http://evil.example' } })),
    );
  t.match(await ask(url, '/healthz'), { status: 200 });
  t.ok(broker.stderr.readableLength < 2 ** 17, 'nobody has read it');
  broker.kill('SIGTERM');
  t.same(await once(broker, 'exit'), [0, null]);
});
