import fc from 'fast-check';
import { unpack } from 'msgpackr';
import t from 'tap';
import { frameHead, jsonFrame, markerFrame, msgpackFrame, ownFrame } from '../../broker/framing/frames.js';

/** How msgpackr reads a member that JavaScript takes for a prototype. */
const withoutProto = (json: string): string => json.replaceAll('"__proto__":', '"__proto_":');

const text = (frame: Uint8Array | null): string => Buffer.from(frame ?? []).toString('utf8');

t.test('json: the position stands in front, all other bytes as they were', async (t) => {
  const head = frameHead('a "name"');
  for (const [line, frame] of [
    ['{"method":"x"}', '{"log":"a \\"name\\"","seq":7,"method":"x"}'],
    [' { "a" : 1.0 } ', '{"log":"a \\"name\\"","seq":7, "a" : 1.0 } '],
    ['{"a":"é\\u0041"}', '{"log":"a \\"name\\"","seq":7,"a":"é\\u0041"}'],
  ] as const)
    t.equal(text(jsonFrame(head, 7, Buffer.from(line))), frame);
});

t.test('json: any number of digits', async (t) => {
  for (const seq of [1, 99, 100_000, Number.MAX_SAFE_INTEGER])
    t.same(JSON.parse(text(jsonFrame(frameHead('t'), seq, Buffer.from('{"a":1}')))), { log: 't', seq, a: 1 });
});

t.test('both wires say the same', async (t) => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.dictionary(fc.string(), fc.jsonValue()), (log, seq, members) => {
      const line = Buffer.from(JSON.stringify({ method: 'm', params: members }));
      const json = jsonFrame(frameHead(log), seq, line);
      const expected: unknown = { log, seq, ...(JSON.parse(text(line)) as object) };
      t.same(JSON.parse(text(json)), expected);
      const unpacked = JSON.stringify(unpack(msgpackFrame(log, seq, json) ?? Buffer.alloc(0)));
      t.same(JSON.parse(unpacked), JSON.parse(withoutProto(JSON.stringify(expected))));
      t.same(msgpackFrame(log, seq, line), msgpackFrame(log, seq, json));
    }),
    { numRuns: 200 },
  );
});

t.test('a marker is the position alone', async (t) => {
  t.equal(text(markerFrame('json', 't1', 5)), '{"log":"t1","seq":5}');
  t.same(unpack(Buffer.from(markerFrame('msgpack', 't1', 5))), { log: 't1', seq: 5 });
});

t.test('a frame of one connection is the message itself', async (t) => {
  const line = Buffer.from('{"id":1,"result":1.0}');
  t.equal(ownFrame('stock', line), line);
  t.equal(ownFrame('json', line), line);
  t.same(unpack(Buffer.from(ownFrame('msgpack', line) ?? [])), { id: 1, result: 1 });
});

t.test('msgpack has no words for what is no JSON', async (t) => {
  for (const line of ['{"a":01}', '{"a":nonsense}', '[]']) {
    t.equal(msgpackFrame('t', 1, Buffer.from(line)), null, line);
    t.equal(ownFrame('msgpack', Buffer.from(line)), null, line);
  }
});
