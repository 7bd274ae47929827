/**
 * Clients that send anything, in memory. `THREADCAST_FUZZ_SEED` says where chance begins, `THREADCAST_FUZZ_RUNS` how many
 * frames are sent.
 */
import t from 'tap';
import { guardMicrotasks } from '../sim/steps.js';
import { Chance } from './chance.js';
import { FrameWorld } from './frame-world.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
const SEED = Number(process.env['THREADCAST_FUZZ_SEED'] ?? 20_251_121);
const RUNS = Number(process.env['THREADCAST_FUZZ_RUNS'] ?? (LONG ? 1_000_000 : 10_000));
/** A world of its own for so many: a failure is found again in seconds. */
const FRAMES_A_WORLD = 10_000;
const LONG_MS_MAX = 60 * 60_000;

/** Whom it concerns when something throws where nobody catches it. */
let current: FrameWorld | null = null;
const threw = (error: unknown): void => current?.threw(error);
guardMicrotasks(threw);
process.on('unhandledRejection', threw);

/** What went wrong; null where nothing did. */
async function play(seed: number, frames: number): Promise<string | null> {
  const world = new FrameWorld(new Chance(seed));
  current = world;
  await world.start();
  while (world.sent < frames && world.failure === null) await world.batch();
  if (world.failure === null) await world.finish();
  return world.failure === null ? null : `frame ${world.sent}: ${world.failure}`;
}

t.setTimeout(LONG_MS_MAX);
t.test('frames that are changed by chance hurt nobody and leave nothing', async (t) => {
  for (let first = 0; first < RUNS; first += FRAMES_A_WORLD) {
    const seed = SEED + first / FRAMES_A_WORLD;
    const failure = await play(seed, Math.min(FRAMES_A_WORLD, RUNS - first));
    if (failure !== null) {
      t.comment(`Again: THREADCAST_FUZZ_SEED=${seed} THREADCAST_FUZZ_RUNS=${FRAMES_A_WORLD}`);
      t.fail(failure);
      return;
    }
  }
  t.pass();
});
