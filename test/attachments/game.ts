import assert from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import { attachmentStates } from '../../protocol/attachments.js';
import type { AttachmentState, AuditEntry } from '../../protocol/attachments.js';
import { actOf, PLACES } from './acts.js';
import type { Act, Step } from './acts.js';
import { Reference } from './reference.js';
import type { Answer } from './reference.js';
import type { Told, World } from './world.js';

/** Entries of the audit trail that are looked at after each step; all of them, where these are all new. */
const NEWEST = 10;
const ALL = 1_000;
const PAGE = 2;
const EVERY_STATE: readonly AttachmentState[] = attachmentStates;
const STATE_SETS: readonly (readonly AttachmentState[])[] = [
  [],
  ['active'],
  ['archived'],
  ['detached'],
  ['active', 'archived'],
  ['active', 'detached'],
  ['archived', 'detached'],
  EVERY_STATE,
];

/** What one step did, as the broker shows it. Where things happen at once their order is nobody's. */
interface Outcome {
  readonly answers: readonly (Answer | null)[];
  readonly edges: readonly unknown[];
  readonly told: readonly Told[];
  readonly trails: readonly (readonly AuditEntry[])[];
}

/** One way in which a step may be understood. */
interface Reading {
  readonly reference: Reference;
  readonly outcome: Outcome;
  readonly reasons: readonly (readonly string[])[];
}

/** What has been seen in all games together, and how often. */
export class Tally {
  readonly counts = new Map<string, number>();

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}

/** A sequence of steps, played with the broker's attachments and with the reference. */
export class Game {
  readonly #world: World;
  readonly #tally: Tally;
  #reference = new Reference();
  readonly #names = Array.from({ length: PLACES }, (_, place) => `t${place}`);
  /** All there have been. */
  readonly #threadIds = new Set(this.#names);

  constructor(world: World, tally: Tally) {
    this.#world = world;
    this.#tally = tally;
    for (const name of this.#names) {
      world.threads.set(name, 'open');
      this.#reference.threads.set(name, 'open');
    }
  }

  async play(step: Step): Promise<void> {
    const world = this.#world;
    world.tick();
    world.told = [];
    world.slowness = step.slowness;
    if (step.kind === 'at once') await this.#together(step);
    else await this.#down(step);
    await this.#looksRight();
  }

  /** After one more restart all of it is as it was, by every filter. */
  async finish(): Promise<void> {
    this.#world.tick();
    await this.#world.restart();
    await this.#looksRight();
    for (const parent of [null, ...this.#names])
      for (const child of [null, ...this.#names])
        for (const states of STATE_SETS) await this.#lists(parent, child, states);
    for (const threadId of this.#threadIds) {
      const expected = this.#reference.trail.filter((entry) => isAbout(entry, threadId));
      assert.deepEqual(inOrder(this.#world.trail({ threadId }, ALL)), inOrder(expected));
    }
    for (const { attachmentId } of this.#reference.edges) {
      const expected = this.#reference.trail.filter((entry) => edgeOf(entry) === attachmentId);
      assert.deepEqual(inOrder(this.#world.trail({ attachmentId }, ALL)), inOrder(expected));
    }
  }

  async #together({ deeds }: Extract<Step, { kind: 'at once' }>): Promise<void> {
    const acts: Act[] = [];
    const asked: Promise<Answer | null>[] = [];
    const places = new Set<number>();
    const steps: { after: number; act: Act }[] = [];
    for (const { after, deed } of deeds) {
      if ('place' in deed && places.has(deed.place)) continue;
      if ('place' in deed) places.add(deed.place);
      const act = actOf(deed, this.#names, this.#reference);
      if (act !== null) steps.push({ after, act });
    }
    for (const name of this.#names) this.#threadIds.add(name);
    for (const { after, act } of steps) {
      for (let i = 0; i < after && acts.length > 0; i += 1)
        await new Promise((resolve) => setImmediate(resolve));
      acts.push(act);
      asked.push(act.perform(this.#world));
    }
    const answers = await Promise.all(asked);
    await this.#world.settled();
    await this.#understand(acts, answers);
  }

  async #down({ kind: what, meanwhile }: Extract<Step, { kind: 'broker' | 'link' }>): Promise<void> {
    const acts: Act[] = [];
    for (const [place, kind] of meanwhile.entries()) {
      const act = kind === null ? null : actOf({ kind, place }, this.#names, this.#reference);
      if (act !== null) acts.push(act);
    }
    this.#world.isHeard = false;
    for (const act of acts) await act.perform(this.#world);
    this.#world.isHeard = true;
    if (what === 'broker') await this.#world.restart();
    else this.#world.runtimeIsBack();
    this.#tally.count(`${what} down`);
    await this.#understand(
      acts,
      acts.map(() => null),
    );
  }

  /** There is an order of the acts, one after the other, in which all would be as it is. */
  async #understand(acts: readonly Act[], answers: readonly (Answer | null)[]): Promise<void> {
    const { data: edges } = await this.#world.list({ states: [...EVERY_STATE], limit: ALL });
    const trails = [...this.#threadIds].map((threadId) => inOrder(this.#newest(threadId)));
    const outcome: Outcome = { answers, edges, told: toldInOrder(this.#world.told), trails };
    let first: Reading | null = null;
    for (const order of permutations(acts.map((_, index) => index))) {
      const reading = this.#read(acts, answers, order);
      first ??= reading;
      if (!isDeepStrictEqual(outcome, reading.outcome)) continue;
      this.#reference = reading.reference;
      this.#note(reading, acts.length);
      return;
    }
    assert.deepStrictEqual(outcome, first?.outcome);
  }

  #read(acts: readonly Act[], real: readonly (Answer | null)[], order: readonly number[]): Reading {
    const reference = this.#reference.copy();
    const before = reference.trail.length;
    const answers: (Answer | null)[] = acts.map(() => null);
    const reasons: (readonly string[])[] = [];
    for (const index of order) {
      const act = acts[index];
      if (act === undefined) continue;
      reasons.push(act.reasons(reference));
      answers[index] = act.expect(reference, real[index] ?? null, this.#world.now);
    }
    const fresh = reference.trail.slice(before);
    const told = fresh.flatMap((entry): Told[] =>
      'attachment' in entry
        ? [
            [entry.parentThreadId, entry.attachment],
            [entry.childThreadId, entry.attachment],
          ]
        : [],
    );
    const trails = [...this.#threadIds].map((id) => inOrder(fresh.filter((entry) => isAbout(entry, id))));
    return {
      reference,
      reasons,
      outcome: { answers, edges: reference.edges, told: toldInOrder(told), trails },
    };
  }

  /** What the trail of a thread has of this step; what stands before it is older. */
  #newest(threadId: string): readonly AuditEntry[] {
    const isNew = ({ at }: AuditEntry): boolean => at === this.#world.now;
    const newest = this.#world.trail({ threadId }, NEWEST);
    return (newest.every(isNew) ? this.#world.trail({ threadId }, ALL) : newest).filter(isNew);
  }

  #note({ reference, reasons }: Reading, acts: number): void {
    for (const [first, ...others] of reasons) {
      if (first === undefined) continue;
      this.#tally.count(`${first} ${others.length > 0 ? 'first of several' : 'alone'}`);
    }
    if (acts > 1) this.#tally.count('at once');
    for (const entry of reference.trail)
      if (entry.kind === 'stateChanged' && entry.at === this.#world.now)
        this.#tally.count(`became ${entry.attachment.state}`);
    const isOpen = (id: string): boolean => reference.threads.get(id) === 'open';
    for (const edge of reference.edges)
      if (edge.state === 'archived' && isOpen(edge.parentThreadId) && isOpen(edge.childThreadId))
        this.#tally.count('stayed archived');
  }

  async #looksRight(): Promise<void> {
    for (const states of STATE_SETS) await this.#lists(null, null, states);
    for (const name of this.#names) {
      await this.#lists(name, null, EVERY_STATE);
      await this.#lists(null, name, EVERY_STATE);
    }
    const paged: unknown[] = [];
    for (let cursor: string | null = null, more = true; more; more = cursor !== null) {
      const page = await this.#world.list({ cursor, limit: PAGE });
      paged.push(...page.data);
      cursor = page.nextCursor;
    }
    assert.deepEqual(paged, this.#reference.list(null, null, ['active']), 'page by page, what is active');
  }

  async #lists(
    parent: string | null,
    child: string | null,
    states: readonly AttachmentState[],
  ): Promise<void> {
    const query = { parentThreadId: parent, childThreadId: child, states: [...states], limit: ALL };
    const { data, nextCursor } = await this.#world.list(query);
    assert.deepEqual(data, this.#reference.list(parent, child, states));
    assert.equal(nextCursor, null);
  }
}

function isAbout(entry: AuditEntry, threadId: string): boolean {
  return entry.parentThreadId === threadId || entry.childThreadId === threadId;
}

/** The attachment that an entry is about; null where it is about none. */
function edgeOf(entry: AuditEntry): string | null {
  return 'attachment' in entry ? entry.attachment.attachmentId : entry.attachmentId;
}

function inOrder(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const key = (entry: AuditEntry): string =>
    JSON.stringify([
      [entry.at, entry.kind, entry.parentThreadId, entry.childThreadId, edgeOf(entry)],
      'attachment' in entry ? entry.attachment.state : null,
      'reason' in entry ? [entry.method, entry.reason] : null,
    ]);
  return entries.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function toldInOrder(told: readonly Told[]): readonly Told[] {
  return told.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function* permutations(of: readonly number[]): Generator<readonly number[]> {
  if (of.length <= 1) yield of;
  else
    for (const [index, first] of of.entries())
      for (const rest of permutations(of.toSpliced(index, 1))) yield [first, ...rest];
}
