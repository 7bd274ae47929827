/**
 * Breaks the broker on purpose, one patch at a time, and lets the simulation look for it. A patch that no longer
 * applies, or that nobody notices, is a failure: then either it or the simulation has lost its meaning.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const HERE = import.meta.dirname;
const ROOT = resolve(HERE, '../..');
/** What the simulation is made of, and runs on. */
const PARTS = ['broker', 'protocol', 'test/sim', 'package.json', 'tsconfig.json'];
/** Stories that a mutant may take to be noticed, all in one process. */
const STORIES = 6_000;
const SHARDS = 4;
const RUN_MS_MAX = 300_000;

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

/** What the simulation has to say about the copy; null where it finds nothing wrong. */
function simulate(copy: string): string | null {
  const env = {
    ...process.env,
    THREADCAST_SIM_RUNS: String(STORIES * SHARDS),
    THREADCAST_SIM_SHRINK_MS: '0',
  };
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'test/sim/shard-0.test.ts'], {
    cwd: copy,
    env,
    encoding: 'utf8',
    timeout: RUN_MS_MAX,
  });
  if (status === 0) return null;
  const [, found] = /not ok 1 - (.*)/.exec(stdout) ?? [];
  return found ?? 'it does not come to an end';
}

/** Whether the mutant is noticed, in a line of its own. */
function tryMutant(copy: string, name: string): boolean {
  const from = Date.now();
  const applied = patch(copy, name);
  const found = applied ? simulate(copy) : null;
  if (applied) patch(copy, name, '--reverse');
  const outcome = applied ? (found ?? 'NOT NOTICED') : 'DOES NOT APPLY';
  process.stdout.write(
    `${found === null ? 'not ok' : 'ok'} ${name}, ${Date.now() - from} ms: ${outcome.slice(0, 160)}\n`,
  );
  return found !== null;
}

const only = process.argv.slice(2);
const mutants = readdirSync(HERE)
  .filter(
    (name) => name.endsWith('.patch') && (only.length === 0 || only.some((each) => name.includes(each))),
  )
  .sort();
const copy = copyTree();
const survivors = mutants.filter((name) => !tryMutant(copy, name));
rmSync(copy, { recursive: true });
process.stdout.write(`${mutants.length - survivors.length} of ${mutants.length} mutants noticed\n`);
if (survivors.length > 0 || mutants.length === 0) process.exitCode = 1;
