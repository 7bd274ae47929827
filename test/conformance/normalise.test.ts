import tap from 'tap';
import type { Json } from '../codex/json.js';
import { normalise, type Message } from './normalise.js';
import type { Entry } from './transcript.js';

const THREAD = '01a1fa40-0000-7000-8000-000000000001';
const OTHER = '01a1fa40-0000-7000-8000-000000000002';
const TURN = '01a1fa41-0000-7000-8000-000000000003';

const received = (body: Json): Entry => ({ direction: 'received', body });
const sent = (body: Json): Entry => ({ direction: 'sent', body });
const messages = (...entries: Entry[]): readonly Message[] =>
  normalise({ a: entries }, '/tmp/run-1')['a'] ?? [];
const bodies = (...entries: Entry[]): readonly Json[] => messages(...entries).map(({ body }) => body);

void tap.test('ids are named by kind and thread, the same wherever they stand', async (t) => {
  const turn = received({
    method: 'turn/started',
    params: { threadId: THREAD, turn: { id: TURN, rootTurnId: TURN } },
  });
  const list = received({
    id: 1,
    result: { data: [OTHER, `urn:${THREAD}`], states: { [THREAD]: { turnId: TURN } } },
  });
  const second = received({ method: 'thread/closed', params: { threadId: OTHER } });
  t.strictSame(bodies(list, turn, second), [
    { id: 1, result: { data: ['thread-2', 'urn:thread-1'], states: { 'thread-1': { turnId: 'turn-1' } } } },
    {
      method: 'turn/started',
      params: { threadId: 'thread-1', turn: { id: 'turn-1', rootTurnId: 'turn-1' } },
    },
    { method: 'thread/closed', params: { threadId: 'thread-2' } },
  ]);
});

void tap.test('the order of members does not decide on names', async (t) => {
  const [one, two] = [TURN, OTHER];
  const forwards = messages(received({ method: 'x', params: { a: one, b: two } }));
  const backwards = messages(received({ params: { b: two, a: one }, method: 'x' }));
  t.equal(forwards[0]?.text, backwards[0]?.text);
});

void tap.test('times, folders and ports are those of the run', async (t) => {
  const params = {
    startedAtMs: 5,
    completedAt: null,
    durationMs: 7,
    limit: 9,
    cwd: '/tmp/run-1/work',
    path: `/tmp/run-1/home/sessions/2026/11/20/rollout-2026-11-20T18-42-53-${THREAD}.jsonl`,
    url: 'http://127.0.0.1:40373/v1',
    cursor: '2026-11-20T18:53:07.415Z',
  };
  const [body] = bodies(received({ method: 'x', params: { threadId: THREAD, ...params } }));
  t.strictSame(body, {
    method: 'x',
    params: {
      threadId: 'thread-1',
      startedAtMs: 'TIME',
      completedAt: null,
      durationMs: 'TIME',
      limit: 9,
      cwd: 'ROOT/work',
      path: 'ROOT/home/sessions/DAY/rollout-TIME-thread-1.jsonl',
      url: 'http://127.0.0.1:PORT/v1',
      cursor: 'TIME',
    },
  });
});

void tap.test("the ids of a client's own requests stay, with their type", async (t) => {
  const [, answer] = bodies(sent({ id: '7', method: 'thread/list' }), received({ id: '7', result: {} }));
  t.strictSame(answer, { id: '7', result: {} });
});

void tap.test(
  'the ids of server requests are named, their resolution and their answer with them',
  async (t) => {
    const request = received({ id: 41, method: 'item/tool/call', params: { threadId: THREAD } });
    const answer = sent({ id: 41, result: {} });
    const resolved = received({
      method: 'serverRequest/resolved',
      params: { threadId: THREAD, requestId: 41 },
    });
    t.match(bodies(request, answer, resolved), [
      { id: 'thread-1/request-1' },
      { id: 'thread-1/request-1' },
      { params: { requestId: 'thread-1/request-1' } },
    ]);
  },
);

void tap.test('a server request with a string for an id is something else', async (t) => {
  const [body] = bodies(received({ id: '41', method: 'item/tool/call', params: { threadId: THREAD } }));
  t.match(body, { id: 'thread-1/request-1 (string)' });
});

void tap.test('an answer knows what it answers and which thread it is about', async (t) => {
  const [, answer] = messages(
    sent({ id: 1, method: 'thread/start', params: {} }),
    received({ id: 1, result: { thread: { id: THREAD } } }),
  );
  t.match(answer, { subject: 'answer to thread/start', thread: 'thread-1' });
});

void tap.test('what is no object is kept as it is', async (t) => {
  t.match(messages(received('text')), [{ subject: 'no object', body: 'text' }]);
});
