import type { Wire } from '../../protocol/wires.js';
import type { Declared } from './capabilities.js';
import { close } from '../../protocol/close.js';
import type { Place, Sent } from './connection-context.js';
import type { Connection } from './connection.js';
import type { Json } from './message.js';
import { act } from './runtime-speech.js';
import type { World } from './world.js';

/** Numbers that choose among what there is when it comes to it. */
export interface Choice {
  readonly who: number;
  readonly thread: number;
  readonly n: number;
  /** The runtime takes its time to answer. */
  readonly slow: boolean;
}

/** Something that happens. The result says what, for people; null: it could not. */
export type Deed = (world: World, choice: Choice) => string | null;

function pick<T>(from: readonly T[], n: number): T | undefined {
  return from[n % from.length];
}

/** A client that is there, as far as it knows. */
function someone(world: World, { who }: Choice): Connection | undefined {
  return pick(
    world.connections.filter(({ closed }) => !closed),
    who,
  );
}

const threadOf = (world: World, { thread }: Choice): string =>
  pick(world.settledThreads, thread) ?? 'unknown';

function request(world: World, choice: Choice, method: string, params: Json): string | null {
  const by = someone(world, choice);
  if (by === undefined) return null;
  const sent: Sent = by.request(method, params);
  if (choice.slow) world.slowMarks.add(sent.mark);
  return `${by.name} sends ${method} ${JSON.stringify(params)}${choice.slow ? ', which takes its time' : ''}`;
}

/** Places in a thread that somebody was at; and some that nobody was. */
function sincePlace(world: World, { n }: Choice, threadId: string): Place | null {
  const known = world.connections.map((one) => one.place(threadId)).filter((place) => place !== null);
  const place = pick(known, n >> 3);
  if (place === undefined || n % 8 === 0) return null;
  if (n % 8 === 1) return { epoch: place.epoch, seq: place.seq + 1000 };
  if (n % 8 === 2) return { epoch: 'another', seq: place.seq };
  if (n % 8 === 3) return { epoch: place.epoch, seq: Math.max(0, place.seq - 3) };
  if (n % 8 === 4) return { epoch: place.epoch, seq: 0 };
  return place;
}

export const join: Deed = (world, choice) => {
  const by = someone(world, choice);
  if (by?.isV1 !== true) return null;
  const threadId = choice.n % 50 === 49 ? 'nowhere' : threadOf(world, choice);
  const since = sincePlace(world, choice, threadId);
  by.request('broker/thread/join', since === null ? { threadId } : { threadId, since });
  return `${by.name} joins ${threadId} since ${JSON.stringify(since)}`;
};

export const resume: Deed = (world, choice) => {
  const params = { threadId: threadOf(world, choice) };
  return request(
    world,
    choice,
    'thread/resume',
    choice.n % 3 === 0 ? { ...params, excludeTurns: true } : params,
  );
};

export const unsubscribe: Deed = (world, choice) =>
  request(world, choice, 'thread/unsubscribe', { threadId: threadOf(world, choice) });

export const open: Deed = (world, choice) => {
  const params = { early: choice.n % 2 === 0 };
  if (choice.n % 3 > 0) return request(world, choice, 'thread/start', params);
  return request(world, choice, 'thread/fork', { ...params, threadId: threadOf(world, choice) });
};

export const startTurn: Deed = (world, choice) =>
  request(world, choice, 'turn/start', { threadId: threadOf(world, choice), input: [] });

export const shelve: Deed = (world, choice) => {
  const method = choice.n % 2 === 0 ? 'thread/archive' : 'thread/unarchive';
  return request(world, choice, method, { threadId: threadOf(world, choice) });
};

export const status: Deed = (world, choice) => request(world, choice, 'broker/status', {});

export const cut: Deed = (world, choice) => {
  const by = someone(world, choice);
  if (by === undefined) return null;
  if (choice.n % 4 === 0) {
    by.leave(close.shutdown);
    return `${by.name} leaves`;
  }
  by.end.dieAfter(choice.n % 4 === 1 ? 0 : choice.n % 7);
  return `${by.name} is cut after ${choice.n % 4 === 1 ? 0 : choice.n % 7} more messages`;
};

export const stall: Deed = (world, choice) => {
  const by = someone(world, choice);
  if (by === undefined || by.stalled) return null;
  by.stalled = true;
  by.end.stall();
  return `${by.name} stops reading`;
};

export const read: Deed = (world, choice) => {
  const by = pick(
    world.connections.filter(({ closed, stalled }) => stalled && !closed),
    choice.who,
  );
  if (by === undefined) return null;
  by.stalled = false;
  by.end.resume();
  return `${by.name} reads again`;
};

/** A client answers one of the requests that it was asked, some of them more than once. */
export const decide: Deed = (world, choice) => {
  const by = pick(
    world.connections.filter(({ closed, asks }) => !closed && asks.times.size > 0),
    choice.who,
  );
  const asked = pick([...(by?.asks.times.keys() ?? [])].toReversed(), choice.thread);
  const id = asked?.clientsId as string | number | undefined;
  if (by === undefined || id === undefined) return null;
  const refuses = choice.n % 4 === 0;
  const answer = refuses
    ? { id, error: { code: -1, message: 'no', data: { by: by.name } } }
    : { id, result: { decision: 'accept', by: by.name } };
  by.send(answer);
  if (choice.n % 3 === 0) by.send(answer);
  return `${by.name} ${refuses ? 'refuses' : 'accepts'} ${id}${choice.n % 3 === 0 ? ', twice' : ''}`;
};

/** What nobody was asked is answered. */
export const stray: Deed = (world, choice) => {
  const by = someone(world, choice);
  by?.send({ id: choice.n, result: { decision: 'accept', by: by.name } });
  return by === undefined ? null : `${by.name} answers ${choice.n}, asked or not`;
};

export const work: Deed = (world, { n }) => {
  return world.runtime.idle ? null : `the runtime ${world.runtime.work(n)}`;
};

export const crash: Deed = (world, { n }) => {
  if (!world.runtime.alive) return null;
  const failures = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 9][n % 12] ?? 0;
  world.crash(failures);
  return `the runtime dies, and ${failures === 0 ? 'starts again' : `fails to start ${failures} times`}`;
};

/** What the runtime does by itself, each thing by three numbers. */
export type Speech = readonly (readonly [number, number, number])[];

export async function speak(world: World, speech: Speech, oneChunk: boolean): Promise<string> {
  const from = world.history.now;
  for (const [which, what, n] of speech) {
    act(world.runtime, which, what, n);
    if (!oneChunk) await world.steps.settle();
  }
  const said = [...world.history.logs.values()].flat().filter(({ stamp }) => stamp >= from);
  const words = said.map(
    ({ log, message }) => `${log}: ${message.method} (${message.emittedAtMs ?? message.id})`,
  );
  return `the runtime says${oneChunk ? ' at once' : ''} ${words.join(', ')}`;
}

/** Someone new, or someone from before on a new wire. */
export interface Arrival {
  readonly wire: Wire;
  readonly declared: Declared;
  readonly kernelBytes: number;
  readonly returns: boolean;
  readonly initializes: boolean;
}

export function arrive(world: World, choice: Choice, arrival: Arrival): string {
  const before = arrival.returns
    ? (pick(
        world.connections.filter(({ isV1 }) => isV1),
        choice.who,
      ) ?? null)
    : null;
  const wire = before === null ? arrival.wire : before.wire;
  const declared = before === null ? arrival.declared : before.capabilities.declared;
  if (world.givenUp) return 'nobody can come any more';
  const made = world.attach(wire, declared, arrival.kernelBytes, before);
  if (arrival.initializes) world.initialize(made);
  const how = JSON.stringify(declared);
  return `${made.name} comes on ${wire} ${how} with ${arrival.kernelBytes} bytes of kernel${before === null ? '' : `, it was ${before.name}`}`;
}
