/**
 * After tap: fails when fewer lines of broker/ and protocol/ are covered than have to be, or when no test has loaded
 * one of their files. A file of types alone leaves nothing to load.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

const LINES_PERCENT_MIN = 95;

/** @type {Record<string, { lines: { total: number, covered: number } }>} */
const summary = JSON.parse(readFileSync('.tap/report/coverage-summary.json', 'utf8'));
const measured = new Map(Object.entries(summary).map(([file, { lines }]) => [relative('.', file), lines]));

const files = ['broker', 'protocol'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file)),
);

/** @param {string} file */
function isTypesAlone(file) {
  const options = {
    compilerOptions: { target: ts.ScriptTarget.ES2023, removeComments: true, verbatimModuleSyntax: true },
  };
  return ts.transpileModule(readFileSync(file, 'utf8'), options).outputText.trim() === 'export {};';
}

const notLoaded = files.filter((file) => !measured.has(file) && !isTypesAlone(file));
const lines = files.flatMap((file) => measured.get(file) ?? []);
const total = lines.reduce((sum, one) => sum + one.total, 0);
const covered = lines.reduce((sum, one) => sum + one.covered, 0);
const percent = (100 * covered) / total;

process.stdout.write(`coverage of broker/ and protocol/: ${percent.toFixed(2)} % of ${total} lines\n`);
for (const file of notLoaded) process.stdout.write(`no test loads ${file}\n`);
process.exitCode = notLoaded.length === 0 && percent >= LINES_PERCENT_MIN ? 0 : 1;
