import fc from 'fast-check';
import t from 'tap';
import { readEnvelope, withId } from '../../broker/framing/envelope.js';
import { memberOf, parseObject, stringAt } from '../../broker/framing/json-bytes.js';

const part = (text: string, span: { start: number; end: number } | null): unknown =>
  span === null ? undefined : JSON.parse(Buffer.from(text).toString('utf8', span.start, span.end));

/** What a parser sees, to hold against what the scan finds. */
function parsed(text: string): Record<string, unknown> {
  const message = JSON.parse(text) as Record<string, unknown>;
  const params = message['params'] as Record<string, unknown> | undefined;
  const isObject = typeof params === 'object' && params !== null && !Array.isArray(params);
  const threadId = isObject ? (params['threadId'] ?? params['conversationId']) : undefined;
  return {
    method: typeof message['method'] === 'string' ? message['method'] : null,
    id: message['id'],
    params: message['params'],
    result: message['result'],
    error: message['error'],
    threadId: typeof threadId === 'string' ? threadId : null,
  };
}

function scanned(text: string): Record<string, unknown> | null {
  const envelope = readEnvelope(Buffer.from(text));
  if (envelope === null) return null;
  const { method, id, params, result, error, threadId } = envelope;
  return {
    method,
    id: part(text, id),
    params: part(text, params),
    result: part(text, result),
    error: part(text, error),
    threadId,
  };
}

const json = fc.jsonValue({ maxDepth: 4 }).map((value): unknown => JSON.parse(JSON.stringify(value)));
const message = fc
  .record(
    {
      jsonrpc: fc.constant('2.0'),
      method: fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('item/started', 'thread/closed'),
        json,
      ),
      id: fc.oneof(fc.integer(), fc.string(), json),
      params: fc.oneof(
        json,
        fc.record({ item: json, threadId: fc.oneof(fc.uuid(), json), delta: fc.string() }),
      ),
      result: json,
      error: json,
      emittedAtMs: fc.nat(),
      other: json,
    },
    { requiredKeys: [] },
  )
  .chain((value) => fc.shuffledSubarray(Object.entries(value), { minLength: Object.keys(value).length }));

t.test('the scan finds what a parser finds, in any order of members and with any spacing', (t) => {
  fc.assert(
    fc.property(message, fc.constantFrom(undefined, 1, '\t'), (entries, spacing) => {
      const text = JSON.stringify(Object.fromEntries(entries), null, spacing);
      // A method that is no string reads as none, as one that is missing does.
      t.same(scanned(text), parsed(text));
    }),
    { numRuns: 1000 },
  );
  t.end();
});

t.test('an event as Codex writes it is found by its ends, with the same result', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.uuid(), fc.nat(), json, (text, threadId, time, more) => {
      const event = {
        method: 'item/agentMessage/delta',
        params: { threadId, delta: text, more },
        emittedAtMs: time,
      };
      const line = JSON.stringify(event);
      t.same(scanned(line), parsed(line));
      const walked = JSON.stringify({ ...event, extra: 1 });
      t.same(scanned(walked)?.['threadId'], threadId);
    }),
    { numRuns: 500 },
  );
  t.end();
});

t.test('the thread is the member of params, not one of what is in them', (t) => {
  const inside =
    '{"method":"item/started","params":{"item":{"threadId":"other"},"threadId":"mine"},"emittedAtMs":1}';
  const quoted =
    '{"method":"x","params":{"delta":"\\"threadId\\":\\"other\\"","threadId":"mine"},"emittedAtMs":1}';
  const never = '{"method":"x","params":{"a":[{"threadId":"other"}]},"threadId":"other"}';
  t.equal(readEnvelope(Buffer.from(inside))?.threadId, 'mine');
  t.equal(readEnvelope(Buffer.from(quoted))?.threadId, 'mine');
  t.equal(readEnvelope(Buffer.from(never))?.threadId, null);
  t.end();
});

t.test('bytes that are no JSON object give null and never throw', (t) => {
  for (const text of [
    '',
    '{',
    '}',
    '{"a"',
    '{"a":',
    '{"a":}',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{a:1}',
    '[',
    '[]',
    '1',
    '"x',
    '{"a":"x}',
    '{"a":[1}',
    '{} x',
    '{"id":1,"id":2}',
  ]) {
    t.equal(readEnvelope(Buffer.from(text)), null, text);
  }
  fc.assert(
    fc.property(fc.uint8Array(), fc.json(), fc.nat(), (bytes, text, cut) => {
      readEnvelope(Buffer.from(bytes));
      readEnvelope(Buffer.from(text.slice(0, cut % (text.length + 1))));
    }),
    { numRuns: 1000 },
  );
  t.end();
});

t.test('so it is with names and threads that have to be escaped', (t) => {
  const name = fc.oneof(fc.string(), fc.constantFrom('a"b', 'a\\', '\u2028', '","params":{"threadId":"'));
  fc.assert(
    fc.property(name, name, (method, threadId) => {
      const line = JSON.stringify({ method, params: { threadId, more: 1 }, emittedAtMs: 1 });
      t.same(scanned(line), parsed(line));
    }),
    { numRuns: 500 },
  );
  const escaped = '{"method":"\\u0061/b","params":{"threadId":"\\u0074"},"emittedAtMs":1}';
  t.match(scanned(escaped), { method: 'a/b', threadId: 't' });
  t.end();
});

t.test('half an event is not taken for a whole one', (t) => {
  const line = JSON.stringify({
    method: 'item/agentMessage/delta',
    params: { threadId: 't1', delta: '}' },
    emittedAtMs: 12,
  });
  for (let length = 0; length < line.length; length += 1) {
    t.equal(readEnvelope(Buffer.from(line.slice(0, length))), null, `${length} bytes`);
  }
  t.end();
});

t.test('another id, and not one other byte', (t) => {
  const line = Buffer.from('{ "error":{"id":1}, "id" : 17 , "x":"é" }');
  const id = readEnvelope(line)?.id;
  t.ok(id);
  if (id) t.equal(withId(line, id, '"a\\"b"').toString(), '{ "error":{"id":1}, "id" : "a\\"b" , "x":"é" }');
  t.end();
});

t.test('members, strings and objects in the bytes', (t) => {
  const bytes = Buffer.from('{"a":{"b":"x\\u0041\\\\","c":5},"a":1}');
  const whole = { start: 0, end: bytes.length };
  const a = memberOf(bytes, whole, Buffer.from('a'));
  t.ok(a);
  if (a === null) {
    t.end();
    return;
  }
  const b = memberOf(bytes, a, Buffer.from('b'));
  const c = memberOf(bytes, a, Buffer.from('c'));
  t.equal(b && stringAt(bytes, b), 'xA\\');
  t.equal(c && stringAt(bytes, c), null, 'no string');
  t.equal(memberOf(bytes, a, Buffer.from('d')), null);
  t.equal(c && memberOf(bytes, c, Buffer.from('d')), null, 'no object');
  t.equal(stringAt(Buffer.from('"\\q"'), { start: 0, end: 4 }), null, 'no valid string');
  t.same(parseObject(Buffer.from('{"a":1}')), { a: 1 });
  for (const text of ['[]', 'null', '{', '"x"']) t.equal(parseObject(Buffer.from(text)), null, text);
  t.end();
});
