import fc from 'fast-check';
import type { Answer, Reference, ThreadState } from './reference.js';
import type { World } from './world.js';

/** Threads at one time: few, so that edges meet. */
export const PLACES = 4;
const AT_ONCE_MAX = 3;
const STEPS_MAX = 12;
/** Turns of the event loop that something may take, or be waited with. */
const TURNS_MAX = 2;

const places = fc.constantFrom(...Array.from({ length: PLACES }, (_, place) => place));

/** What can happen to a thread. */
interface Happening {
  readonly kind: 'archive' | 'unarchive' | 'remove' | 'replace';
  readonly place: number;
}

type Deed =
  | {
      readonly kind: 'create';
      readonly parent: number;
      /** How many places behind it the child is: at none it is the parent itself. */
      readonly behind: number;
      readonly roleLabel: string | null;
      readonly deliverReplies: boolean;
    }
  | { readonly kind: 'delete'; readonly edge: number }
  | Happening;

/** What is done before anything is looked at again. */
export type Step =
  | {
      readonly kind: 'at once';
      readonly deeds: readonly { readonly after: number; readonly deed: Deed }[];
      readonly slowness: readonly number[];
    }
  | {
      /** What happens to each thread while the broker, or its link to the runtime, is down. */
      readonly kind: 'broker' | 'link';
      readonly meanwhile: readonly (Happening['kind'] | null)[];
      readonly slowness: readonly number[];
    };

const turns = fc.nat(TURNS_MAX);
/** One of these, as often as they weigh. */
function weighted<K extends string>(weights: Readonly<Record<K, number>>): fc.Arbitrary<K> {
  const kinds = Object.keys(weights) as K[];
  return fc.oneof(...kinds.map((kind) => ({ weight: weights[kind], arbitrary: fc.constant(kind) })));
}

const slowness = fc.array(turns, { minLength: 1, maxLength: 4 });
const create: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constant('create'),
  parent: places,
  behind: fc.oneof(
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 12, arbitrary: fc.integer({ min: 1, max: PLACES - 1 }) },
  ),
  roleLabel: fc.constantFrom(null, 'reviewer'),
  deliverReplies: fc.boolean(),
});
const remove: fc.Arbitrary<Deed> = fc.record({ kind: fc.constant('delete'), edge: fc.nat() });
const happening: fc.Arbitrary<Deed> = fc.record({
  kind: weighted({ archive: 4, unarchive: 5, remove: 1, replace: 2 }),
  place: places,
});
const deed = fc.oneof(
  { weight: 12, arbitrary: create },
  { weight: 3, arbitrary: remove },
  { weight: 7, arbitrary: happening },
);
const meanwhile = fc.option(weighted({ archive: 3, unarchive: 5, remove: 1 }), { nil: null });
const atOnce = (most: number, deed: fc.Arbitrary<Deed>): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constant('at once'),
    deeds: fc.array(fc.record({ after: turns, deed }), { minLength: 1, maxLength: most }),
    slowness,
  });
const down = (kind: 'broker' | 'link'): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constant(kind),
    meanwhile: fc.array(meanwhile, { minLength: PLACES, maxLength: PLACES }),
    slowness,
  });

/** A sequence of steps, whole enough to be long at once. */
export const sequences = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: atOnce(1, deed) },
    { weight: 5, arbitrary: atOnce(AT_ONCE_MAX, deed) },
    { weight: 2, arbitrary: atOnce(AT_ONCE_MAX, happening) },
    { weight: 1, arbitrary: down('broker') },
    { weight: 1, arbitrary: down('link') },
  ),
  { minLength: 1, maxLength: STEPS_MAX, size: 'max' },
);

/** One deed, once it is clear which threads and which edge it is about. */
export interface Act {
  perform(world: World): Promise<Answer | null>;
  /** What should be answered; null where nothing is. `real` is what was: the new edge is called as it is there. */
  expect(reference: Reference, real: Answer | null, at: string): Answer | null;
  /** All that speaks against it. */
  reasons(reference: Reference): readonly string[];
}

const nothing = (): readonly string[] => [];

/** What a deed is about, as things stand; null where there is nothing to do. */
export function actOf(deed: Deed, names: string[], reference: Reference): Act | null {
  if (deed.kind === 'create') return creation(deed, names);
  if (deed.kind === 'delete') {
    const known = [...reference.edges.map((edge) => edge.attachmentId), 'no such attachment'];
    const attachmentId = known[deed.edge % known.length] ?? '';
    return {
      perform: (world) => world.delete(attachmentId),
      expect: (other, _real, at) => other.delete(attachmentId, at),
      reasons: (other) =>
        other.edges.some((edge) => edge.attachmentId === attachmentId && edge.state !== 'detached')
          ? []
          : ['attachmentNotFound'],
    };
  }
  const threadId = names[deed.place] ?? '';
  const next = nextState(deed.kind, reference.threads.get(threadId) ?? 'missing');
  if (deed.kind === 'replace' && next !== null) {
    names[deed.place] = `${threadId}'`;
    return become(names[deed.place] ?? '', next);
  }
  return next === null ? null : become(threadId, next);
}

function creation(deed: Extract<Deed, { kind: 'create' }>, names: readonly string[]): Act {
  const wanted = {
    parentThreadId: names[deed.parent] ?? '',
    childThreadId: names[(deed.parent + deed.behind) % PLACES] ?? '',
    roleLabel: deed.roleLabel,
    deliverReplies: deed.deliverReplies,
  };
  return {
    perform: (world) => world.create(wanted),
    expect: (reference, real, at) => {
      const attachmentId = real !== null && 'attachment' in real ? real.attachment.attachmentId : '';
      return reference.create(wanted, attachmentId, at);
    },
    reasons: (reference) => reference.reasonsAgainst(wanted),
  };
}

/** The runtime makes something else of a thread. */
function become(threadId: string, state: ThreadState): Act {
  return {
    perform: async (world) => {
      world.threadIs(threadId, state);
      return null;
    },
    expect: (reference, _real, at) => {
      reference.threadIs(threadId, state, at);
      return null;
    },
    reasons: nothing,
  };
}

/** What a thread becomes; null where that cannot be done to it. A new one takes the place of one that was deleted. */
function nextState(kind: Happening['kind'], state: ThreadState): ThreadState | null {
  if (kind === 'archive' && state === 'open') return 'archived';
  if (kind === 'unarchive' && state === 'archived') return 'open';
  if (kind === 'remove' && state !== 'missing') return 'missing';
  return kind === 'replace' && state === 'missing' ? 'open' : null;
}
