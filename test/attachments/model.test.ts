/**
 * Sequences of what can happen to attachments, drawn by chance, played with the broker's own and with a reference.
 * `THREADCAST_MODEL_RUNS` says how many, `THREADCAST_MODEL_SEED` where chance begins.
 */
import childProcess from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import type { Test } from 'tap';
import { sequences } from './acts.js';
import type { Step } from './acts.js';
import { Game, Tally } from './game.js';
import { FOLDER, World } from './world.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
const RUNS = Number(process.env['THREADCAST_MODEL_RUNS'] ?? (LONG ? 10_000 : 2_000));
const SEED = Number(process.env['THREADCAST_MODEL_SEED'] ?? 20_251_121);
const MS_MAX = 40 * 60_000;
/** Sequences that are played at the same time: each waits for the disk most of the time. */
const LANES = 4;
/** Those whose file is checked by a process of its own each time it is opened: that takes 0.3 s. */
const CHECKED_RUNS = LANES;
/** Each reason where others apply that come later in the order, and alone where it can be; and what else there is. */
const MUST_BE_SEEN = [
  'selfAttachment first of several',
  'threadNotFound first of several',
  'threadArchived first of several',
  'duplicate first of several',
  'childAlreadyAttached first of several',
  'threadNotFound alone',
  'threadArchived alone',
  'childAlreadyAttached alone',
  'cycle alone',
  'attachmentNotFound alone',
  'became active',
  'became archived',
  'became detached',
  'stayed archived',
  'at once',
  'broker down',
  'link down',
];

t.setTimeout(MS_MAX);

async function play(path: string, tally: Tally, steps: readonly Step[]): Promise<void> {
  const world = await World.open(path);
  try {
    const game = new Game(world, tally);
    for (const step of steps) await game.play(step);
    await game.finish();
  } finally {
    await world.close();
    rmSync(path);
    rmSync(`${path}-lock`);
  }
}

async function playAll(t: Test, runs: number, more: fc.Parameters<[Step[]]> = {}): Promise<Tally> {
  const folder = mkdtempSync(join(FOLDER, 'threadcast-model-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const tally = new Tally();
  let files = 0;
  const property = fc.asyncProperty(sequences, (steps) =>
    play(join(folder, `${(files += 1)}.lmdb`), tally, steps),
  );
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    fc.assert(property, { numRuns: Math.ceil(runs / LANES), seed: SEED + lane, ...more }),
  );
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
  return tally;
}

/** The process that checks a file before it is opened: it is left out. */
function findNothingWrong(t: Test): void {
  const check = t.intercept(childProcess, 'execFile', {
    value: (...args: readonly unknown[]) => {
      const done = args.at(-1);
      if (typeof done === 'function') done(null, '', '');
    },
  });
  syncBuiltinESMExports();
  t.teardown(() => {
    check.restore();
    syncBuiltinESMExports();
  });
}

t.test('whatever happens, attachments are as the contract says', { timeout: MS_MAX }, async (t) => {
  findNothingWrong(t);
  const startedAt = performance.now();
  const { counts } = await playAll(t, RUNS);
  t.comment(
    `${((performance.now() - startedAt) / RUNS).toFixed(1)} ms a sequence`,
    Object.fromEntries(counts),
  );
  for (const what of MUST_BE_SEEN) t.ok(counts.has(what), what);
});

t.test('also where each file is checked before it is opened', { timeout: MS_MAX }, async (t) => {
  await t.resolves(playAll(t, CHECKED_RUNS, { endOnFailure: true }));
});
