import t from 'tap';
import { outcomeOf } from '../../web/thread/outcome.js';
import type { FileChange } from '../../client/runtime-types.js';
import type { ItemState, TurnState } from '../../client/types.js';
import { ANSI_CHARS_MAX, ANSI_SEGMENTS_MAX, LABEL_CHARS_MAX } from '../../web/limits.js';
import { segmentsOf, tailOf, unstyled } from '../../web/thread/ansi.js';
import { fileDiffOf, fileDiffsOf } from '../../web/thread/diff.js';
import { NO_ROWS, prepended, rowsOf } from '../../web/thread/rows.js';
import { durationOf, label, lastLineOf, plain, safeHref } from '../../web/thread/text.js';
import { itemOf, messageOf, turnOf } from './fixture/staged-thread.js';

const ESC = '\u001b';
const pieces = (output: string): string[][] =>
  segmentsOf(output).map(({ text, style, href }) => [text, style, ...(href === null ? [] : [href])]);

t.test('output has its colours, from the theme', async (t) => {
  t.strictSame(pieces(`a${ESC}[31mb${ESC}[1mc${ESC}[0md`), [
    ['a', ''],
    ['b', 'ansi-red'],
    ['c', 'ansi-red ansi-bold'],
    ['d', ''],
  ]);
  t.strictSame(pieces(`${ESC}[38;5;196mx${ESC}[38;2;10;20;250my`), [
    ['x', 'ansi-bright-red'],
    ['y', 'ansi-bright-blue'],
  ]);
  t.strictSame(pieces(`${ESC}[37;41mx`), [['x', 'ansi-on-red']], 'text on a colour is in that of the page');
  t.strictSame(pieces(`${ESC}[38;5;244mx${ESC}[48;5;232my`), [
    ['x', 'ansi-bright-black'],
    ['y', 'ansi-on-bright-black'],
  ]);
});

t.test('links of a terminal lead to web pages only', async (t) => {
  const link = (href: string): string => `${ESC}]8;;${href}${ESC}\\here${ESC}]8;;\u0007.`;
  t.strictSame(pieces(link('https://a.example/b')), [
    ['here', '', 'https://a.example/b'],
    ['.', ''],
  ]);
  for (const href of [
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:text/html,x',
    ' javascript:alert(1)',
  ])
    t.strictSame(pieces(link(href)), [['here.', '']], href);
});

t.test('what else a terminal does is not done', async (t) => {
  const all = [
    `${ESC}[2J`, `${ESC}[10;10H`, `${ESC}]0;title\u0007`, `${ESC}]52;c;AAAA${ESC}\\`, `${ESC}P1$r0m${ESC}\\`,
    `${ESC}c`, `${ESC}(B`, `${ESC}[?1049h`, '\u009b31m', '\u0007', `${ESC}[31`, `${ESC}[999999999999999999999A`, `${ESC}${ESC}[2J`,
  ]; // prettier-ignore
  for (const escape of all) t.match(unstyled(`a${escape}\nb`), /^a(31m)?\nb$/, JSON.stringify(escape));
  t.equal(unstyled('a\u202eb\u200bc'), 'a⟨U+202E⟩b⟨U+200B⟩c');
});

t.test('a bar that overwrites itself is shown as it is now', async (t) => {
  t.equal(unstyled('0%\r 50%\r100%\ndone\r\n'), '100%\ndone\n');
  t.equal(unstyled('N\u0008Na'), 'Na');
  t.strictSame(pieces(`${ESC}[32m10%\r20%`), [['20%', 'ansi-green']]);
});

t.test('a bomb of escapes is a bounded number of pieces', async (t) => {
  const began = performance.now();
  const bomb = Array.from({ length: 250_000 }, (_, index) => `${ESC}[3${index % 8}mx`).join('');
  const { text, isCut } = tailOf(bomb, ANSI_CHARS_MAX);
  const segments = segmentsOf(text);
  t.ok(isCut);
  t.ok(segments.length <= ANSI_SEGMENTS_MAX + 1, `${segments.length} pieces`);
  t.equal(segments.map((segment) => segment.text).join(''), unstyled(text), 'the text is all there');
  t.equal(segments.at(-1)?.style, '', 'the rest has no colours');
  const heavy = `${ESC}[${'1;'.repeat(20)}1m`.repeat(4_000);
  t.equal(segmentsOf(`${heavy}x`).length, 1);
  t.equal(segmentsOf(`${ESC}[${'1;'.repeat(100_000)}mx`).at(-1)?.text, 'x', 'one of no end');
  t.ok(performance.now() - began < 5_000, 'in bounded time');
});

t.test('a tail begins at a line, never inside an escape', async (t) => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n');
  t.same(tailOf(lines, 10_000, 2), { text: 'line 98\nline 99', isCut: true });
  t.same(tailOf(`${lines}\n\n`, 10_000, 1), { text: 'line 99\n\n', isCut: true });
  t.equal(tailOf(lines, 20).text, 'line 98\nline 99');
  t.same(tailOf('short', 10, 3), { text: 'short', isCut: false });
  const styled = `${'a'.repeat(50)}${ESC}[38;5;196m${'b'.repeat(10)}`;
  t.strictSame(pieces(tailOf(styled, 15).text), [['b'.repeat(10), 'ansi-bright-red']]);
});

t.test('what was running when its turn was stopped does not run any more', async (t) => {
  t.equal(outcomeOf('inProgress', { inProgress: true }), 'running');
  t.equal(outcomeOf('inProgress', { inProgress: false }), 'stopped');
  t.equal(outcomeOf('failed', { inProgress: false }), 'bad');
});

t.test('labels say what they are', async (t) => {
  t.equal(label('gpj.\u202egnp.exe'), 'gpj.⟨U+202E⟩gnp.exe');
  t.equal(label('a\u200bb\u2066c\ufeff'), 'a⟨U+200B⟩b⟨U+2066⟩c');
  t.equal(label('a\u{e0041}b\u3164c\u2800'), 'a⟨U+E0041⟩b⟨U+3164⟩c⟨U+2800⟩', 'tags and fillers');
  t.equal(label('👩‍👩‍👧 семья'), '👩‍👩‍👧 семья', 'an emoji stays whole');
  t.equal(label(' a\n\tb '), 'a b');
  t.equal(label('x'.repeat(1_000_000)).length, LABEL_CHARS_MAX + 1);
  t.equal(label(null), '');
  t.equal(plain('a\n\tb\u0000'), 'a\n\tb⟨U+0000⟩');
  t.equal(lastLineOf('one\ntwo\n'), 'two');
  t.same([40, 400, 12_000, 185_000, 3_720_000, -1, NaN].map(durationOf), [
    '40 ms',
    '0.4 s',
    '12 s',
    '3 min 5 s',
    '1 h 2 min',
    '',
    '',
  ]);
  for (const href of ['javascript:alert(1)', '//x.example', 'vbscript:x', 'data:text/html,x', '', 'a b'])
    t.equal(safeHref(href), null, href);
});

t.test('a diff is lines with their numbers', async (t) => {
  const diff = '@@ -3,3 +3,4 @@ f\n a\n-b\n+c\n+d\n e\n\\ No newline at end of file\n';
  const file = fileDiffOf({ path: 'x', kind: { type: 'update', move_path: 'y' }, diff });
  t.match(file, { path: 'x', movedTo: 'y', kind: 'update', added: 2, removed: 1 });
  t.same(
    file.lines.map(({ kind, before, after, text }) => [kind, before, after, text]),
    [
      ['hunk', null, null, '@@ -3,3 +3,4 @@ f'],
      ['context', 3, 3, 'a'],
      ['removed', 4, null, 'b'],
      ['added', null, 4, 'c'],
      ['added', null, 5, 'd'],
      ['context', 5, 6, 'e'],
      ['note', null, null, '\\ No newline at end of file'],
    ],
  );
  const added = fileDiffOf({ path: 'n', kind: { type: 'add' }, diff: '+a\nb\n' });
  t.same(added.lines.map(({ kind, text }) => [kind, text]), [['added', '+a'], ['added', 'b']]); // prettier-ignore
  t.match(
    fileDiffOf({} as FileChange),
    { path: '', kind: 'update', added: 0, removed: 0 },
    'one that lacks all',
  );
});

t.test('the diff of a turn is one for each file', async (t) => {
  const files = fileDiffsOf(
    [
      'diff --git a/a.ts b/a.ts',
      'index 1..2 100644',
      '--- a/a.ts',
      '+++ b/a.ts',
      '@@ -1 +1 @@',
      '-x',
      '+y',
      'diff --git a/n.ts b/n.ts',
      'new file mode 100644',
      '--- /dev/null',
      '+++ b/n.ts',
      '@@ -0,0 +1 @@',
      '+--- z',
      'diff --git a/d.ts b/d.ts',
      '--- a/d.ts',
      '+++ /dev/null',
      '@@ -1 +0,0 @@',
      '-x',
      'diff --git a/o.ts b/p.ts',
      'similarity index 100%',
      'rename from o.ts',
      'rename to p.ts',
    ].join('\n'),
  );
  t.same(
    files.map(({ path, kind, movedTo, added, removed }) => [path, kind, movedTo, added, removed]),
    [
      ['a.ts', 'update', null, 1, 1],
      ['n.ts', 'add', null, 1, 0],
      ['d.ts', 'delete', null, 0, 1],
      ['o.ts', 'update', 'p.ts', 0, 0],
    ],
  );
  t.same(fileDiffsOf(''), []);
});

const turns = (count: number): TurnState[] =>
  Array.from({ length: count }, (_, turn) => turnOf(`t${turn}`, [messageOf('a', 'x'), messageOf('b', 'y')]));

t.test('a delta makes one row anew', async (t) => {
  const before = rowsOf(turns(100), NO_ROWS);
  const last = before.rows.length - 2;
  const state = [...before.turns.keys()];
  const turn = state.at(-1) as TurnState;
  const grown = { ...turn, items: [turn.items[0] as ItemState, messageOf('b', 'yy')] };
  const after = rowsOf([...state.slice(0, -1), grown], before);
  t.equal(after.rows.length, 400);
  t.same(
    after.rows.flatMap((row, index) => (row === before.rows[index] ? [] : [index])),
    [last],
  );
  t.equal(after.rows[last]?.key, before.rows[last]?.key, 'its key stays');
  const over = rowsOf([...state.slice(0, -1), { ...grown, status: 'failed' }], after);
  t.same(
    over.rows.flatMap((row, index) => (row === after.rows[index] ? [] : [row.kind])),
    ['foot'],
    'the end of a turn is one row, too',
  );
});

t.test('rows have keys of their own whatever the ids are', async (t) => {
  const odd = turnOf('t', [
    messageOf('head', ''),
    messageOf('x', ''),
    messageOf('x', ''),
    messageOf('foot', ''),
  ]);
  const { rows } = rowsOf([odd, odd, turnOf('t head', [])], NO_ROWS);
  t.equal(new Set(rows.map(({ key }) => key)).size, rows.length);
  t.equal(rows.filter(({ kind }) => kind === 'item').length, 3);
});

t.test('a plan is a row that comes and stays', async (t) => {
  const plan = { explanation: null, steps: [{ step: 'a', status: 'pending' as const }] };
  const turn = turnOf('t', [itemOf({ type: 'contextCompaction', id: 'c' })]);
  const before = rowsOf([turn], NO_ROWS);
  const after = rowsOf([{ ...turn, plan }], before);
  t.same(after.rows.map(({ kind }) => kind), ['head', 'item', 'plan', 'foot']); // prettier-ignore
  t.equal(after.rows[1], before.rows[1]);
  t.equal(after.rows[3], before.rows[2], 'the foot is the same, one further');
});

t.test('rows that come in front are counted', async (t) => {
  const all = turns(5);
  const { rows } = rowsOf(all, NO_ROWS);
  const { rows: late } = rowsOf(all.slice(2), NO_ROWS);
  t.equal(prepended(rows, late), 8);
  t.equal(prepended(late, late), 0);
  t.equal(prepended(late, rows), 0);
  t.equal(prepended(late, []), 0);
});
