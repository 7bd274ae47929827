import tap from 'tap';
import { installCodex } from '../codex/install.js';
import { scenarios } from './scenarios/index.js';
import { verdictOnItself } from './verdict.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
/** A race shows in one run of many. */
const ROUNDS = LONG ? 2 : 1;
const TEST_MS_MAX = 20 * 60_000;

const codex = await installCodex();

if ('missing' in codex) {
  tap.plan(0, codex.missing);
} else {
  tap.setTimeout(TEST_MS_MAX);
  for (const scenario of LONG ? scenarios : scenarios.slice(0, 1)) {
    const name = `${scenario.name}: the real server is no different from itself`;
    void tap.test(name, { timeout: TEST_MS_MAX }, async (t) => {
      for (let round = 1; round <= ROUNDS; round += 1)
        t.equal((await verdictOnItself(scenario, codex.command)).unlisted, '', `round ${round}`);
    });
  }
}
