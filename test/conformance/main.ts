import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { CODEX_VERSION, installCodex } from '../codex/install.js';
import { compare } from './compare.js';
import { complaints, coverage, summary, table } from './coverage.js';
import { judge } from './differences.js';
import { report } from './report.js';
import { play, type Scenario } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { readSchema } from './schema.js';
import { broker, real } from './targets.js';

/**
 * The conformance suite as a program: plays scenarios on the real server and on the broker, says where they differ,
 * and prints what of the protocol that covers. On another Codex than the pinned one it is a report: exit code 0.
 */

/** Prints a line. */
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface Options {
  readonly codex: string;
  readonly self?: true;
  readonly shows?: true;
}

const program = new Command('conformance')
  .argument('[NAME...]', 'scenarios to play; all when none is named')
  .option('--codex <version>', 'the Codex to play on; `latest` for the newest in the registry', CODEX_VERSION)
  .option('--self', 'compare the real server with itself: what it leaves open shows')
  .option('--shows', 'print what each scenario showed, by method')
  .parse();
const options = program.opts<Options>();
const version =
  options.codex === 'latest'
    ? execFileSync('npm', ['view', '@openai/codex', 'version'], { encoding: 'utf8' }).trim()
    : options.codex;
const codex = await installCodex(version);

if ('missing' in codex) {
  say(codex.missing);
  process.exitCode = version === CODEX_VERSION ? 1 : 0;
} else {
  const failed = await playAll(codex.command, program.args);
  const complete = program.args.length > 0 || (await printCoverage(codex.command));
  if (version === CODEX_VERSION && (failed > 0 || !complete)) process.exitCode = 1;
}

/** Returns how many scenarios did not go as they should. */
async function playAll(command: string, names: readonly string[]): Promise<number> {
  const wanted = scenarios.filter(({ name }) => names.length === 0 || names.includes(name));
  let failed = 0;
  for (const scenario of wanted) {
    const complaint = await playBoth(scenario, command).catch((error: unknown) => String(error));
    say(complaint === '' ? `ok      ${scenario.name}` : `FAILED  ${scenario.name}\n${complaint}`);
    if (complaint !== '') failed += 1;
  }
  say(`Codex ${version}: ${wanted.length} scenarios, ${failed} failed\n`);
  return failed;
}

async function playBoth(scenario: Scenario, command: string): Promise<string> {
  const [one, two] = await Promise.all([
    play(scenario, real, command),
    play(scenario, options.self ? real : broker, command),
  ]);
  if (options.shows) say([...one.shown].toSorted().join('\n'));
  const found = compare(scenario, one.seen, two.seen);
  const { unlisted, vanished } = options.self
    ? { unlisted: found, vanished: [] }
    : judge(scenario.name, found);
  const unshown = scenario.covers.filter((method) => !one.shown.has(method) || !two.shown.has(method));
  return [
    report(unlisted),
    ...vanished.map((id) => `${id}: listed, and not seen`),
    ...unshown.map((method) => `${method}: is to be shown, and was not`),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

async function printCoverage(command: string): Promise<boolean> {
  const rows = coverage(await readSchema(command), scenarios);
  const wrong = complaints(rows, scenarios);
  say([table(rows), '', ...summary(rows), ...wrong].join('\n'));
  return wrong.length === 0;
}
