import tap from 'tap';
import { installCodex } from '../codex/install.js';
import type { Scenario } from './scenario.js';
import { verdictOn } from './verdict.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
/** A difference that comes and goes is one too. */
const ROUNDS = LONG ? 3 : 1;
const TEST_MS_MAX = 20 * 60_000;

/** A test for each of the scenarios: what clients see of the broker is what they see of the real server. */
export async function conforms(scenarios: readonly Scenario[]): Promise<void> {
  const codex = await installCodex();
  if ('missing' in codex) {
    tap.plan(0, codex.missing);
    return;
  }
  tap.setTimeout(TEST_MS_MAX);
  for (const scenario of scenarios.filter(({ long }) => LONG || !long)) {
    const name = `${scenario.name}: no client can tell the broker from the real server`;
    void tap.test(name, { timeout: TEST_MS_MAX }, async (t) => {
      for (let round = 1; round <= ROUNDS; round += 1) {
        const { unlisted, vanished, unshown } = await verdictOn(scenario, codex.command);
        t.equal(unlisted, '', `no unlisted difference, round ${round}`);
        t.strictSame(vanished, [], `every listed difference shows, round ${round}`);
        t.strictSame(unshown, [], `it shows what it is there for, round ${round}`);
      }
    });
  }
}
