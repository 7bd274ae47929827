import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import ts from 'typescript';
import { importsOf } from './tidy.js';

const files = readdirSync('protocol')
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('protocol', name));

t.test('protocol/ needs nothing that a browser has not: its types know only the browser', async (t) => {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  });
  const complaints = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  t.same(complaints, []);
  t.ok(program.getSourceFiles().some(({ fileName }) => fileName.endsWith('lib.dom.d.ts')));
});

/** Libraries that run in a browser. */
const LIBRARIES: ReadonlySet<string> = new Set(['zod', 'msgpackr']);

t.test('compiled, it imports itself and libraries that run in a browser', async (t) => {
  for (const path of files) {
    const { outputText: text } = ts.transpileModule(readFileSync(path, 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    });
    const foreign = importsOf({ path, text }).filter(
      ({ to }) => !LIBRARIES.has(to) && !to.startsWith('protocol/'),
    );
    t.same(foreign, [], path);
  }
});
