/** As `package.json` gives it to tap: from the repository, which is not where every process is started. */
const LOADER = /^--import=\..*\/typescript\.mjs$/;
/**
 * What `package.json` takes out of tap. The first run after an install has it all the same: tap builds itself anew then,
 * and starts that run as it was before. It would load what another loader is there to refuse.
 */
const OF_TAP = /^--import=.*\/@tapjs\/(typescript|mock)\//;

/** What starts Node on a TypeScript file as this process was started, so that its lines are counted as covered. */
export const nodeArgs: readonly string[] = process.execArgv
  .filter((arg) => !OF_TAP.test(arg))
  .map((arg) => (LOADER.test(arg) ? `--import=${new URL('typescript.mjs', import.meta.url).href}` : arg));
