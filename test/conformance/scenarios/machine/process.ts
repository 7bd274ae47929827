import { member, type JsonObject } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { base64, refusals } from './steps.js';

const STREAMS = { streamStdin: true, streamStdoutStderr: true };
const SIZE = { rows: 5, cols: 7 };
/** Says the size of its terminal, twice, when it is given a line. */
const SIZES = 'stty -echo; stty size; read line; stty size; read line; exit 4';

/** Processes, which are not in a sandbox and not waited for; two clients have one under the same handle. */
export const processes: Scenario = {
  name: 'process',
  covers: [
    'process/spawn',
    'process/writeStdin',
    'process/resizePty',
    'process/kill',
    'process/outputDelta',
    'process/exited',
  ],
  freedoms: [
    {
      reason:
        'Input is taken, and a process ended, in a task of its own: what comes of it may be told before the answer. Seen ' +
        'in one run in ten with both cores busy.',
      matches: ({ subject }) => /^answer to process\/(writeStdin|kill)$/.test(subject),
      lane: ({ subject }) => subject,
    },
  ],
  async run({ clients: { a, b, c }, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const spawn = async (
      client: Client,
      handle: string,
      script: string,
      more: JsonObject = {},
    ): Promise<void> => {
      const plain = { command: ['sh', '-c', script], processHandle: handle, cwd: work };
      await client.call('process/spawn', { ...plain, ...more });
    };
    const ends = async (client: Client): Promise<unknown> => await client.notification('process/exited');
    // A handle each: the end may be told a moment before the handle is free.
    await spawn(a, 'whole', 'echo out; echo err >&2; exit 3');
    await ends(a);
    await spawn(a, 'stream', 'echo out', { streamStdoutStderr: true });
    await ends(a);
    await spawn(a, 'slow', 'sleep 60', { timeoutMs: 50 });
    await ends(a);
    await spawn(a, 'capped', 'echo 0123456789', { outputBytesCap: 4 });
    await ends(a);
    await spawn(a, 'capped stream', 'echo 0123456789', { outputBytesCap: 4, streamStdoutStderr: true });
    await ends(a);
    await refused(a, c, work);

    // The same handle, twice: each client has its own.
    await spawn(a, 'one', 'cat', STREAMS);
    await a.refused('process/spawn', { command: ['cat'], processHandle: 'one', cwd: work, ...STREAMS });
    await refusals(b, [
      ['process/writeStdin', { processHandle: 'one', deltaBase64: base64('b\n') }],
      ['process/kill', { processHandle: 'one' }],
      ['process/resizePty', { processHandle: 'one', size: SIZE }],
    ]);
    await spawn(b, 'one', 'cat', STREAMS);
    for (const client of [a, b]) {
      await client.call('process/writeStdin', {
        processHandle: 'one',
        deltaBase64: base64(`${client.name}\n`),
      });
      await client.notification('process/outputDelta', (params) => member(params, 'processHandle') === 'one');
    }
    await b.call('process/writeStdin', { processHandle: 'one', closeStdin: true });
    await ends(b);
    await a.refused('process/writeStdin', { processHandle: 'one' });
    await a.refused('process/resizePty', { processHandle: 'one', size: SIZE });
    await a.call('process/kill', { processHandle: 'one' });
    await ends(a);
    await settle();
    await a.refused('process/kill', { processHandle: 'one' });
    await spawn(b, 'terminal', SIZES, { tty: true, size: SIZE });
    await terminal(b);
    await ends(b);
  },
};

async function refused(client: Client, plain: Client, work: string): Promise<void> {
  const good = { command: ['true'], processHandle: 'bad', cwd: work };
  await refusals(client, [
    ['process/spawn', { ...good, command: ['no-such-program'] }],
    ['process/spawn', { ...good, command: [] }],
    ['process/spawn', { ...good, processHandle: '' }],
    ['process/spawn', { ...good, processHandle: 5 }],
    ['process/spawn', { command: ['true'], cwd: work }],
    ['process/spawn', { ...good, cwd: 'relative' }],
    ['process/spawn', { ...good, cwd: `${work}/missing` }],
    ['process/spawn', { ...good, size: SIZE }],
    ['process/spawn', { ...good, timeoutMs: -50 }],
    ['process/kill', { processHandle: '' }],
  ]);
  await refusals(plain, [
    ['process/spawn', good],
    ['process/writeStdin', { processHandle: 'one' }],
    ['process/resizePty', { processHandle: 'one', size: SIZE }],
    ['process/kill', { processHandle: 'one' }],
  ]);
}

async function terminal(client: Client): Promise<void> {
  const line = { processHandle: 'terminal', deltaBase64: base64('\n') };
  await client.notification('process/outputDelta');
  await client.refused('process/resizePty', { processHandle: 'terminal', size: { rows: 0, cols: 8 } });
  await client.call('process/resizePty', { processHandle: 'terminal', size: { rows: 6, cols: 8 } });
  await client.call('process/writeStdin', line);
  await client.notification('process/outputDelta');
  await client.call('process/writeStdin', line);
}
