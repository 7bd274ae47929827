import tap from 'tap';
import { parse, type Json } from '../codex/json.js';
import { compare, type Difference } from './compare.js';
import { normalise } from './normalise.js';
import { report } from './report.js';
import type { Entry, Transcripts } from './transcript.js';

const THREAD = '01a1fa40-0000-7000-8000-000000000001';
const received = (body: Json): Entry => ({ direction: 'received', body });
const sent = (body: Json): Entry => ({ direction: 'sent', body });

const ask = sent({ id: 1, method: 'thread/list', params: {} });
const answer = received({ id: 1, result: { data: [], nextCursor: null } });
const delta = (text: string): Entry =>
  received({ method: 'item/agentMessage/delta', params: { threadId: THREAD, itemId: 'msg', delta: text } });
const request = (id: Json): Entry => received({ id, method: 'item/tool/call', params: { threadId: THREAD } });

const original: Transcripts = {
  a: [ask, answer, delta('one'), delta('two'), request(0)],
  b: [delta('one'), delta('two')],
};

function found(broker: Transcripts): readonly Difference[] {
  return compare({ name: 'any' }, normalise(original, '/root'), normalise(broker, '/root'));
}

const kinds = (broker: Transcripts): readonly string[] =>
  found(broker).map(({ client, kind, path }) => [client, kind, path].join(' ').trim());

void tap.test('the same is no difference', async (t) => {
  t.strictSame(kinds(original), []);
});

void tap.test('another order of members is no difference', async (t) => {
  const turned = received(parse('{"result":{"nextCursor":null,"data":[]},"id":1}'));
  t.strictSame(kinds({ ...original, a: original['a']?.with(1, turned) ?? [] }), []);
});

void tap.test('an answer to the wrong client is two differences', async (t) => {
  const a = original['a']?.toSpliced(1, 1) ?? [];
  t.strictSame(kinds({ a, b: [answer, ...(original['b'] ?? [])] }), ['a missing', 'b extra']);
});

void tap.test('a missing notification is found, and only it', async (t) => {
  t.strictSame(kinds({ ...original, b: [delta('two')] }), ['b missing']);
});

void tap.test('a notification too many is found, and only it', async (t) => {
  t.strictSame(kinds({ ...original, b: [delta('one'), delta('one'), delta('two')] }), ['b extra']);
});

void tap.test('a client that should have seen nothing at all is compared too', async (t) => {
  t.strictSame(kinds({ ...original, c: [delta('one')] }), ['c extra']);
});

void tap.test('two messages that changed places are found, of two kinds or of one', async (t) => {
  const a = original['a'] ?? [];
  t.strictSame(kinds({ ...original, a: [...a.slice(0, 3), ...a.slice(3).toReversed()] }), ['a moved']);
  const places = ['b changed params.delta', 'b changed params.delta'];
  t.strictSame(kinds({ ...original, b: [delta('two'), delta('one')] }), places);
});

void tap.test('an id of another type is found, on an answer and on a server request', async (t) => {
  const a = original['a'] ?? [];
  const text = received({ id: '1', result: { data: [], nextCursor: null } });
  t.strictSame(kinds({ ...original, a: a.with(1, text) }), ['a missing', 'a extra']);
  t.strictSame(kinds({ ...original, a: a.with(4, request('0')) }), ['a changed id']);
});

void tap.test('a changed, an added and a lost member are found by their path', async (t) => {
  const a = original['a'] ?? [];
  const withResult = (result: Json): Transcripts => ({
    ...original,
    a: a.with(1, received({ id: 1, result })),
  });
  t.strictSame(kinds(withResult({ data: [{ x: 1 }], nextCursor: null })), ['a changed result.data']);
  t.strictSame(kinds(withResult({ data: [] })), ['a changed result.nextCursor']);
  t.strictSame(kinds(withResult({ data: [], nextCursor: null, more: 1 })), ['a changed result.more']);
});

void tap.test('the report names client, message, place and both values', async (t) => {
  const a = original['a']?.with(1, received({ id: 1, error: { code: -32600, message: 'no' } })) ?? [];
  const lines = report(found({ ...original, a, b: [delta('one')] }));
  t.match(lines, 'any, client a, message 1, received answer to thread/list: result');
  t.match(lines, '  real   {"data":[],"nextCursor":null}\n  broker (absent)');
  t.match(
    lines,
    'client b, message 1, received item/agentMessage/delta of thread-1: only the real server has it',
  );
});

void tap.test('the report of a flood stays short', async (t) => {
  const flood = Array.from({ length: 100 }, (_, index) => delta('x'.repeat(1000 + index)));
  const lines = report(found({ ...original, b: flood })).split('\n');
  t.ok(lines.length < 50 && lines.every((line) => line.length < 400), 'few lines, none long');
  t.match(lines.at(-1), /^and \d+ more$/);
});
