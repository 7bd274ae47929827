/** As `package.json` gives it to tap: from the repository, which is not where every process is started. */
const LOADER = /^--import=\..*\/typescript\.mjs$/;

/** What starts Node on a TypeScript file as this process was started, so that its lines are counted as covered. */
export const nodeArgs: readonly string[] = process.execArgv.map((arg) =>
  LOADER.test(arg) ? `--import=${new URL('typescript.mjs', import.meta.url).href}` : arg,
);
