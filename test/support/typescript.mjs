/**
 * Runs TypeScript in the tests and their child processes (`node --import` this file), in place of tap's own loader:
 * this one keeps what it has transpiled, which halves the time of a file of tests.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { register } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import processOnSpawn from 'process-on-spawn';

const CACHE = new URL('../../node_modules/.cache/threadcast-test/', import.meta.url);

/** What tap has each process load that a test starts, too. */
const OF_TAP = /"?--import=\S*\/@tapjs\/\S*/g;

// Node runs the hooks below in a thread of their own, which loads this file once more.
if (isMainThread) {
  register(import.meta.url);
  if (process.execArgv.some((arg) => arg.match(OF_TAP))) releaseChildren();
}

/**
 * What a test starts goes without what tap would have it load, which takes as long as the broker's own start. Node
 * itself records what is covered there.
 */
function releaseChildren() {
  const { _TAPJS_PROCESSINFO_COVERAGE_: isCovered, _TAPJS_PROCESSINFO_CWD_: folder } = process.env;
  if (isCovered === '1') process.env.NODE_V8_COVERAGE = join(folder, '.tap', 'coverage');
  // Children are started as this process was, from wherever they are.
  const others = process.execArgv.filter((arg) => !arg.match(OF_TAP) && !arg.endsWith('/typescript.mjs'));
  process.execArgv = [...others, `--import=${import.meta.url}`];
  processOnSpawn.addListener(({ env }) => {
    env.NODE_OPTIONS = (env.NODE_OPTIONS ?? '').replaceAll(OF_TAP, '').trim();
  });
}

const ROOT = new URL('../../', import.meta.url);
/** What the package exports, which examples import by its name, and where its source is. */
const EXPORTS = new Map([
  ['threadcast/client', 'client/index.ts'],
  ['threadcast/client/msgpack', 'client/msgpack.ts'],
  ['threadcast/client/node', 'client/node.ts'],
]);

/** TypeScript imports `x.ts` by the name of what it becomes, `x.js`. */
export function resolve(specifier, context, next) {
  const own = EXPORTS.get(specifier);
  if (own !== undefined) return next(new URL(own, ROOT).href, context);
  const isSource = specifier.startsWith('.') && context.parentURL?.endsWith('.ts') === true;
  return next(isSource ? specifier.replace(/\.js$/, '.ts') : specifier, context);
}

export async function load(url, context, next) {
  // What packages are made of is not handed on to tap, which would keep it, and read its source maps.
  if (context.format === 'module' && url.includes('/node_modules/'))
    return { format: 'module', shortCircuit: true, source: await readFile(new URL(url)) };
  if (!url.endsWith('.ts')) return next(url, context);
  const source = await readFile(new URL(url), 'utf8');
  const key = createHash('sha256').update(url).update(source).digest('hex');
  const cached = fileURLToPath(new URL(`${key}.js`, CACHE));
  const kept = await readFile(cached, 'utf8').catch(() => null);
  return { format: 'module', shortCircuit: true, source: kept ?? (await transpile(url, source, cached)) };
}

async function transpile(url, source, cached) {
  const { default: ts } = await import('typescript');
  const { outputText } = ts.transpileModule(source, {
    fileName: fileURLToPath(url),
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  });
  const aside = `${cached}.${randomUUID()}`;
  await mkdir(dirname(cached), { recursive: true });
  await writeFile(aside, outputText);
  // Whoever reads it meanwhile finds a whole file or none.
  await rename(aside, cached);
  return outputText;
}
