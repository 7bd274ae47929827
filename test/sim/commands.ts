import fc from 'fast-check';
import type { Wire } from '../../protocol/wires.js';
import type { Declared } from './capabilities.js';
import * as deeds from './deeds.js';
import type { Arrival, Choice, Deed, Speech } from './deeds.js';
import { ACTS } from './runtime-speech.js';
import { quiet } from './steps.js';
import { GRACE_MS, STALL_MS } from './setting.js';
import type { Setting } from './setting.js';
import type { World } from './world.js';

/** How much of what is on its way arrives before the story goes on: nothing, what needs no wire, or all. */
type Pace = 'at once' | 'turn' | 'settled';

/** What stands between two sentences, where fast-check puts a comma. */
export const SENTENCE_END = '\u001f';

/** One sentence of a story. */
class Sentence implements fc.AsyncCommand<World, World> {
  readonly #happens: (world: World) => string | null | Promise<string | null>;
  readonly #pace: Pace;
  #told: string | null = null;

  constructor(happens: (world: World) => string | null | Promise<string | null>, pace: Pace) {
    this.#happens = happens;
    this.#pace = pace;
  }

  check(): boolean {
    return true;
  }

  async run(world: World): Promise<void> {
    this.#told = await this.#happens(world);
    if (this.#pace === 'turn') await quiet();
    else if (this.#pace === 'settled') await world.steps.settle();
    world.verdict.throwIfFailed();
  }

  toString(): string {
    return this.#told === null ? '' : `${this.#told} (${this.#pace})${SENTENCE_END}`;
  }
}

const pace = fc.constantFrom<Pace>('settled', 'settled', 'settled', 'turn', 'at once');
const choice: fc.Arbitrary<Choice> = fc.record({
  who: fc.nat(11),
  thread: fc.nat(5),
  n: fc.nat(999),
  slow: fc.constantFrom(false, false, true),
});

const does = (deed: Deed): fc.Arbitrary<Sentence> =>
  fc.tuple(choice, pace).map(([chosen, paced]) => new Sentence((world) => deed(world, chosen), paced));

const speech: fc.Arbitrary<Speech> = fc.array(fc.tuple(fc.nat(5), fc.nat(ACTS - 1), fc.nat(999)), {
  minLength: 1,
  maxLength: 9,
  size: 'max',
});
const speaks = fc
  .tuple(speech, fc.boolean(), pace)
  .map(([said, oneChunk, paced]) => new Sentence((world) => deeds.speak(world, said, oneChunk), paced));

const wires: readonly Wire[] = ['stock', 'json', 'msgpack'];
const optOuts: readonly (readonly string[])[] = [
  [],
  [],
  [],
  ['item/started'],
  ['item/agentMessage/delta', 'item/plan/delta'],
  ['item/completed', 'item/reasoning/summaryTextDelta', 'thread/status/changed'],
  ['serverRequest/resolved', 'turn/completed', 'configWarning'],
  ['item/commandExecution/outputDelta', 'deprecationNotice'],
];
const mostly = (usual: boolean): fc.Arbitrary<boolean> => fc.constantFrom(usual, usual, usual, !usual);
const declared: fc.Arbitrary<Declared> = fc.record({
  experimentalApi: mostly(true),
  requiredHumanApproval: mostly(true),
  observer: fc.constantFrom(false, false, false, false, false, true),
  optOut: fc.constantFrom(...optOuts),
});
const arrival: fc.Arbitrary<Arrival> = fc.record({
  wire: fc.constantFrom(...wires),
  declared,
  kernelBytes: fc.constantFrom(65_536, 65_536, 600, 1),
  returns: fc.boolean(),
  initializes: fc.constantFrom(true, true, true, true, true, false),
});
const arrives = fc
  .tuple(choice, arrival, pace)
  .map(([chosen, one, paced]) => new Sentence((world) => deeds.arrive(world, chosen, one), paced));

const waits = fc
  .tuple(fc.constantFrom(1, 300, 300, 1_100, 1_100, 5_000, STALL_MS / 2, STALL_MS + 1, GRACE_MS + 1), pace)
  .map(([ms, paced]) => {
    const wait = async (world: World): Promise<string> => {
      await world.advance(ms);
      return `${ms} ms go by`;
    };
    return new Sentence(wait, paced);
  });

const likely: readonly (readonly [fc.Arbitrary<Sentence>, number])[] = [
  [speaks, 5],
  [arrives, 2],
  [waits, 1],
  [does(deeds.join), 3],
  [does(deeds.resume), 2],
  [does(deeds.unsubscribe), 1],
  [does(deeds.open), 1],
  [does(deeds.startTurn), 2],
  [does(deeds.shelve), 1],
  [does(deeds.cut), 1],
  [does(deeds.stall), 1],
  [does(deeds.read), 2],
  [does(deeds.decide), 2],
  [does(deeds.stray), 1],
  [does(deeds.work), 3],
  [does(deeds.crash), 1],
  [does(deeds.status), 1],
];
/** What a story is made of, each as often as it is likely. */
export const sentences = likely.flatMap(([each, times]) => Array.from({ length: times }, () => each));

const rarely = (...values: readonly number[]): fc.Arbitrary<number | null> =>
  fc.constantFrom(null, null, null, null, ...values);

export const setting: fc.Arbitrary<Setting> = fc.record({
  ringEntries: rarely(4, 8, 20, 20),
  ringBytes: rarely(900),
  memoryBytes: rarely(4_000),
  turns: fc.constantFrom([1, 0], [3, 24], [2, 1], [1, 1]),
  dawdling: fc.nat(255),
  chatty: fc.nat(255),
});

/** Who is there when a story begins. */
export const cast: readonly Arrival[] = wires.map((wire) => ({
  wire,
  declared: { experimentalApi: true, requiredHumanApproval: true, observer: false, optOut: [] },
  kernelBytes: 65_536,
  returns: false,
  initializes: true,
}));
