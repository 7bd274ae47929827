import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import {
  emptyNames,
  FILE_LINES_MAX,
  FUNCTION_LINES_MAX,
  longFiles,
  longFunctions,
  marked,
  unreached,
  wrongImports,
} from './tidy.js';
import type { Complaint, File } from './tidy.js';

/** What may be longer all the same: the complaint without its number, and the reason. */
const allowed: Readonly<Record<string, string>> = {
  'protocol/methods.ts': 'one table, a line or two for each of 190 methods',
  'broker/broker.ts: constructor': 'builds the parts and connects them, and does nothing else',
};

/** Programs that tests start as processes of their own. */
const ENTRIES = ['broker/main.ts', 'broker/demo/main.ts', 'broker/attachments/check-store.ts'];

/** Every file that is tracked, or is about to be. */
function trackedFiles(): File[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  const paths = listed.toString('utf8').split('\0');
  return paths
    .filter((path) => existsSync(path) && path !== '')
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/** The complaint without its number, as it stands in the list of what is allowed. */
const subjectOf = (complaint: Complaint): string => complaint.replace(/( has)?:? \d+ lines$/, '');

t.test('this project', async (t) => {
  const files = trackedFiles();
  const long = [...longFiles(files), ...longFunctions(files)];
  t.same(
    long.filter((complaint) => !(subjectOf(complaint) in allowed)),
    [],
    'files and functions are short',
  );
  t.same(
    Object.keys(allowed).filter((subject) => !long.some((complaint) => subjectOf(complaint) === subject)),
    [],
    'nothing is allowed in vain',
  );
  t.same(wrongImports(files), [], 'imports go one way');
  t.same(emptyNames(files), [], 'names say something');
  t.same(marked(files), [], 'nothing is left lying about');
  t.same(unreached(files, ENTRIES), [], 'tests load every source file');
  t.ok(files.length > 100, 'it has looked at something');
});

const file = (path: string, ...lines: readonly string[]): File => ({ path, text: lines.join('\n') });
const filler = (count: number): string[] => Array.from({ length: count }, (_, line) => `call(${line});`);

t.test('a file that is too long', async (t) => {
  t.same(longFiles([file('a.ts', ...filler(FILE_LINES_MAX), '')]), []);
  t.same(longFiles([file('a.ts', ...filler(FILE_LINES_MAX + 1))]), ['a.ts: 301 lines']);
  t.same(longFiles([file('a.md', ...filler(FILE_LINES_MAX + 1))]), []);
  t.equal(subjectOf('a.ts: 301 lines'), 'a.ts');
});

t.test('a function that is too long, of any kind', async (t) => {
  const kinds: readonly (readonly [string, string, string])[] = [
    ['f', 'function f() {', '}'],
    ['a function', 'const f = () => {', '};'],
    ['a function', 'const f = function () {', '};'],
    ['m', 'class C { m() {', '}}'],
    ['constructor', 'class C { constructor() {', '}}'],
    ['x', 'class C { get x() {', '}}'],
    ['a function', "t.test('a', async (t) => {", '});'],
  ];
  for (const [name, head, tail] of kinds) {
    t.same(longFunctions([file('a.ts', head, ...filler(FUNCTION_LINES_MAX - 2), tail)]), [], head);
    const long = longFunctions([file('a.ts', head, ...filler(FUNCTION_LINES_MAX - 1), tail)]);
    t.same(long, [`a.ts: ${name} has 61 lines`], head);
    t.equal(subjectOf(long[0] ?? ''), `a.ts: ${name}`);
  }
});

t.test('a list of test cases is as long as it has to be', async (t) => {
  const body = filler(FUNCTION_LINES_MAX - 2);
  const cases = [1, 2].flatMap(() => ['  t.test(() => {', ...body, '  });']);
  const list = ['function contract(t) {', ...cases, '}'];
  t.same(longFunctions([file('test/a.ts', ...list)]), []);
  t.same(longFunctions([file('broker/a.ts', ...list)]), ['broker/a.ts: contract has 122 lines']);
  const long = ['function contract(t) {', ...cases, ...body, '}'];
  t.same(longFunctions([file('test/a.ts', ...long)]), ['test/a.ts: contract has 64 lines']);
});

t.test('an import in the wrong direction', async (t) => {
  const wrong: readonly (readonly [string, string])[] = [
    ['protocol/a.ts', "import { readFileSync } from 'node:fs';"],
    ['protocol/a.ts', "import type { B } from '../broker/b.js';"],
    ['broker/a.ts', "import { c } from '../client/c.js';"],
    ['broker/thread/a.ts', "import { b } from '../../test/b.js';"],
    ['broker/cli/a.ts', "const b = await import('../../bench/b.js');"],
    ['broker/thread/a.ts', "export { listen } from '../transports/ws.js';"],
    ['broker/ops/a.ts', "import { startChild } from '../runtime/child.js';"],
    ['broker/config.ts', "import { startRuntime } from './runtime/start.js';"],
    ['broker/runtime/a.ts', "import { wsServer } from '../transports/ws.js';"],
    ['broker/transports/a.ts', "import type { Thread } from '../thread/thread.js';"],
    ['broker/framing/a.ts', "import { newCounters } from '../ops/counters.js';"],
    ['broker/demo/a.ts', "import { Broker } from '../broker.js';"],
    ['broker/runtime/a.ts', "import { Demo } from '../demo/demo.js';"],
  ];
  for (const [path, line] of wrong)
    t.equal(wrongImports([file(path, '', line)]).length, 1, `${path}: ${line}`);
  const [complaint] = wrongImports([file('protocol/a.ts', '', "import 'node:fs';")]);
  t.equal(complaint, 'protocol/a.ts:2: imports node:fs, but protocol/ runs in a browser and knows nobody');

  const right: readonly (readonly [string, string])[] = [
    ['protocol/a.ts', "import { z } from 'zod'; import { b } from './b.js';"],
    ['broker/thread/a.ts', "import { close } from '../../protocol/close.js';"],
    ['broker/thread/a.ts', "import type { Transport } from '../transports/transport.js';"],
    ['broker/broker.ts', "import { Upstream } from './runtime/upstream.js';"],
    ['broker/cli/serve.ts', "import { listen } from '../transports/listen.js';"],
    ['broker/transports/a.ts', "import { LineReader } from '../framing/line-reader.js';"],
    ['test/a.ts', "import { Broker } from '../broker/broker.js'; import 'node:fs';"],
  ];
  for (const [path, line] of right) t.same(wrongImports([file(path, line)]), [], `${path}: ${line}`);
});

t.test('a name that says nothing', async (t) => {
  for (const path of ['a/utils.ts', 'helpers/a.ts', 'a/ring-util.ts', 'manager.test.ts', 'misc/a.ts'])
    t.equal(emptyNames([file(path)]).length, 1, path);
  t.same(emptyNames([file('broker/utility-knife.ts'), file('broker/help.ts')]), []);
});

t.test('what is left lying about', async (t) => {
  // Put together here, as this file is looked at, too.
  const left: readonly (readonly [string, string])[] = [
    ['README.md', `TO${'DO'}: write`],
    ['a.ts', `// FIX${'ME'}`],
    ['a.ts', `const x = '/${'work'}/main';`],
    ['a.json', `{ "x": "/${'root'}/.cache" }`],
    ['a.md', `see /${'home'}/somebody/x`],
    ['package-lock.json', `"resolved": "https://${'registry'}.example.org/a.tgz"`],
    ['a.test.ts', `t.${'skip'}('a', () => {});`],
    ['a.test.ts', `t.${'only'}('a', () => {});`],
    ['a.test.ts', `t.test('a', { ${'skip'}: true }, () => {});`],
    ['a.ts', `/* ${'c8'} ignore next */`],
    ['a.ts', `// @ts-${'ignore'}`],
    ['a.ts', `// oxlint-${'disable'}-next-line no-console`],
  ];
  for (const [path, line] of left) t.equal(marked([file(path, 'fine', line)]).length, 1, `${path}: ${line}`);
  const fine = [
    file(
      'README.md',
      '/home/you/.local/state',
      'the method stands',
      'https://example.com/work/x',
      '~/work/x',
    ),
    file('a.test.ts', "t.test('a', { skip: noCodex }, run);", 'list.todoList()'),
    file('a.ts', `// oxlint-${'disable'}-next-line no-console -- this is a program for people`),
  ];
  t.same(marked(fine), []);
});

t.test('a source that nothing loads', async (t) => {
  const files = [
    file('test/a.test.ts', "import { b } from '../broker/b.js';"),
    file('broker/b.ts', "import type { C } from './c.js'; export * from '../protocol/d.js';"),
    file('broker/c.ts'),
    file('protocol/d.ts'),
    file('broker/main.ts', "await import('./e.js');"),
    file('broker/e.ts'),
    file('broker/dead.ts', "import './also-dead.js';"),
    file('broker/also-dead.ts'),
    file('bench/f.ts'),
  ];
  const dead = ['broker/dead.ts', 'broker/also-dead.ts'].map((path) => `${path}: no test loads it`);
  t.same(unreached(files, ['broker/main.ts']), dead);
});
