import fc from 'fast-check';

/** What a client does next. Numbers choose among what there is then. */
export interface Deed {
  readonly does: 'create' | 'delete' | 'send' | 'archive';
  readonly one: number;
  readonly other: number;
  readonly flag: boolean;
}

/**
 * When the broker is killed: so many answers have come, or requests been sent, or writes been seen in its file, and so
 * many turns of work later.
 */
export interface KillAt {
  readonly event: 'answered' | 'asked' | 'written';
  readonly count: number;
  readonly turns: number;
}

/** Not by one who only looks. */
export const NEVER: KillAt = { event: 'answered', count: Infinity, turns: 0 };

/** What happens between one start of the broker and the next. */
export interface Plan {
  readonly deeds: readonly Deed[];
  readonly killAt: KillAt;
}

const DEEDS = 60;
const KILL_AT_MAX = 120;
/** Turns of the test's own work: a change is on disk, and answered, a few of them later. */
const TURNS_MAX = 16;

const deed: fc.Arbitrary<Deed> = fc.record({
  does: fc.constantFrom('create', 'create', 'create', 'delete', 'send', 'send', 'archive'),
  one: fc.nat(),
  other: fc.nat(),
  flag: fc.boolean(),
});
const plan: fc.Arbitrary<Plan> = fc.record({
  deeds: fc.array(deed, { minLength: DEEDS, maxLength: DEEDS }),
  killAt: fc.record({
    event: fc.constantFrom('answered', 'asked', 'written', 'written'),
    count: fc.integer({ min: 1, max: KILL_AT_MAX }),
    turns: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(TURNS_MAX) }),
  }),
});

/** The same for the same seed. */
export function plans(seed: number, rounds: number): readonly Plan[] {
  return fc.sample(plan, { seed, numRuns: rounds });
}
