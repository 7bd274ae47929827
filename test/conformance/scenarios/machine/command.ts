import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { base64, refusals, shell } from './steps.js';

const OUTPUT = 'command/exec/outputDelta';
const STREAMS = { streamStdin: true, streamStdoutStderr: true };
/** Says the size of its terminal, twice, when it is given a line. */
const SIZES = 'stty -echo; stty size; read line; stty size; read line; exit 4';

/**
 * Commands: whole, in a stream, on a terminal, cut short. Two clients run one under the same id; neither can reach
 * the other's, and a third none.
 */
export const command: Scenario = {
  name: 'command',
  covers: [
    'command/exec',
    'command/exec/write',
    'command/exec/resize',
    'command/exec/terminate',
    'command/exec/outputDelta',
  ],
  freedoms: [
    {
      reason:
        'Input is taken, and a command ended, in a task of its own: what comes of it may be told before the answer. Seen ' +
        'in one run in ten with both cores busy.',
      matches: ({ subject }) => /^answer to command\/exec\/(write|terminate)$/.test(subject),
      lane: ({ subject }) => subject,
    },
  ],
  async run({ clients: { a, b, c }, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    await whole(a, c, work);
    await nothingRuns(a);
    await sameId(a, b, c);
    await settle();
    await terminal(a);
    await a.call(
      'command/exec',
      shell('echo 0123456789', { ...STREAMS, processId: 'cap', outputBytesCap: 4 }),
    );
  },
};

async function whole(client: Client, plain: Client, work: string): Promise<void> {
  await client.call('command/exec', shell('echo out; echo err >&2; exit 3'));
  await plain.call('command/exec', shell('pwd; echo $WORD', { cwd: work, env: { WORD: 'hello' } }));
  // The sandbox of the config; one of its own.
  await client.call('command/exec', { command: ['sh', '-c', 'touch x'], cwd: work });
  await client.call('command/exec', { command: ['true'], permissionProfile: ':read-only' });
  await client.call('command/exec', shell('sleep 60', { timeoutMs: 50 }));
  await client.call('command/exec', shell('echo 0123456789', { outputBytesCap: 4 }));
  await client.call('command/exec', shell('echo named', { processId: 'named' }));
  await refusals(plain, [['command/exec', { command: ['true'], permissionProfile: ':read-only' }]]);
  await refusals(client, [
    ['command/exec', { command: ['no-such-program'], sandboxPolicy: { type: 'dangerFullAccess' } }],
    ['command/exec', { command: [] }],
    ['command/exec', {}],
    ['command/exec', shell('cat', { tty: true })],
    ['command/exec', shell('cat', { streamStdin: true })],
    ['command/exec', shell('cat', { streamStdoutStderr: true, processId: null })],
    ['command/exec', shell('cat', { ...STREAMS, processId: 5 })],
    ['command/exec', shell('true', { timeoutMs: 50, disableTimeout: true })],
    ['command/exec', shell('true', { outputBytesCap: 4, disableOutputCap: true })],
    ['command/exec', shell('true', { size: { rows: 3, cols: 3 } })],
    ['command/exec', shell('true', { permissionProfile: ':read-only' })],
    ['command/exec', { command: ['true'], permissionProfile: 'no such profile' }],
  ]);
}

async function nothingRuns(client: Client): Promise<void> {
  await refusals(client, [
    ['command/exec/write', { processId: 'none', deltaBase64: base64('x') }],
    ['command/exec/write', { processId: 'none' }],
    ['command/exec/terminate', { processId: 'none' }],
    ['command/exec/terminate', { processId: '' }],
    ['command/exec/terminate', { processId: 'with "quotes"' }],
    ['command/exec/terminate', {}],
    ['command/exec/resize', { processId: 'none', size: { rows: 3, cols: 3 } }],
    ['command/exec/resize', { processId: 'none' }],
  ]);
}

async function sameId(a: Client, b: Client, c: Client): Promise<void> {
  const [one, two] = [a, b].map((client) =>
    client.ask('command/exec', shell('cat', { ...STREAMS, processId: 'one' })),
  );
  for (const client of [a, b]) {
    await client.call('command/exec/write', { processId: 'one', deltaBase64: base64(`${client.name}\n`) });
    await client.notification(OUTPUT);
  }
  await refusals(c, [
    ['command/exec/write', { processId: 'one', deltaBase64: base64('c\n') }],
    ['command/exec/terminate', { processId: 'one' }],
    ['command/exec/resize', { processId: 'one', size: { rows: 3, cols: 3 } }],
  ]);
  // Refused, and no harm to the one that runs.
  await refusals(a, [
    ['command/exec', shell('cat', { ...STREAMS, processId: 'one' })],
    ['command/exec/write', { processId: 'one', deltaBase64: 'not base64!' }],
    ['command/exec/write', { processId: 'one' }],
    ['command/exec/resize', { processId: 'one', size: { rows: 3, cols: 3 } }],
  ]);
  await a.call('command/exec/write', { processId: 'one', deltaBase64: base64('again\n') });
  await a.notification(OUTPUT);
  await a.call('command/exec/write', { processId: 'one', closeStdin: true });
  await a.answered(one ?? null);
  await a.refused('command/exec/write', { processId: 'one', deltaBase64: base64('late') });
  await b.call('command/exec/terminate', { processId: 'one' });
  await b.answered(two ?? null);
  // The id is free again.
  await a.call('command/exec', shell('echo second', { processId: 'one' }));
}

async function terminal(client: Client): Promise<void> {
  const params = { processId: 'terminal', tty: true, size: { rows: 5, cols: 7 } };
  const running = client.ask('command/exec', shell(SIZES, params));
  await client.notification(OUTPUT);
  await client.refused('command/exec/resize', { processId: 'terminal', size: { rows: 0, cols: 8 } });
  await client.call('command/exec/resize', { processId: 'terminal', size: { rows: 6, cols: 8 } });
  await client.call('command/exec/write', { processId: 'terminal', deltaBase64: base64('\n') });
  await client.notification(OUTPUT);
  await client.call('command/exec/write', { processId: 'terminal', deltaBase64: base64('\n') });
  await client.answered(running);
}
