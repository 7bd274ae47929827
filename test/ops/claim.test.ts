import { linkSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import type { Test } from 'tap';
import { Claim } from '../../broker/ops/claim.js';
import { Claimants } from './claimants.js';
import type { Claimant } from './claimants.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
const RUNS = LONG ? 3_000 : 400;
const AT_ONCE = 4;

function claimants(t: Test): Claimants {
  const world = new Claimants();
  t.teardown(() => world.end());
  return world;
}

t.test(
  'who starts while another does what it has seen as necessary is refused, in any step of it',
  async (t) => {
    // Its steps are counted on the way: the loop ends when it has made them all.
    for (let stopped = 0, more = true; more; stopped += 1) {
      for (const dies of [false, true]) {
        const world = claimants(t);
        world.leave();
        const slow = world.start();
        more = true;
        for (let steps = 0; steps < stopped && more; steps += 1) more = slow.step();
        // One has it and goes, and another comes after it.
        const second = world.start().toItsEnd();
        if (second.state === 'holder') {
          if (dies) second.kill();
          else second.release();
        }
        const third = world.start().toItsEnd();
        slow.toItsEnd();
        world.start().toItsEnd();
        t.equal(world.holders.length, 1, `after ${stopped} steps, the second ${dies ? 'killed' : 'ended'}`);
        if (slow.state === 'refused') t.equal(slow.instead?.pid, third.pid);
        t.same(readdirSync(dirname(world.file)), ['broker.json']);
      }
    }
  },
);

t.test('who is killed in any step of it is in nobody else’s way', async (t) => {
  for (let stopped = 0, more = true; more; stopped += 1) {
    const world = claimants(t);
    world.leave();
    const killed = world.start();
    more = true;
    for (let steps = 0; steps < stopped && more; steps += 1) more = killed.step();
    const meanwhile = world.start().toItsEnd();
    killed.kill();
    if (meanwhile.state === 'holder') meanwhile.kill();
    const next = world.start().toItsEnd();
    t.equal(next.state, 'holder', `after ${stopped} steps`);
    const left = readdirSync(dirname(world.file)).filter((name) => name !== `broker.json.${killed.pid}`);
    t.same(left, ['broker.json']);
  }
});

t.test(
  'what was killed under the same pid, its draft not removed yet, is not mistaken for this process',
  async (t) => {
    const world = claimants(t);
    world.leave(JSON.stringify({ pid: 7, startedAt: 'then', listen: [], tokenFile: null }));
    linkSync(world.file, `${world.file}.7`);
    const claim = new Claim(world.file, { pid: 7, startedAt: 'now' }, ({ startedAt }) => startedAt === 'now');
    t.equal(claim.take(), null);
    t.match(JSON.parse(readFileSync(world.file, 'utf8')), { pid: 7, startedAt: 'now' });
    t.same(readdirSync(dirname(world.file)), ['broker.json']);
  },
);

t.test(
  'files of that name that lead to each other are told, and end nobody’s start in a circle',
  async (t) => {
    const world = claimants(t);
    world.leave();
    const killed = world.start();
    const next = (): string | undefined =>
      readdirSync(dirname(world.file)).find((name) => name.includes('after'));
    while (next() === undefined) killed.step();
    linkSync(world.file, `${world.file}.copy`);
    renameSync(`${world.file}.copy`, join(dirname(world.file), next() ?? ''));
    killed.kill();
    const other = world.start();
    t.throws(() => other.toItsEnd(), /broker\.json is no broker's: remove it/);
  },
);

t.test('nobody is refused for the sake of one that came too late itself', async (t) => {
  const STEPS = 9;
  for (let count = 0; count < STEPS * STEPS; count += 1) {
    const world = claimants(t);
    world.leave();
    const [reader, late] = [world.start(), world.start()];
    for (let steps = 0; steps < count % STEPS; steps += 1) reader.step();
    for (let steps = 0; steps < Math.floor(count / STEPS); steps += 1) late.step();
    world.start().toItsEnd();
    late.step();
    reader.toItsEnd();
    late.toItsEnd();
    t.same(world.refusedInVain, []);
    t.equal(world.holders.length, 1);
  }
});

/** One thing that happens: to whom, and what. */
const event = fc.tuple(
  fc.nat({ max: AT_ONCE - 1 }),
  fc.oneof(
    { weight: 12, arbitrary: fc.constant('step' as const) },
    { weight: 1, arbitrary: fc.constant('kill' as const) },
    { weight: 1, arbitrary: fc.constant('release' as const) },
    { weight: 2, arbitrary: fc.constant('start' as const) },
  ),
);
const left = fc.constantFrom(null, '', '{"pid":1,"star', undefined);

/**
 * Plays it; throws when two hold the claim, when one was refused for the sake of another that has not got it either,
 * or when nobody can have it in the end.
 */
function play(first: string | null | undefined, events: readonly (readonly [number, string])[]): void {
  const world = new Claimants();
  try {
    if (first !== null) world.leave(first);
    const all: Claimant[] = Array.from({ length: AT_ONCE }, () => world.start());
    for (const [who, what] of events) {
      const one = all[who];
      if (one === undefined) continue;
      if (what === 'kill') one.kill();
      else if (what === 'release' && one.state === 'holder') one.release();
      else if (what === 'start' && one.state !== 'trying' && one.state !== 'holder') all[who] = world.start();
      else one.step();
      if (world.holders.length > 1) throw new Error('two hold it');
    }
    for (const one of all) one.toItsEnd();
    world.start().toItsEnd();
    if (world.holders.length !== 1) throw new Error(`${world.holders.length} hold it in the end`);
    if (world.refusedInVain.length > 0) throw new Error('refused in vain');
  } finally {
    world.end();
  }
}

t.test('in any order of their steps one of many has it, whoever of them is killed', async (t) => {
  const stories = fc.property(left, fc.array(event, { minLength: 20, maxLength: 200 }), play);
  const { failed, counterexample, errorInstance, seed } = fc.check(stories, { numRuns: RUNS });
  t.notOk(failed, 'stories', { counterexample, errorInstance: String(errorInstance), seed });
});
