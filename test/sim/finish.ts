import type { Connection } from './connection.js';
import { LOBBY } from './history.js';
import { list } from './message.js';
import type { Json } from './message.js';
import { NumberedReader } from './readers.js';
import { GRACE_MS } from './setting.js';
import type { World } from './world.js';

/** Rounds in which everything must have come to its end. */
const ROUNDS_MAX = 40;
/** Longer than the broker waits between any two tries to start the runtime again. */
const RESTART_MS = 12_000;

/** The end of a story: all read, all is answered, nobody waits, and everybody has what there was to get. */
export async function finish(world: World): Promise<void> {
  await rest(world);
  world.verdict.throwIfFailed();
  if (world.givenUp) {
    for (const { name, closed } of world.connections)
      world.verdict.check(closed, () => `${name} was not told of the end`);
  } else {
    everybodyHasAll(world);
    await newcomersAgree(world);
    await everythingIsDecided(world);
    everybodyHasAll(world);
    await nobodyWatches(world);
  }
  const stopped = world.broker.stop();
  await world.steps.settle();
  await stopped;
  world.verdict.throwIfFailed();
}

/** Lets everything come to rest. */
async function rest(world: World): Promise<void> {
  world.slowMarks.clear();
  for (const one of present(world)) {
    one.stalled = false;
    one.end.resume();
  }
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    await world.steps.settle();
    if (!world.runtime.speaks && !world.givenUp) await world.advance(RESTART_MS);
    else if (!world.runtime.idle) world.runtime.work(0);
    else break;
  }
  // A request that the runtime does not say again is asked after a while.
  await world.advance(1_100);
  await world.steps.settle();
}

const present = (world: World): Connection[] => world.connections.filter(({ closed }) => !closed);

function everybodyHasAll(world: World): void {
  for (const asked of world.history.asked.values()) {
    const isOpen = asked.answeredAt === null && asked.resolvedAt === null;
    const isHeld = present(world).some(({ asks }) => asks.times.has(asked));
    if (asked.single && isOpen && !isHeld)
      world.verdict.fail(`nobody is asked ${JSON.stringify(asked.message)}`);
  }
  for (const one of present(world)) {
    for (const { method } of one.inFlight.values()) one.fail(`waits for ever for the answer to ${method}`);
    if (one.fillIn !== null) one.fail(`was never filled in: ${one.fillIn.missing}`);
    if (one.asks.late.length > 0)
      one.fail(`was not told that it answered too late: ${one.asks.late.join(', ')}`);
    for (const reader of one.readers.values()) {
      reader.mustHaveAllBefore(world.history.now);
      if (reader instanceof NumberedReader) reader.mustBeAtEnd();
    }
    everythingOpenIsAsked(world, one);
    everythingIsHeard(world, one);
  }
  world.verdict.throwIfFailed();
}

/** The broker is told what happens in every thread that somebody is subscribed to. */
function everythingIsHeard(world: World, one: Connection): void {
  for (const reader of one.readers.values()) {
    const thread = world.runtime.threads.get(reader.log);
    const isHeard = thread?.loaded === true && thread.subscribed;
    if (reader.log !== LOBBY && reader.lasts(world.history.now) && !isHeard) {
      one.fail(`is subscribed to ${reader.log}, of which the broker hears nothing`);
    }
  }
}

/** What is open has been put to whoever may answer it, and shown to whoever looks on. */
function everythingOpenIsAsked(world: World, one: Connection): void {
  const { asks, capabilities } = one;
  for (const asked of world.history.asked.values()) {
    const isOpen = asked.answeredAt === null && asked.resolvedAt === null && !asked.single;
    if (!isOpen || one.readers.get(asked.threadId)?.lasts(world.history.now) !== true) continue;
    const looksOn = one.isV1 && capabilities.declared.observer;
    const mustKnow = looksOn || capabilities.mayBeAsked(asked);
    if (mustKnow && !(looksOn ? asks.shown : asks.times).has(asked)) {
      one.fail(`was never told of ${JSON.stringify(asked.message)}`);
    }
  }
}

/** Whoever comes now, on any wire, is told the same. */
async function newcomersAgree(world: World): Promise<void> {
  const declared = { experimentalApi: true, requiredHumanApproval: true, observer: false, optOut: [] };
  const threads = world.settledThreads.filter((id) => world.runtime.threads.get(id)?.archived === false);
  for (const wire of ['stock', 'json', 'msgpack'] as const) {
    const made = world.attach(wire, declared, 65_536, null);
    world.initialize(made);
    for (const threadId of threads) {
      made.request(made.wire === 'msgpack' ? 'broker/thread/join' : 'thread/resume', { threadId });
    }
  }
  await rest(world);
  everybodyHasAll(world);
  const [somebody] = present(world);
  somebody?.request('broker/status');
  await rest(world);
  nothingIsHeld(world, somebody?.status ?? {});
}

/** Nothing waits for anybody, and no log is over its bounds. */
function nothingIsHeld(world: World, status: Json): void {
  for (const { connectionId, pendingBytes, lagging } of list(status, 'connections')) {
    const isFree = pendingBytes === 0 && lagging === false;
    world.verdict.check(isFree, () => `${String(pendingBytes)} bytes wait for ${String(connectionId)}`);
  }
  const entriesMax = world.setting.ringEntries ?? Infinity;
  for (const { threadId, entries } of list(status, 'threads')) {
    const isWithin = Number(entries) <= entriesMax;
    world.verdict.check(isWithin, () => `the log of ${String(threadId)} holds ${String(entries)} entries`);
  }
}

/** Every question gets its answer, and the runtime that answer. */
async function everythingIsDecided(world: World): Promise<void> {
  for (const one of present(world)) {
    for (const asked of one.asks.times.keys()) {
      const id = asked.clientsId as number;
      if (asked.answeredAt === null && asked.resolvedAt === null) one.send({ id, result: { by: one.name } });
    }
  }
  await rest(world);
  for (const thread of world.runtime.threads.values()) {
    for (const { message } of thread.open)
      world.verdict.fail(`nobody could answer ${JSON.stringify(message)}`);
  }
}

/** What nobody watches is let go of, unless it is at work. */
async function nobodyWatches(world: World): Promise<void> {
  world.silent = true;
  for (const one of present(world)) one.end.dieAfter(0);
  await world.steps.settle();
  for (const { name, gone } of world.connections)
    world.verdict.check(gone, () => `the broker never heard that ${name} is gone`);
  await world.advance(GRACE_MS + 1);
  await rest(world);
  for (const thread of world.runtime.threads.values()) {
    const isIdle = thread.turn === null && thread.open.size === 0;
    if (isIdle && thread.loaded && thread.subscribed) world.verdict.fail(`${thread.id} was never let go of`);
  }
}
