/**
 * Stories about users of the SDK, drawn by chance, with all that can go wrong between them and the runtime: whatever
 * has happened, what they hold in the end is what was said. `THREADCAST_SIM_RUNS` says how many, `THREADCAST_SIM_SEED`
 * where chance begins; a failing story is made as short as it gets.
 */
import fc from 'fast-check';
import t from 'tap';
import { guardMicrotasks } from '../sim/steps.js';
import { setting } from '../sim/commands.js';
import type { Setting } from '../sim/setting.js';
import { disagreement } from './story/agrees.js';
import { deeds } from './story/deeds.js';
import type { Choice, Stage } from './story/deeds.js';
import { Person } from './story/person.js';
import { StoryWorld } from './story/world.js';

const SEED = Number(process.env['THREADCAST_SIM_SEED'] ?? 20_261_122);
const isLong = process.env['THREADCAST_TEST_LONG'] === '1';
const RUNS = Number(process.env['THREADCAST_SIM_RUNS'] ?? (isLong ? 20_000 : 500));
const SENTENCES_MAX = 50;
const LONG_MS_MAX = 20 * 60_000;
const SHRINK_MS_MAX = 20_000;
/** Rounds in which everything must have come to its end, and how long each lasts: the longest backoff, and more. */
const ROUNDS_MAX = 40;
const ROUND_MS = 45_000;

type Sentence = readonly [deed: number, choice: Choice, settles: boolean];

/** What has happened so far in the story that is being told. */
let told: string[] = [];
let stage: Stage | null = null;
guardMicrotasks((error) => stage?.world.verdict.threw(error));
process.on('unhandledRejection', (error) => stage?.world.verdict.threw(error));

function cast(world: StoryWorld): Person[] {
  const whole = { observer: false, kernelBytes: 65_536 };
  return [
    new Person('anna', world, { wire: 'json', ...whole }),
    new Person('bert', world, { wire: 'msgpack', ...whole, kernelBytes: 600 }),
    new Person('cleo', world, { wire: 'json', ...whole, observer: true }),
  ];
}

async function tell(drawn: Setting, story: readonly Sentence[]): Promise<void> {
  told = [];
  const world = new StoryWorld(drawn);
  await world.start();
  const people = cast(world);
  stage = { world, people };
  for (const person of people) for (const id of ['stored0', 'stored1']) person.watch(id);
  await world.steps.settle();
  for (const [deed, choice, settles] of story) {
    told.push(String(await deeds[deed % deeds.length]?.(stage, choice)));
    if (settles) {
      await world.steps.settle();
      look(stage, drawn, false);
    }
    world.verdict.throwIfFailed();
  }
  await finish(stage, drawn);
}

/** Whoever says that a thread is live holds all of it that has come to the broker. */
function look({ world, people }: Stage, drawn: Setting, all: boolean): void {
  const { history, runtime, verdict } = world;
  const { ringEntries, ringBytes, memoryBytes } = drawn;
  const isBounded = ringEntries !== null || ringBytes !== null || memoryBytes !== null;
  for (const { name, watched, socket, stalled, robbed } of people) {
    if (stalled || socket?.closed !== false || robbed === socket) continue;
    for (const { state } of watched.values()) {
      const mustKnow = !isBounded && history.life === 0 && !world.letGo.has(state.threadId);
      // One that the runtime has let go of says nothing any more.
      const isLoaded = runtime.threads.get(state.threadId)?.loaded === true;
      const wrong =
        state.phase === 'live' && isLoaded ? disagreement(state, { history, runtime, all, mustKnow }) : null;
      verdict.check(wrong === null, () => `${name} in ${state.threadId} at ${state.position?.seq}: ${wrong}`);
    }
  }
}

/** All come back, all is answered, and everybody holds the same. */
async function finish(now: Stage, drawn: Setting): Promise<void> {
  const { world, people } = now;
  world.calm = true;
  world.unreachable = false;
  for (const person of people) {
    if (person.stalled) person.socket?.end.resume();
    person.stalled = false;
    // What was to be garbled and has not come comes whole: nobody would notice a loss behind which nothing comes.
    if (person.socket) person.socket.passes = (frame) => frame;
    if (person.robbed === person.socket) person.socket?.end.dieAfter(0);
  }
  await rest(now);
  for (const person of people) {
    for (const thread of person.watched.values()) {
      while (thread.state.phase === 'live' && thread.state.older !== 'none') {
        person.loadOlder(thread);
        await rest(now);
      }
    }
  }
  world.verdict.throwIfFailed();
  look(now, drawn, true);
  for (const person of people) ends(now, person);
  for (const { client } of people) client.close();
  const stopped = world.broker.stop();
  await world.steps.settle();
  await stopped;
  for (const { name, pending } of people)
    world.verdict.check(pending.size === 0, () => `${name} waits for ever for ${[...pending].join(', ')}`);
  world.verdict.throwIfFailed();
}

async function rest({ world, people }: Stage): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    await world.steps.settle();
    while (!world.runtime.idle) {
      world.runtime.work(0);
      await world.steps.settle();
    }
    const isDone = people.every(
      ({ client, pending }) => client.connection.state.status === 'live' && pending.size === 0,
    );
    if (world.givenUp || (isDone && world.runtime.speaks)) return;
    await world.advance(ROUND_MS);
  }
}

function ends({ world }: Stage, { name, client, watched, submitted, pending }: Person): void {
  const { verdict, runtime, history, givenUp } = world;
  if (givenUp) return;
  const { status } = client.connection.state;
  verdict.check(status === 'live', () => `${name} is ${status} in the end`);
  verdict.check(pending.size === 0, () => `${name} waits for ever for ${[...pending].join(', ')}`);
  for (const { state } of watched.values()) {
    const thread = runtime.threads.get(state.threadId);
    const isGone = thread === undefined || thread.archived;
    verdict.check(
      (state.phase === 'gone') === isGone,
      () => `${state.threadId} is ${state.phase} for ${name}`,
    );
  }
  const said = [...history.logs.values()]
    .flat()
    .filter(({ message }) => message.method === 'item/started')
    .map(({ line }) => line);
  for (const { words, turnId } of submitted) {
    const times = said.filter((line) => line.includes(`"${words}"`)).length;
    verdict.check(times <= 1 && (turnId === null || times === 1), () => `${words} was said ${times} times`);
  }
}

const choice = fc.tuple(fc.nat(11), fc.nat(5), fc.nat(999));
const sentence = fc.tuple(fc.nat(deeds.length - 1), choice, fc.constantFrom(true, true, false));
const story = fc.array(sentence, { maxLength: SENTENCES_MAX, size: 'max' });

t.setTimeout(LONG_MS_MAX);
t.test(`stories of seed ${SEED}`, { timeout: LONG_MS_MAX }, async (t) => {
  let until = Infinity;
  let worst: string[] = [];
  const property = fc.asyncProperty(setting, story, async (drawn, sentences) => {
    if (performance.now() > until) return;
    try {
      await tell(drawn, sentences);
    } catch (error) {
      until = Math.min(until, performance.now() + SHRINK_MS_MAX);
      worst = [JSON.stringify(drawn), ...told, error instanceof Error ? (error.stack ?? '') : String(error)];
      throw error;
    }
  });
  const from = performance.now();
  const result = await fc.check(property, { seed: SEED, numRuns: RUNS });
  t.comment(`${result.numRuns} stories, ${((performance.now() - from) / result.numRuns).toFixed(2)} ms each`);
  for (const line of result.failed ? worst : []) t.comment(line);
  t.equal(result.failed, false, `path ${result.counterexamplePath ?? ''}: ${worst.at(-1) ?? ''}`);
});
