import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { BLOCK_CHARS_MAX, NESTING_MAX } from '../../web/limits.js';
import { blocksOf } from '../../web/thread/markdown/blocks.js';
import type { Block, Blocks } from '../../web/thread/markdown/blocks.js';
import { htmlOf } from '../../web/thread/markdown/html.js';

const RUNS = process.env['THREADCAST_TEST_LONG'] === undefined ? 400 : 20_000;

/** What is drawn of blocks: `code` as it is, the others as HTML. */
const drawn = (blocks: readonly Block[]): (string | null)[] =>
  blocks.map((block) => (block.kind === 'markdown' ? htmlOf(block) : `${block.language}|${block.text}`));

/** The blocks of a text that came in these pieces. */
function streamed(pieces: readonly string[]): Blocks {
  let text = '';
  let blocks = blocksOf('');
  for (const piece of pieces) {
    text += piece;
    blocks = blocksOf(text, blocks);
  }
  return blocks;
}

/** Beginnings of everything that markdown has, so that they meet in all ways. */
const piece = fc.constantFrom(
  'a word ', 'b', '\n', '\n\n', '\r\n', '\r', ' ', '    ', '\t', '  \n', '# ', '#', '- ', '-', '* ', '*', '**', '1. ', '2', '2. ',
  '> ', '>', '```', '```ts\n', '~~~\n', '`', '---\n', '===\n', '| a | b |\n', '| - | - |\n', '|', '[x]', '[x]: http://x.example\n', '[x]: /',
  '[y](http://y.example)', '![z](z.png)', '<div>', '</div>\n', '<!--', '-->', '<b>', 'http://u.example ', '- [ ] ', '\\', '&amp;', '1', '.', '+ ',
); // prettier-ignore

t.test('a text that comes in pieces is cut as the whole is', async (t) => {
  const settled = { most: 0 };
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 4 }), { maxLength: 40 }), (groups) => {
      const pieces = groups.map((group) => group.join(''));
      const inPieces = streamed(pieces);
      settled.most = Math.max(settled.most, inPieces.settled);
      assert.deepEqual(drawn(inPieces.blocks), drawn(blocksOf(pieces.join('')).blocks));
    }),
    { numRuns: RUNS },
  );
  t.ok(settled.most > 0, 'some of it was not read again');
});

t.test('what comes next may join what seemed to be over', async (t) => {
  const texts = [
    ['1. a\n\n2', '. b\n\nc'],
    ['- a\n\n-', ' b\n\n-', ' c'],
    ['- a\n\n ', '  b'],
    ['a\n#', 'b'],
    ['a\n\nb\n', '==='],
    ['| a | b |\n', '| - | - |\n| c |', ' d |'],
    ['```\na\n\nb\n\n', '```\n\nc'],
    ['<!-- a\n\nb\n\n', '--> c\n\nd'],
    ['a\n\n    b\n\n', '    c\n\nd'],
  ];
  for (const pieces of texts)
    t.strictSame(drawn(streamed(pieces).blocks), drawn(blocksOf(pieces.join('')).blocks), pieces.join('|'));
});

t.test('only the end of a text is read again', async (t) => {
  const settledText = 'A paragraph.\n\n- a list\n- of two\n\n```js\ncode()\n```\n\nAnother one.\n\n'.repeat(
    20,
  );
  const before = blocksOf(`${settledText}The end`);
  const after = blocksOf(`${settledText}The end of it`, before);
  t.ok(after.settled > settledText.length - 60, 'all but the last blocks are settled');
  t.equal(after.blocks.length, 81);
  t.ok(
    before.blocks.slice(0, -1).every((block, index) => after.blocks[index] === block),
    'the others are the same',
  );
  t.not(after.blocks.at(-1), before.blocks.at(-1));
  t.equal(blocksOf(`${settledText}The end of it`, after), after, 'what says the same is the same');
});

t.test('a text that is another one is read anew', async (t) => {
  const before = blocksOf('# One\n\nTwo\n\nThree');
  t.strictSame(drawn(blocksOf('# Uno\n\nTwo', before).blocks), drawn(blocksOf('# Uno\n\nTwo').blocks));
});

t.test('a link that is defined later is a link', async (t) => {
  const pieces = [
    'See [the notes][n].\n\nMore.\n\nStill more.\n\n',
    '[n]: https://notes.example\n\n',
    'End.',
  ];
  const [first] = drawn(streamed(pieces).blocks);
  t.match(first, /<a href="https:\/\/notes.example">the notes<\/a>/);
});

t.test('what is nested too deeply is shown as it was written', async (t) => {
  const kinds = (text: string): string[] => blocksOf(text).blocks.map(({ kind }) => kind);
  t.strictSame(kinds(`${'>'.repeat(NESTING_MAX)} a`), ['markdown']);
  t.strictSame(kinds(`${'>'.repeat(NESTING_MAX + 1)} a`), ['plain']);
  t.strictSame(kinds('>'.repeat(10_000)), ['plain']);
  t.strictSame(kinds(`${'- '.repeat(10_000)}a`), ['plain']);
  t.strictSame(kinds(`fine\n\n${'1. '.repeat(10_000)}a`), ['plain']);
  const deep = Array.from({ length: 200 }, (_, depth) => `${'  '.repeat(depth)}- x`).join('\n');
  t.strictSame(kinds(deep), ['plain'], 'more than a block may have');
  t.equal(htmlOf({ kind: 'markdown', text: `${'>'.repeat(20_000)}a`, language: '', links: {} }), null);
});

t.test('a block that is too long is shown as it was written, code is not', async (t) => {
  const kinds = (text: string): string[] => blocksOf(text).blocks.map(({ kind }) => kind);
  t.strictSame(kinds('a'.repeat(BLOCK_CHARS_MAX)), ['markdown']);
  t.strictSame(kinds('a'.repeat(BLOCK_CHARS_MAX + 1)), ['plain']);
  t.strictSame(kinds(`\`\`\`\n${'a\n'.repeat(BLOCK_CHARS_MAX)}\`\`\``), ['code']);
});
