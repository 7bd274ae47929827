/**
 * A runtime that does what its clients ask for:
 * - `fake/print {base64}` writes these bytes to stdout as they are, and then answers;
 * - `fake/fill {head, bytes, tail}` writes one line with that many bytes in the middle, and then answers;
 * - `fake/exit {code, stderr}` says that on stderr and exits, without an answer;
 * - `fake/twice {}` is answered twice;
 * - `fake/asked {}` is answered with every message it was sent so far, as text.
 * Everything else gets an empty result. `--initialize=error|rubbish|twice` says how `initialize` is answered,
 * `--wait=SOCKET` that it connects there first, and answers when that connection is ended.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const [how = ''] = process.argv.filter((arg) => arg.startsWith('--initialize=')).map(valueOf);
const [gate] = process.argv.filter((arg) => arg.startsWith('--wait=')).map(valueOf);
const FILL_CHUNK = 'x'.repeat(1024 * 1024);
const asked = [];

function valueOf(arg) {
  return arg.slice(arg.indexOf('=') + 1);
}

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const methods = {
  initialize: async ({ id }) => {
    if (gate !== undefined) await once(connect(gate).resume(), 'end');
    const answer = {
      id,
      result: { userAgent: 'fake/1.0.0 (Test) terminal (threadcast; 0)', codexHome: '/nowhere' },
    };
    if (how === 'error') say({ id, error: { code: -32600, message: 'not today' } });
    else if (how === 'rubbish') say({ id, result: ['rubbish'] });
    else say(answer);
    if (how === 'twice') say(answer);
  },
  initialized: () => {},
  'thread/start': ({ id }) => say({ id, result: { thread: { id: 'thread-1' } } }),
  'thread/resume': ({ id, params: { threadId } }) => {
    if (threadId === 'no-such-thread') say({ id, error: { code: -32600, message: 'no such thread' } });
    else say({ id, result: { thread: { id: threadId } } });
  },
  'fake/print': ({ id, params }) => {
    process.stdout.write(Buffer.from(params.base64, 'base64'));
    say({ id, result: {} });
  },
  'fake/fill': ({ id, params: { head = '', bytes, tail = '' } }) => {
    process.stdout.write(head);
    for (let left = bytes; left > 0; left -= FILL_CHUNK.length)
      process.stdout.write(FILL_CHUNK.slice(0, left));
    process.stdout.write(`${tail}\n`);
    say({ id, result: {} });
  },
  'fake/exit': ({ params }) => process.stderr.write(params.stderr, () => process.exit(params.code)),
  'fake/twice': ({ id }) => ['first', 'second'].forEach((answer) => say({ id, result: { answer } })),
  'fake/asked': ({ id }) => say({ id, result: { asked } }),
};

const other = ({ id }) => id !== undefined && say({ id, result: {} });

createInterface({ input: process.stdin })
  .on('line', (line) => {
    asked.push(line);
    const message = JSON.parse(line);
    void (methods[message.method] ?? other)(message);
  })
  .on('close', () => process.exit(0));
