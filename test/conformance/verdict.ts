import { compare } from './compare.js';
import { judge } from './differences.js';
import { report } from './report.js';
import { play, type Played, type Scenario } from './scenario.js';
import { broker, real } from './targets.js';

/** What is wrong with a scenario that was played on both; all of it empty when nothing is. */
export interface Verdict {
  /** The differences that are not listed, for people. */
  readonly unlisted: string;
  /** The ids of listed differences that should have shown and did not. */
  readonly vanished: readonly string[];
  /** What it is there to show, and was not shown, by method. */
  readonly unshown: readonly string[];
}

/** Plays a scenario on the real server and on the broker at the same time, and compares. */
export async function verdictOn(scenario: Scenario, codex: string): Promise<Verdict> {
  const [theirs, ours] = await Promise.all([play(scenario, real, codex), play(scenario, broker, codex)]);
  const { unlisted, vanished } = judge(scenario.name, compare(scenario, theirs.seen, ours.seen));
  return { unlisted: report(unlisted), vanished, unshown: unshownBy(scenario, [theirs, ours]) };
}

/** The same with the real server on both sides: what it leaves open shows. */
export async function verdictOnItself(scenario: Scenario, codex: string): Promise<Verdict> {
  const [once, again] = await Promise.all([play(scenario, real, codex), play(scenario, real, codex)]);
  const unlisted = report(compare(scenario, once.seen, again.seen));
  return { unlisted, vanished: [], unshown: unshownBy(scenario, [once, again]) };
}

function unshownBy({ covers }: Scenario, plays: readonly Played[]): readonly string[] {
  return covers.filter((method) => plays.some(({ shown }) => !shown.has(method)));
}
