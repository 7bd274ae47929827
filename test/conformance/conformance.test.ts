import tap from 'tap';
import { installCodex } from '../codex/install.js';
import { compare } from './compare.js';
import { judge } from './differences.js';
import { report } from './report.js';
import { play } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { broker, real } from './targets.js';

const codex = await installCodex();

if ('missing' in codex) {
  tap.plan(0, codex.missing);
} else {
  for (const scenario of scenarios) {
    void tap.test(`${scenario.name}: no client can tell the broker from the real server`, async (t) => {
      const theirs = await play(scenario, real, codex.command);
      const ours = await play(scenario, broker, codex.command);
      const { unlisted, vanished } = judge(scenario.name, compare(scenario.name, theirs, ours));
      t.equal(report(unlisted), '', 'no unlisted difference');
      t.strictSame(vanished, [], 'every listed difference shows');
    });
  }
}
