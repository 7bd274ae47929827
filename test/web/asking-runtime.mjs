/**
 * A runtime with one thread, which asks whatever it is told to: `fake/ask {method, params}` puts that request to the
 * clients, and is answered with the result that came back.
 */
import { createInterface } from 'node:readline';

const THREAD = {
  id: '019a0000-0000-7000-8000-000000000001',
  name: 'Everything there is to ask',
  preview: '',
  cwd: '/srv/app',
  status: { type: 'idle' },
  createdAt: 1,
  updatedAt: 1,
  turns: [],
};
const asked = new Map();
let lastId = 0;

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const results = {
  initialize: () => ({ userAgent: 'fake/1.0.0 (Test) terminal (threadcast; 0)', codexHome: '/nowhere' }),
  'thread/list': () => ({ data: [THREAD], nextCursor: null, backwardsCursor: null }),
  'thread/read': () => ({ thread: THREAD }),
  'thread/resume': () => ({ thread: THREAD, model: 'm', modelProvider: 'p', cwd: THREAD.cwd }),
  'thread/turns/list': () => ({ data: [], nextCursor: null, backwardsCursor: null }),
};

function received({ id, method, params, result, error }) {
  if (method === 'fake/ask') {
    lastId += 1;
    asked.set(lastId, id);
    say({ id: lastId, method: params.method, params: { threadId: THREAD.id, ...params.params } });
  } else if (method === undefined) {
    say({ method: 'serverRequest/resolved', params: { threadId: THREAD.id, requestId: id } });
    say({ id: asked.get(id), result: { result, error } });
  } else if (id !== undefined) say({ id, result: results[method]?.() ?? {} });
}

createInterface({ input: process.stdin })
  .on('line', (line) => received(JSON.parse(line)))
  .on('close', () => process.exit(0));
