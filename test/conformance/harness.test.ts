import tap from 'tap';
import { installCodex } from '../codex/install.js';
import { compare } from './compare.js';
import { report } from './report.js';
import { play } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { real } from './targets.js';

/** How often each scenario is repeated: a race shows in one run of many. */
const REPEATS = process.env['THREADCAST_TEST_LONG'] === '1' ? 5 : 1;

const codex = await installCodex();

if ('missing' in codex) {
  tap.plan(0, codex.missing);
} else {
  for (const scenario of scenarios) {
    void tap.test(`${scenario.name}: the real server is no different from itself`, async (t) => {
      const once = await play(scenario, real, codex.command);
      for (let repeat = 0; repeat < REPEATS; repeat += 1) {
        const again = await play(scenario, real, codex.command);
        t.equal(report(compare(scenario, once.seen, again.seen)), '');
      }
    });
  }
}
