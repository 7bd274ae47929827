/**
 * The broker in JavaScript, as it is shipped, for the processes that tests start: with hooks for TypeScript each of them
 * would take twice the time to start. A file is built again when its source has another time.
 */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');
/** Laid out like the package, and not among what coverage leaves out. */
const BUILT = join(ROOT, '.tap', 'built');
const FOLDERS = ['broker', 'protocol'];

interface Source {
  readonly from: string;
  readonly to: string;
}

/** Null where there is no such file. */
function modifiedMs(path: string): number | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : Math.round(stats.mtimeMs);
}

const isStale = ({ from, to }: Source): boolean => modifiedMs(from) !== modifiedMs(to);

/** With the time of its source. Whoever reads it meanwhile finds a whole file or none. */
function write({ from, to }: Source, text: string): void {
  const aside = `${to}.${process.pid}`;
  const { atime, mtime } = statSync(from);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(aside, text);
  utimesSync(aside, atime, mtime);
  renameSync(aside, to);
}

function transpile(compiler: typeof ts, path: string): string {
  const compilerOptions = {
    target: compiler.ScriptTarget.ES2023,
    module: compiler.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    inlineSourceMap: true,
    // What is covered are the sources.
    sourceRoot: pathToFileURL(dirname(path)).href,
  };
  return compiler.transpileModule(readFileSync(path, 'utf8'), { fileName: path, compilerOptions }).outputText;
}

const names = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
);
const stale = names
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ from: join(ROOT, name), to: join(BUILT, 'dist', name.replace(/\.ts$/, '.js')) }))
  .filter(isStale);
if (stale.length > 0) {
  const { default: compiler } = await import('typescript');
  for (const source of stale) write(source, transpile(compiler, source.from));
}

const manifest = { from: join(ROOT, 'package.json'), to: join(BUILT, 'package.json') };
if (isStale(manifest)) write(manifest, readFileSync(manifest.from, 'utf8'));

// The page that the broker serves is the one of the checkout.
const page = join(BUILT, 'dist', 'web');
if (lstatSync(page, { throwIfNoEntry: false }) === undefined) {
  symlinkSync(join(ROOT, 'dist', 'web'), `${page}.${process.pid}`);
  renameSync(`${page}.${process.pid}`, page);
}

/** What starts Node on a program of the broker, such as `broker/main`. */
export function program(name: string): readonly [node: string, file: string] {
  return [process.execPath, join(BUILT, 'dist', `${name}.js`)];
}
