import tap from 'tap';
import { installCodex } from '../codex/install.js';
import { compare } from './compare.js';
import { report } from './report.js';
import { play } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { real } from './targets.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
/** How often each scenario is repeated: a race shows in one run of many. */
const REPEATS = LONG ? 3 : 1;
const LONG_MS_MAX = 20 * 60_000;

const codex = await installCodex();

if ('missing' in codex) {
  tap.plan(0, codex.missing);
} else {
  tap.setTimeout(LONG_MS_MAX);
  for (const scenario of LONG ? scenarios : scenarios.slice(0, 1)) {
    void tap.test(
      `${scenario.name}: the real server is no different from itself`,
      { timeout: LONG_MS_MAX },
      async (t) => {
        const once = await play(scenario, real, codex.command);
        for (let repeat = 0; repeat < REPEATS; repeat += 1) {
          const again = await play(scenario, real, codex.command);
          t.equal(report(compare(scenario, once.seen, again.seen)), '');
        }
      },
    );
  }
}
