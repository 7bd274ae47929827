import fc from 'fast-check';
import { Packr } from 'msgpackr';
import t from 'tap';
import { encodeMsgpack, msgpackToJson } from '../../protocol/index.js';

const read = (bytes: readonly number[] | Uint8Array): unknown => {
  const json = msgpackToJson(Uint8Array.from(bytes), true);
  return json === null ? null : (JSON.parse(Buffer.from(json).toString('utf8')) as unknown);
};

t.test('what was packed is read as the same, whoever packs it', (t) => {
  const other = new Packr({ useRecords: false, variableMapSize: true });
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 })), (message) => {
      // A name that objects have a meaning for is no name here.
      fc.pre(!JSON.stringify(message).includes('__proto__'));
      const expected: unknown = JSON.parse(JSON.stringify(message));
      t.same(read(encodeMsgpack(message)), expected);
      t.same(read(other.pack(message)), expected);
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('every size of strings, arrays and maps', (t) => {
  for (const length of [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536]) {
    const text = 'x'.repeat(length);
    const list = Array.from({ length }, () => 0);
    const map = Object.fromEntries(list.map((_, i) => [`k${i}`, 1]));
    t.same(read(encodeMsgpack({ text, list, map })), { text, list, map }, String(length));
  }
  t.end();
});

t.test('whatever the bytes are, they are a message or none, and never an end', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(), (bytes, cut) => {
      read(bytes);
      const whole = encodeMsgpack({ id: 1, method: 'm', params: [...bytes] });
      const length = cut % whole.length;
      t.equal(read(whole.subarray(0, length)), null, 'half a message is none');
      const wrong = Buffer.from(whole);
      wrong[length] = bytes[0] ?? 0xc1;
      read(wrong);
    }),
    { numRuns: 1000 },
  );
  t.end();
});

const none: readonly (readonly [string, readonly number[]])[] = [
  ['the byte that is never used', [0xc1]],
  ['binary', [0xc4, 0x01, 0x00]],
  ['an extension', [0xc7, 0x01, 0x05, 0x00]],
  ['a fixed extension', [0xd4, 0x05, 0x00]],
  ['a record definition', [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 0x01]],
  ['a timestamp', [0xd6, 0xff, 0, 0, 0, 0]],
  ['NaN', [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]],
  ['infinity inside', [0x91, 0xca, 0x7f, 0x80, 0, 0]],
  ['a string that is longer than the frame', [0xdb, 0xff, 0xff, 0xff, 0xff, 0x61]],
  ['an array that is longer than the frame', [0xdd, 0xff, 0xff, 0xff, 0xff]],
  ['a map that is longer than the frame', [0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61]],
  ['half a length', [0xda, 0x00]],
  ['a key without a value', [0x81, 0xa1, 0x61]],
  ['a second value', [0x01, 0x01]],
  ['text that is not UTF-8', [0x81, 0xa1, 0x61, 0xa2, 0xc3, 0x28]],
  ['half a surrogate pair', [0xa3, 0xed, 0xa0, 0x80]],
];

for (const [what, bytes] of none) {
  t.test(`${what} is none`, (t) => {
    t.equal(read(bytes), null);
    t.same(read([0x81, 0xa1, 0x61, 0x01]), { a: 1 }, 'and the next one is read as ever');
    t.end();
  });
}
