/**
 * The conformance suite as a program: plays scenarios on the real server and on the broker, says where they differ,
 * and prints what of the protocol that covers. On a Codex that is named it is a report, which fails nothing.
 */
import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { CODEX_VERSION, installCodex } from '../codex/install.js';
import { complaints, coverage, summary, table } from './coverage.js';
import { scenarios } from './scenarios/index.js';
import { readSchema, type Schema } from './schema.js';
import { verdictOn, verdictOnItself, type Verdict } from './verdict.js';

const USAGE = 2;

const program = new Command('conformance')
  .argument('[NAME...]', 'scenarios to play; all when none is named')
  .option(
    '--codex <version>',
    `only report, on that Codex; \`latest\` is the newest in the registry (default: ${CODEX_VERSION})`,
  )
  .option('--self', 'compare the real server with itself: what it leaves open shows')
  .parse();
const options = program.opts<{ readonly codex?: string; readonly self?: true }>();
const unknown = program.args.filter((name) => !scenarios.some((scenario) => scenario.name === name));

if (unknown.length > 0) {
  process.stderr.write(`no scenario is called ${unknown.join(', ')}\n`);
  process.exitCode = USAGE;
} else {
  const holds = await run(options.codex === 'latest' ? newest() : (options.codex ?? CODEX_VERSION));
  if (!holds && options.codex === undefined) process.exitCode = 1;
}

function newest(): string {
  return execFileSync('npm', ['view', '@openai/codex', 'version'], { encoding: 'utf8' }).trim();
}

async function run(version: string): Promise<boolean> {
  const codex = await installCodex(version);
  if ('missing' in codex) {
    say(codex.missing);
    return false;
  }
  const schema = await readSchema(codex.command);
  const failed = await playAll(codex.command, schema);
  say(`Codex ${version}: ${failed} failed\n`);
  const isComplete = program.args.length > 0 || printCoverage(schema);
  return failed === 0 && isComplete;
}

/** Returns how many scenarios did not go as they should. */
async function playAll(command: string, schema: Schema): Promise<number> {
  const known = new Set([...schema.requests, ...schema.notifications, ...schema.serverRequests]);
  let failed = 0;
  for (const scenario of scenarios) {
    if (program.args.length > 0 && !program.args.includes(scenario.name)) continue;
    const verdict = (options.self ? verdictOnItself : verdictOn)(scenario, command);
    const wrong = await verdict.then((each) => describe(each, known)).catch(String);
    say(wrong === '' ? `ok      ${scenario.name}` : `FAILED  ${scenario.name}\n${wrong}`);
    if (wrong !== '') failed += 1;
  }
  return failed;
}

/** What another Codex does not have it need not show. */
function describe({ unlisted, vanished, unshown }: Verdict, known: ReadonlySet<string>): string {
  return [
    ...(unlisted === '' ? [] : [unlisted]),
    ...vanished.map((id) => `${id}: listed, and not seen`),
    ...unshown.filter((method) => known.has(method)).map((method) => `${method}: was not shown`),
  ].join('\n');
}

function printCoverage(schema: Schema): boolean {
  const rows = coverage(schema, scenarios);
  const wrong = complaints(rows, scenarios);
  say([table(rows), '', ...summary(rows), ...wrong].join('\n'));
  return wrong.length === 0;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
