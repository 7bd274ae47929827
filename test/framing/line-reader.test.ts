import fc from 'fast-check';
import t from 'tap';
import { LineReader } from '../../broker/framing/line-reader.js';

function read(
  chunks: readonly Buffer[],
  lineBytesMax = 1000,
): { lines: string[]; tooLong: number[]; heads: string[]; left: string } {
  const lines: string[] = [];
  const tooLong: number[] = [];
  const heads: string[] = [];
  const reader = new LineReader(lineBytesMax, {
    line: (line) => lines.push(line.toString('utf8')),
    tooLong: (bytes, head) => {
      tooLong.push(bytes);
      heads.push(head.toString('latin1'));
    },
  });
  for (const chunk of chunks) reader.push(chunk);
  return { lines, tooLong, heads, left: reader.end().toString('utf8') };
}

t.test('lines are the same however the bytes are cut into chunks', (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.nat(20)), (texts, cuts) => {
      const clean = texts.map((text) => text.replaceAll(/[\r\n]/g, '')).filter((text) => text !== '');
      const bytes = Buffer.from(clean.map((text) => `${text}\n`).join(''));
      const chunks: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) chunks.push(bytes.subarray(at, (at += cut)));
      chunks.push(bytes.subarray(at));
      t.same(
        read(chunks, 10_000).lines,
        clean.map((text) => Buffer.from(text).toString('utf8')),
      );
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('empty lines and carriage returns are no part of a message', (t) => {
  t.same(read([Buffer.from('\n\r\na\r\n\r\n'), Buffer.from('b\r'), Buffer.from('\nc\n')]).lines, [
    'a',
    'b',
    'c',
  ]);
  t.end();
});

t.test('a line of exactly the cap passes, one byte more is dropped and told, and the next is read', (t) => {
  const line = (bytes: number): string => `${'x'.repeat(bytes)}\n`;
  const { lines, tooLong } = read([Buffer.from(line(10) + line(11) + line(3))], 10);
  t.same(lines, ['x'.repeat(10), 'xxx']);
  t.same(tooLong, [11]);
  const inPieces = read(
    `${line(10)}${line(25)}${line(3)}`.split('').map((byte) => Buffer.from(byte)),
    10,
  );
  t.same(inPieces.lines, ['x'.repeat(10), 'xxx']);
  t.same(inPieces.tooLong, [25]);
  t.end();
});

t.test('a last line without a newline is not a message', (t) => {
  const { lines, left } = read([Buffer.from('whole\nhal')]);
  t.same(lines, ['whole']);
  t.equal(left, 'hal');
  t.end();
});

t.test('of a line that is dropped it is told how it began, however it came', (t) => {
  const head = `{"id":12,"result":${'y'.repeat(238)}`;
  const line = `${head}${'x'.repeat(1000)}\n`;
  const short = `{"id":13${'x'.repeat(20)}\n`;
  for (const size of [1, 7, 11, 256, 257, 600, 5000]) {
    const bytes = Buffer.from(`ok\n${line}ok\n${short}${line}`);
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
    const { lines, heads } = read(chunks, 20);
    t.same(lines, ['ok', 'ok'], `chunks of ${size}`);
    const [first, second, third] = heads;
    t.equal(heads.length, 3);
    for (const one of [first, third]) t.ok(one !== undefined && line.startsWith(one) && one.length > 20);
    t.ok(short.startsWith(second ?? 'nothing'));
  }
  t.equal(read([Buffer.from(line)], 20).heads[0], head, 'as much as tells which answer it is');
  t.end();
});
