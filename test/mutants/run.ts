/**
 * Breaks the broker on purpose, one patch at a time, and lets somebody look for it: the simulation, or, where the
 * patch says so, scenarios of the conformance suite (`Noticed by: conformance NAME…`) or a file of tests (`Noticed by:
 * test FILE`). A patch that no longer applies, or that nobody notices, is a failure: then either it or who looks for it
 * has lost its meaning.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { installCodex } from '../codex/install.js';

const HERE = import.meta.dirname;
const ROOT = resolve(HERE, '../..');
/** What those who look are made of, and run on. */
const PARTS = ['broker', 'protocol', 'client', 'web', 'test', 'package.json', 'tsconfig.json'];
/** Stories that a mutant may take to be noticed, all in one process. */
const STORIES = 6_000;
const SHARDS = 4;
const RUN_MS_MAX = 300_000;
/** Mutants at one time: many wait for what does not come. */
const LANES = 4;
const OUTCOME_CHARS_MAX = 160;

/** In the head of a patch: the scenarios, or the file of tests, that notice it. */
const NOTICED_BY = /^Noticed by: (?<who>conformance|test) (?<what>.+)$/m;
/** What a client saw or waited for: else a broker that does not start would be noticed too. */
const SEEN_BY_CLIENT = /, client [a-d], message |: [a-d](: | waited in vain )/;

interface Outcome {
  readonly noticed: boolean;
  readonly words: string;
}

const NOT_NOTICED: Outcome = { noticed: false, words: 'NOT NOTICED' };

/** A copy of the tree, with the same packages. */
function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'threadcast-mutants-'));
  for (const part of PARTS) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function patch(copy: string, name: string, ...options: readonly string[]): boolean {
  try {
    execFileSync('git', ['apply', ...options, join(HERE, name)], {
      cwd: copy,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return true;
  } catch {
    return false;
  }
}

interface Ran {
  readonly status: number | null;
  readonly said: string;
}

/**
 * Runs a program of the copy, with the loader that this one runs with. It is ended once it has said what is waited for:
 * what comes behind may wait in vain for long.
 */
async function run(
  copy: string,
  args: readonly string[],
  { env = {}, until = null }: { env?: NodeJS.ProcessEnv; until?: RegExp | null } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    cwd: copy,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // What it has started ends with it.
    detached: true,
  });
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  };
  const deadline = setTimeout(end, RUN_MS_MAX);
  let said = '';
  let isEnded = false;
  const hear = (chunk: Buffer): void => {
    said += chunk.toString();
    if (isEnded || until?.test(said) !== true) return;
    isEnded = true;
    end();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const [status] = (await once(child, 'close')) as [number | null];
  clearTimeout(deadline);
  return { status, said };
}

/** What the simulation has to say about the copy. */
async function simulate(copy: string): Promise<Outcome> {
  const env = { THREADCAST_SIM_RUNS: String(STORIES * SHARDS), THREADCAST_SIM_SHRINK_MS: '0' };
  const { status, said } = await run(copy, ['test/sim/shard-0.test.ts'], { env });
  if (status === 0) return NOT_NOTICED;
  const [, found] = /not ok 1 - (.*)/.exec(said) ?? [];
  return { noticed: true, words: found ?? 'it does not come to an end' };
}

/** What the conformance suite has to say about the copy: the first difference. */
async function compare(copy: string, scenarios: readonly string[]): Promise<Outcome> {
  if ('missing' in codex) return { noticed: false, words: `NOT LOOKED FOR: ${codex.missing}` };
  const { status, said } = await run(copy, ['test/conformance/main.ts', ...scenarios]);
  const found = said.split('\n').find((line) => !/^(ok |FAILED |$)/.test(line)) ?? '';
  if (status === 1 && SEEN_BY_CLIENT.test(found)) return { noticed: true, words: found };
  return status === 0 ? NOT_NOTICED : { noticed: false, words: `NOT NOTICED BY A CLIENT: ${found}` };
}

/**
 * How long one of its tests may wait for what a mutant keeps from coming: longer than any file takes, beside two others.
 * In a browser what is waited for has bounds of its own, so that it never comes to this.
 */
const testSecondsMax = (file: string): string => (file.startsWith('test/web/') ? '150' : '20');

/** A line of tap, to its end. */
const FAILED = /^ *not ok \d+ - (.*)\n/m;

/** What a file of tests has to say about the copy: the first that fails. */
async function test(copy: string, file: string): Promise<Outcome> {
  const { status, said } = await run(copy, [file], {
    env: { TAP_TIMEOUT: testSecondsMax(file) },
    until: FAILED,
  });
  if (status === 0) return NOT_NOTICED;
  const [, found] = FAILED.exec(said) ?? [];
  return found === undefined
    ? { noticed: false, words: `DOES NOT RUN: ${said.slice(-OUTCOME_CHARS_MAX)}` }
    : { noticed: true, words: found };
}

async function lookFor(copy: string, name: string): Promise<Outcome> {
  if (!patch(copy, name)) return { noticed: false, words: 'DOES NOT APPLY' };
  const [head = ''] = readFileSync(join(HERE, name), 'utf8').split('\n--- ', 1);
  const { who, what = '' } = NOTICED_BY.exec(head)?.groups ?? {};
  const outcome = await (who === undefined
    ? simulate(copy)
    : who === 'test'
      ? test(copy, what)
      : compare(copy, what.split(' ')));
  patch(copy, name, '--reverse');
  return outcome;
}

/** Whether the mutant is noticed, in a line of its own. */
async function tryMutant(copy: string, name: string): Promise<boolean> {
  const from = Date.now();
  const { noticed, words } = await lookFor(copy, name);
  process.stdout.write(
    `${noticed ? 'ok' : 'not ok'} ${name}, ${Date.now() - from} ms: ${words.slice(0, OUTCOME_CHARS_MAX)}\n`,
  );
  return noticed;
}

// Names, or parts of them; `--half 0` or `--half 1`: every other one of them.
const { values, positionals: only } = parseArgs({
  allowPositionals: true,
  options: { half: { type: 'string' } },
});
const mutants = readdirSync(HERE)
  .filter(
    (name) => name.endsWith('.patch') && (only.length === 0 || only.some((each) => name.includes(each))),
  )
  .sort()
  .filter((_, at) => values.half === undefined || String(at % 2) === values.half);
const codex = await installCodex();
const left = [...mutants];
const survivors: string[] = [];

/** One after the other, in a copy of its own. */
async function lane(): Promise<void> {
  const copy = copyTree();
  for (let name = left.shift(); name !== undefined; name = left.shift())
    if (!(await tryMutant(copy, name))) survivors.push(name);
  rmSync(copy, { recursive: true });
}

await Promise.all(Array.from({ length: LANES }, lane));
process.stdout.write(`${mutants.length - survivors.length} of ${mutants.length} mutants noticed\n`);
if (survivors.length > 0 || mutants.length === 0) process.exitCode = 1;
