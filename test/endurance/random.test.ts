import assert from 'node:assert/strict';
import tap, { type Test } from 'tap';
import type { Json } from '../codex/json.js';
import type { ModelTurn } from '../codex/model-turn.js';
import { typed } from '../conformance/scenarios/steps.js';
import { Refused, WireClient } from '../delivery/wire-client.js';
import { noCodex, setStage, startBroker, type Stage } from '../real/stage.js';
import { inTime } from '../support/deadline.js';
import { differencesOf, truthOf } from './held.js';
import { Person } from './person.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
/** How long things happen, and until each of them has; then what everybody holds is compared. */
const STORY_MS = LONG ? 10 * 60_000 : 10_000;
/** What has not happened by then will not. */
const STORY_MS_MAX = STORY_MS + 60_000;
const TEST_MS_MAX = STORY_MS_MAX + 4 * 60_000;
const WIRES = ['stock', 'json', 'stock', 'msgpack', 'stock', 'json'] as const;
/** Beyond it threads are gone on with, not started. */
const THREADS_MAX = LONG ? 60 : 12;
const WORDS_MAX = 60;

const below = (limit: number): number => Math.floor(Math.random() * limit);
const oneOf = <T>(choices: readonly T[]): T | undefined => choices[below(choices.length)];

/** What all of them know of. */
interface World {
  readonly people: readonly Person[];
  readonly threads: Set<string>;
  readonly archived: Set<string>;
  /** How often each thing was done, and how often it was refused. */
  readonly deeds: Map<string, { done: number; refused: number }>;
}

type Deed = (person: Person, world: World, stage: Stage) => Promise<unknown>;

/** A thread that this person has open. */
const ownThread = (person: Person): string => oneOf([...person.open.keys()]) ?? '';

const create = async (
  person: Person,
  world: World,
  method: string,
  params: Record<string, Json>,
): Promise<void> => {
  if (world.threads.size < THREADS_MAX) world.threads.add(await person.create(method, params));
};

const turn = async (person: Person, words: string): Promise<unknown> =>
  await person.call('turn/start', { threadId: ownThread(person), input: typed(words) });

/** What people do, and how often each of it is drawn. */
const deeds: Readonly<Record<string, readonly [weight: number, Deed]>> = {
  start: [
    3,
    async (person, world, { home }) => await create(person, world, 'thread/start', { cwd: home.work }),
  ],
  fork: [
    1,
    async (person, world) => await create(person, world, 'thread/fork', { threadId: ownThread(person) }),
  ],
  show: [12, async (person, world) => await person.show(oneOf([...world.threads]) ?? '')],
  close: [3, async (person) => await person.close(ownThread(person))],
  talk: [20, async (person) => await turn(person, `words ${1 + below(WORDS_MAX)}`)],
  think: [3, async (person) => await turn(person, 'think')],
  fail: [1, async (person) => await turn(person, 'fail')],
  command: [6, async (person) => await turn(person, `run echo ${below(1_000)}`)],
  spawn: [2, async (person) => await turn(person, `spawn words ${1 + below(WORDS_MAX)}`)],
  answer: [
    12,
    async (person) => {
      const asked = oneOf([...person.asked.values()]);
      if (asked) person.answer(asked, oneOf(['accept', 'accept', 'decline', 'cancel']) ?? 'accept');
    },
  ],
  interrupt: [
    4,
    async (person) => {
      const threadId = ownThread(person);
      await person.call('turn/interrupt', { threadId, turnId: person.running(threadId) ?? '' });
    },
  ],
  steer: [
    3,
    async (person) => {
      const threadId = ownThread(person);
      const expectedTurnId = person.running(threadId) ?? '';
      await person.call('turn/steer', { threadId, expectedTurnId, input: typed('words 3') });
    },
  ],
  name: [
    3,
    async (person) =>
      await person.call('thread/name/set', { threadId: ownThread(person), name: `n${below(99)}` }),
  ],
  archive: [
    1,
    async (person, world) => {
      const threadId = ownThread(person);
      await person.call('thread/archive', { threadId });
      world.archived.add(threadId);
    },
  ],
  unarchive: [
    1,
    async (person, world) => {
      const threadId = oneOf([...world.archived]) ?? '';
      await person.call('thread/unarchive', { threadId });
      world.archived.delete(threadId);
    },
  ],
  list: [2, async (person) => await person.call('thread/list', { limit: 5 })],
  cut: [8, async (person) => person.leave()],
};
const drawn = Object.entries(deeds).flatMap(([name, [weight]]) => Array.from({ length: weight }, () => name));

/** What nobody has done yet. */
const undone = (world: World): string[] =>
  Object.keys(deeds).filter((name) => (world.deeds.get(name)?.done ?? 0) === 0);

/** A person does one thing after the other until the story ends. What is refused is refused: the thread may be gone. */
async function live(person: Person, world: World, stage: Stage, begun: number): Promise<void> {
  const msMax = (): number => (undone(world).length === 0 ? STORY_MS : STORY_MS_MAX);
  while (Date.now() - begun < msMax()) {
    if (!person.here) await person.come();
    const name = oneOf(drawn) ?? 'talk';
    const count = world.deeds.get(name) ?? { done: 0, refused: 0 };
    world.deeds.set(name, count);
    try {
      await deeds[name]?.[1](person, world, stage);
      count.done += 1;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      count.refused += 1;
    }
  }
}

/** The model's script: what the words of the user say, as `obey` of the scripted model, and long answers. */
function speak(turn: ModelTurn): void {
  const [verb, count] = turn.request.text.split(' ');
  if (verb === 'think') turn.think('I ', 'think ', 'so.');
  turn.say(...Array.from({ length: Number(count) || 3 }, (_, at) => `w${at + 1} `));
}

/** Everything that is open is answered, and everything that runs comes to its end. */
async function quieten(people: readonly Person[]): Promise<void> {
  for (const person of people) if (!person.here) await person.come();
  const [first] = people;
  assert(first);
  const active = (): string[] => [...first.statuses].filter(([, is]) => is === 'active').map(([id]) => id);
  for (const threadId of active()) await first.ask(threadId).catch(() => first.statuses.delete(threadId));
  const quiet = new Promise<void>((resolve) => {
    const look = (): void => {
      for (const threadId of active()) void first.show(threadId).catch(() => {});
      for (const person of people) for (const asked of person.asked.values()) person.answer(asked, 'decline');
      if (active().length === 0) resolve();
    };
    first.onHeard = look;
    look();
  });
  await inTime(quiet, () => `quiet; active: ${active().join(', ')}`);
  for (const person of people) await person.call('thread/loaded/list', {});
}

async function compare(t: Test, url: string, { people }: World): Promise<void> {
  const judge = await WireClient.connect(t, url, { name: 'judge', wire: 'stock' });
  let compared = 0;
  for (const person of people) {
    t.strictSame(person.faults, [], `${person.name}: nothing that cannot be`);
    t.strictSame([...person.asked.keys()], [], `${person.name}: nothing waits`);
    for (const [threadId, { state }] of person.open) {
      const wrong = differencesOf(state, await truthOf(judge, threadId));
      if (wrong.length > 0)
        t.strictSame(wrong, [], `${person.name} holds what the server says of ${threadId}`);
      compared += state.turns.size;
    }
  }
  t.ok(compared > people.length, `${compared} turns compared`);
}

tap.setTimeout(TEST_MS_MAX);
void tap.test(
  'whatever happens, everybody holds what the server says',
  { skip: noCodex, timeout: TEST_MS_MAX },
  async (t) => {
    const stage = await setStage(t, ['multi_agent']);
    const { script } = stage.model;
    stage.model.script = async (turn) => {
      const { text, output } = turn.request;
      // Nobody waits for a sub-agent: its thread may be archived before it has ended.
      if (output?.includes('"agent_id"') === true) turn.say('It ', 'works.');
      else if (output === null && /^(words|think)/.test(text)) speak(turn);
      else await script(turn);
    };
    const { url } = await startBroker(t, stage);
    const people = WIRES.map((wire, at) => new Person(t, url, { name: `${wire} ${at}`, wire }));
    const world: World = { people, threads: new Set(), archived: new Set(), deeds: new Map() };
    await people[0]?.come();
    const begun = Date.now();
    await Promise.all(people.map(async (person) => await live(person, world, stage, begun)));
    await quieten(people);
    await compare(t, url, world);
    t.comment(JSON.stringify(Object.fromEntries(world.deeds)));
    t.strictSame(undone(world), [], 'everything was done');
  },
);
