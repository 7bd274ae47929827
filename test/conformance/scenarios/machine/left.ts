import type { Scenario } from '../../scenario.js';
import { base64, shell } from './steps.js';

/** Writes its own process id and that of a child, and runs until it is ended. */
const runsOn = (name: string): string =>
  `sleep 600 & echo $! > ${name}-child; echo $$ > ${name}; trap 'echo asked > ${name}-asked' TERM HUP; ` +
  'while :; do wait; done';

/** Waits until none of the processes is there any more, and says what files there are. */
const ALL_GONE =
  'for file in exec exec-child whole whole-child spawned spawned-child; do ' +
  'while kill -0 $(cat $file) 2>/dev/null; do sleep 0.05; done; done; ls';

/**
 * A client goes away with commands, a process, a watch and a file search of its own: they end with it, without
 * being asked, and the client that comes back finds its ids free.
 */
export const left: Scenario = {
  name: 'left',
  covers: [],
  async run({ clients: { a, b }, work }) {
    await a.connect();
    await b.connect();
    a.ask('command/exec', shell(runsOn('exec'), { processId: 'one', streamStdoutStderr: true, cwd: work }));
    // Without an id of its own.
    a.ask('command/exec', shell(runsOn('whole'), { cwd: work, disableTimeout: true }));
    await a.call('process/spawn', {
      command: ['sh', '-c', runsOn('spawned')],
      processHandle: 'one',
      cwd: work,
      timeoutMs: null,
    });
    const started = 'for file in exec whole spawned; do until test -s $file; do sleep 0.05; done; done';
    await b.call('command/exec', shell(started, { cwd: work }));
    await a.call('fs/watch', { watchId: 'one', path: `${work}/watched` });
    await a.disconnect();
    await b.call('command/exec', shell(ALL_GONE, { cwd: work }));

    await a.connect();
    await a.refused('command/exec/terminate', { processId: 'one' });
    await a.refused('process/kill', { processHandle: 'one' });
    await a.call('fs/watch', { watchId: 'one', path: `${work}/watched` });
    await b.call('fs/writeFile', { path: `${work}/watched`, dataBase64: base64('x') });
    await a.notification('fs/changed');
    await a.call('command/exec', shell('echo free', { processId: 'one' }));
  },
};
