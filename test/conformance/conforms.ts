import tap from 'tap';
import { installCodex } from '../codex/install.js';
import { compare } from './compare.js';
import { judge } from './differences.js';
import { report } from './report.js';
import { play, type Scenario } from './scenario.js';
import { broker, real } from './targets.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
/** A difference that comes and goes is one too. */
const ROUNDS = LONG ? 3 : 1;
const LONG_MS_MAX = 20 * 60_000;

/** A test for each of the scenarios: what clients see of the broker is what they see of the real server. */
export async function conforms(scenarios: readonly Scenario[]): Promise<void> {
  const codex = await installCodex();
  if ('missing' in codex) {
    tap.plan(0, codex.missing);
    return;
  }
  tap.setTimeout(LONG_MS_MAX);
  for (const scenario of scenarios.filter(({ long }) => LONG || !long)) {
    void tap.test(
      `${scenario.name}: no client can tell the broker from the real server`,
      { timeout: LONG_MS_MAX },
      async (t) => {
        for (let round = 1; round <= ROUNDS; round += 1) {
          const [theirs, ours] = await Promise.all([
            play(scenario, real, codex.command),
            play(scenario, broker, codex.command),
          ]);
          const { unlisted, vanished } = judge(scenario.name, compare(scenario, theirs.seen, ours.seen));
          t.equal(report(unlisted), '', `no unlisted difference, round ${round}`);
          t.strictSame(vanished, [], `every listed difference shows, round ${round}`);
          const unshown = scenario.covers.filter((each) => !theirs.shown.has(each) || !ours.shown.has(each));
          t.strictSame(unshown, [], `it covers what it says, round ${round}`);
        }
      },
    );
  }
}
