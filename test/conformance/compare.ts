import { canonical, isList, isObject, type Json } from '../codex/json.js';
import { lanesOf, type Freedom } from './lanes.js';
import type { Message, Normalised } from './normalise.js';

/** One thing in which what a client saw at the broker is not what it saw at the real server. */
export interface Difference {
  readonly scenario: string;
  readonly client: string;
  /** `moved`: it is there on both sides, with others between. */
  readonly kind: 'missing' | 'extra' | 'changed' | 'moved';
  /** The message: the real server's, or the broker's where the real server has none. */
  readonly message: Message;
  /** Where in the message, when it was changed: `params.turn.items[0].text`. */
  readonly path: string;
  readonly real: Json | undefined;
  readonly broker: Json | undefined;
}

/** What is to be known of a scenario whose plays are compared. */
interface Compared {
  readonly name: string;
  /** What the real server leaves open in it. */
  readonly freedoms?: readonly Freedom[];
}

type Pair = readonly [real: Message | null, broker: Message | null];

/** Compares message by message, client by client. Empty when nobody could tell one from the other. */
export function compare(
  { name, freedoms = [] }: Compared,
  real: Normalised,
  broker: Normalised,
): readonly Difference[] {
  const clients = [...new Set([...Object.keys(real), ...Object.keys(broker)])].toSorted();
  return clients.flatMap((client) => {
    const [theirs, ours] = [lanesOf(real[client] ?? [], freedoms), lanesOf(broker[client] ?? [], freedoms)];
    const lanes = [...new Set([...theirs.keys(), ...ours.keys()])];
    const found = lanes.flatMap((lane) => {
      const pairs = align(theirs.get(lane) ?? [], ours.get(lane) ?? []);
      return moved(pairs.flatMap((pair) => differences(name, client, pair)));
    });
    return found.toSorted((a, b) => a.message.index - b.message.index);
  });
}

function differences(scenario: string, client: string, [real, broker]: Pair): readonly Difference[] {
  const at = { scenario, client, path: '' };
  if (real && broker) {
    const members = changes(real.body, broker.body, '');
    return members.map((change) => ({ ...at, kind: 'changed', message: real, ...change }));
  }
  if (real) return [{ ...at, kind: 'missing', message: real, real: real.body, broker: undefined }];
  if (broker) return [{ ...at, kind: 'extra', message: broker, real: undefined, broker: broker.body }];
  return [];
}

/** The same, with what is missing in one place and extra in another as one difference. */
function moved(found: readonly Difference[]): readonly Difference[] {
  const extra = found.filter(({ kind }) => kind === 'extra');
  const gone = new Set<Difference>();
  const joined = found.map((one) => {
    if (one.kind !== 'missing') return one;
    const twin = extra.find((other) => !gone.has(other) && other.message.text === one.message.text);
    if (twin === undefined) return one;
    gone.add(twin);
    return { ...one, kind: 'moved' as const, broker: twin.broker };
  });
  return joined.filter((one) => !gone.has(one));
}

interface Change {
  readonly path: string;
  readonly real: Json | undefined;
  readonly broker: Json | undefined;
}

function changes(real: Json | undefined, broker: Json | undefined, path: string): readonly Change[] {
  if (isObject(real) && isObject(broker)) {
    const names = new Set([...Object.keys(real), ...Object.keys(broker)]);
    return [...names].flatMap((name) =>
      changes(real[name], broker[name], path === '' ? name : `${path}.${name}`),
    );
  }
  if (isList(real) && isList(broker) && real.length === broker.length) {
    return real.flatMap((each, index) => changes(each, broker[index], `${path}[${index}]`));
  }
  return text(real) === text(broker) ? [] : [{ path, real, broker }];
}

function text(value: Json | undefined): string {
  return value === undefined ? 'absent' : canonical(value);
}

/** Pairs up two sequences so that as many pairs as possible are equal, and of the rest as many as possible alike. */
function align(real: readonly Message[], broker: readonly Message[]): readonly Pair[] {
  const scores = alignmentScores(real, broker);
  const score = (i: number, j: number): number => scores[i]?.[j] ?? 0;
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  while (i < real.length || j < broker.length) {
    const [a, b] = [real[i] ?? null, broker[j] ?? null];
    if (a && b && likeness(a, b) > 0 && score(i, j) === likeness(a, b) + score(i + 1, j + 1))
      pairs.push([a, b]);
    else if (a && score(i, j) === score(i + 1, j)) pairs.push([a, null]);
    else pairs.push([null, b]);
    const [left, right] = pairs.at(-1) ?? [];
    i += left ? 1 : 0;
    j += right ? 1 : 0;
  }
  return pairs;
}

/** `[i][j]`: the best score of `real` from `i` and `broker` from `j` on. */
function alignmentScores(
  real: readonly Message[],
  broker: readonly Message[],
): readonly (readonly number[])[] {
  const scores: number[][] = [Array.from({ length: broker.length + 1 }, () => 0)];
  for (const a of real.toReversed()) {
    const below = scores[0] ?? [];
    const row = [0];
    for (let j = broker.length - 1; j >= 0; j -= 1) {
      const b = broker[j];
      const paired = b ? likeness(a, b) + (below[j + 1] ?? 0) : 0;
      row.unshift(Math.max(paired, below[j] ?? 0, row[0] ?? 0));
    }
    scores.unshift(row);
  }
  return scores;
}

function likeness(a: Message, b: Message): number {
  if (a.direction !== b.direction || a.subject !== b.subject) return 0;
  if (a.text === b.text) return 4;
  return a.thread === b.thread ? 2 : 1;
}
