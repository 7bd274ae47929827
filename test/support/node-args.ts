const TAP_LOADER = /^--import=.*\/@tapjs\/typescript\//;

/**
 * What starts Node on a TypeScript file as this process was started, so that its lines are counted as covered; with
 * a loader that keeps what it has transpiled.
 */
export const nodeArgs: readonly string[] = process.execArgv.map((arg) =>
  TAP_LOADER.test(arg) ? `--import=${new URL('typescript.mjs', import.meta.url).href}` : arg,
);
