/**
 * Stories about a broker, drawn by chance. `THREADCAST_SIM_RUNS` says how many, all test files together, and
 * `THREADCAST_SIM_SEED` where chance begins. `THREADCAST_SIM_PATH` and `THREADCAST_SIM_REPLAY` tell one again, as the
 * report of its failure names it; `THREADCAST_SIM_SHRINK_MS` is how long such a report may be worked on.
 */
import fc from 'fast-check';
import type { Test } from 'tap';
import { cast, SENTENCE_END, sentences, setting } from './commands.js';
import { arrive } from './deeds.js';
import { finish } from './finish.js';
import { guardMicrotasks } from './steps.js';
import { World } from './world.js';
import type { Setting } from './setting.js';

const SEED = Number(process.env['THREADCAST_SIM_SEED'] ?? 20_251_121);
const isLong = process.env['THREADCAST_TEST_LONG'] === '1';
const RUNS = Number(process.env['THREADCAST_SIM_RUNS'] ?? (isLong ? 100_000 : 2_000));
/** Test files that share the runs. */
const SHARDS = 4;
const LONG_MS_MAX = 20 * 60_000;
const SENTENCES_MAX = 60;

/** Its text is what has happened, sentence by sentence. */
type Story = Iterable<fc.AsyncCommand<World, World>> & { toString(): string };

/** How long a failing story may be made shorter. */
const SHRINK_MS_MAX = Number(process.env['THREADCAST_SIM_SHRINK_MS'] ?? 20_000);

/** The story that is being told. */
let current: World | null = null;
guardMicrotasks((error) => current?.verdict.threw(error));

async function tell(drawn: Setting, story: Story): Promise<void> {
  const world = new World(drawn);
  current = world;
  await world.start();
  for (const each of cast) arrive(world, { who: 0, thread: 0, n: 0, slow: false }, each);
  await world.steps.settle();
  world.verdict.throwIfFailed();
  await fc.asyncModelRun(() => ({ model: world, real: world }), story);
  await finish(world);
}

/** Tells a story; once one has failed, only for as long as it may still be made shorter. */
function teller(): (drawn: Setting, story: Story) => Promise<void> {
  let until = Infinity;
  return async (drawn, story) => {
    if (performance.now() > until) return;
    try {
      await tell(drawn, story);
    } catch (error) {
      until = Math.min(until, performance.now() + SHRINK_MS_MAX);
      throw error;
    }
  };
}

/** One failing story again, as its report names it. */
const PATH = process.env['THREADCAST_SIM_PATH'];
const REPLAY = process.env['THREADCAST_SIM_REPLAY'];

/** Tells one shard of all stories; a failing one is made as short as it gets, and printed with its seed. */
export function simulate(t: Test, shard: number): void {
  t.setTimeout(LONG_MS_MAX);
  const seed = SEED + shard;
  t.test(`stories of seed ${seed}`, { timeout: LONG_MS_MAX }, async (t) => {
    const replay = REPLAY === undefined ? {} : { replayPath: REPLAY };
    const stories = fc.commands([...sentences], { maxCommands: SENTENCES_MAX, size: 'max', ...replay });
    const from = performance.now();
    const again = PATH === undefined ? {} : { path: PATH, endOnFailure: true };
    const result = await fc.check(fc.asyncProperty(setting, stories, teller()), {
      seed,
      numRuns: Math.ceil(RUNS / SHARDS),
      ...again,
    });
    const ms = (performance.now() - from) / result.numRuns;
    t.comment(`${result.numRuns} stories, ${ms.toFixed(2)} ms each`);
    if (!result.failed) t.pass();
    else {
      for (const line of report(seed, result)) t.comment(line);
      t.fail(result.errorInstance instanceof Error ? result.errorInstance.message : 'failed');
    }
  });
}

function report(seed: number, result: fc.RunDetails<[Setting, Story]>): string[] {
  const [drawn, story] = result.counterexample ?? [];
  const error = result.errorInstance instanceof Error ? result.errorInstance : null;
  const [told = '', replay = ''] = (story?.toString() ?? '').split('/*replayPath=');
  return [
    `Again, with shard-0.test.ts: THREADCAST_SIM_SEED=${seed} THREADCAST_SIM_PATH=${result.counterexamplePath ?? ''} \\`,
    `  THREADCAST_SIM_REPLAY=${replay.replace('*/', '')}`,
    JSON.stringify(drawn),
    ...told
      .split(SENTENCE_END)
      .map((sentence) => sentence.replace(/^,/, ''))
      .filter((sentence) => sentence.trim() !== ''),
    ...(error?.stack ?? '').split('\n'),
  ];
}
