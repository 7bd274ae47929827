const TAP_LOADER = /^--import=.*\/@tapjs\/typescript\//;
/** Nobody mocks anything in another process, and it costs a fifth of its start. */
const TAP_MOCKS = /^--import=.*\/@tapjs\/mock\//;

/**
 * What starts Node on a TypeScript file as this process was started, so that its lines are counted as covered; with
 * a loader that keeps what it has transpiled.
 */
export const nodeArgs: readonly string[] = process.execArgv
  .filter((arg) => !TAP_MOCKS.test(arg))
  .map((arg) => (TAP_LOADER.test(arg) ? `--import=${new URL('typescript.mjs', import.meta.url).href}` : arg));
