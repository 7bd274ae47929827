import t from 'tap';
import { ownCopy, Slab } from '../../broker/thread/slab.js';

/** A line as it comes: a view of a chunk. */
const view = (text: string): Buffer => Buffer.from(`before${text}behind`).subarray(6, 6 + text.length);

t.test('lines are copied, each into its own place of a block', async (t) => {
  const slab = new Slab();
  const lines = Array.from({ length: 3000 }, (_, i) => view(`line ${i} ${'x'.repeat(i % 100)}`));
  const texts = lines.map((line) => line.toString('utf8'));
  const copies = lines.map((line) => slab.copy(line));
  for (const line of lines) line.fill(0);
  t.same(
    copies.map((copy) => copy.toString('utf8')),
    texts,
  );
});

t.test('blocks are small at first and bounded later', async (t) => {
  const slab = new Slab();
  const blocks = new Set<number>();
  for (let i = 0; i < 10_000; i += 1) blocks.add(slab.copy(view('x'.repeat(100))).buffer.byteLength);
  t.same([...blocks], [2048, 4096, 8192, 16_384, 32_768, 65_536]);
});

t.test('a first line that is longer than the first block finds room', async (t) => {
  const copy = new Slab().copy(view('x'.repeat(5000)));
  t.equal(copy.toString('utf8'), 'x'.repeat(5000));
  t.equal(copy.buffer.byteLength, 8192);
});

t.test('a long line is no part of a block, and one that is a buffer of its own is not copied', async (t) => {
  const slab = new Slab();
  t.equal(slab.copy(view('x'.repeat(16_384))).buffer.byteLength, 16_384, 'a quarter of a block is shared');
  const long = slab.copy(view('x'.repeat(16_385)));
  t.equal(long.buffer.byteLength, 16_385);
  const own = Buffer.allocUnsafeSlow(100_000).fill('y');
  t.equal(slab.copy(own), own);
});

t.test('a copy of its own shares its memory with nothing', async (t) => {
  const copy = ownCopy(view('text'));
  t.equal(copy.toString('utf8'), 'text');
  t.equal(copy.buffer.byteLength, 4);
  t.equal(ownCopy(Buffer.alloc(0)).length, 0);
});
