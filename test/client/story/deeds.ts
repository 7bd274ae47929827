import { act, ACTS, endTurn, startTurn } from '../../sim/runtime-speech.js';
import { GRACE_MS, STALL_MS } from '../../sim/setting.js';
import { close } from '../../../protocol/close.js';
import type { WatchedThread } from '../../../client/index.js';
import type { Person } from './person.js';
import type { StoryWorld } from './world.js';

/** Everything there is in a story. */
export interface Stage {
  readonly world: StoryWorld;
  readonly people: Person[];
}

/** Beyond what a snapshot has. */
const HASTY_TURNS = 22;

/** Numbers that choose among what there is when it comes to it. */
export type Choice = readonly [who: number, which: number, n: number];

/** Something that happens. The result says what, for people; null: it could not. */
type Deed = (stage: Stage, choice: Choice) => string | null | Promise<string | null>;

function pick<T>(from: readonly T[], n: number): T | undefined {
  return from[n % from.length];
}

/** Somebody who has a socket. */
const connected = ({ people }: Stage, [who]: Choice): Person | undefined =>
  pick(
    people.filter(({ socket }) => socket?.closed === false),
    who,
  );

const threadOf = ({ world }: Stage, [, which]: Choice): string =>
  pick([...world.runtime.threads.keys()], which) ?? 'nowhere';

/** Somebody and a thread that they watch. */
function watcher({ people }: Stage, [who, which]: Choice): readonly [Person, WatchedThread] | null {
  const person = pick(people, who);
  const thread = pick([...(person?.watched.values() ?? [])], which);
  return person === undefined || thread === undefined ? null : [person, thread];
}

const speak: Deed = async ({ world }, [who, which, n]) => {
  for (let said = 0; said <= who % 6; said += 1) {
    act(world.runtime, which + said, (n * 7 + said * 13) % ACTS, n + said * 31);
    if (n % 2 === 0) await world.steps.settle();
  }
  return `the runtime says ${(who % 6) + 1} things${n % 2 === 0 ? '' : ' at once'}`;
};

/** More turns than a snapshot has. */
const haste: Deed = async ({ world }, [, which, n]) => {
  const threads = [...world.runtime.threads.values()].filter(
    ({ loaded, subscribed }) => loaded && subscribed,
  );
  const thread = pick(threads, which);
  if (thread === undefined || !world.runtime.speaks) return null;
  for (let turn = 0; turn < HASTY_TURNS; turn += 1) {
    // The broker does not follow that many turns while it waits for a page of them.
    while (!world.runtime.idle) {
      world.runtime.work(0);
      await world.steps.settle();
    }
    if (thread.turn === null) startTurn(world.runtime, thread, {});
    endTurn(world.runtime, thread);
    if (n % 4 === 0) await world.steps.settle();
  }
  return `${thread.id} has ${HASTY_TURNS} turns more`;
};

/** A message of a log is lost on its way, is no message, or comes twice. */
const garble: Deed = (stage, choice) => {
  const person = connected(stage, choice);
  const socket = person?.socket;
  if (!person || !socket) return null;
  const how = choice[2] % 3;
  socket.passes = (data) => {
    if (typeof data !== 'string' || !data.startsWith('{"log":')) return data;
    socket.passes = (same) => same;
    if (how < 2) person.robbed = socket;
    if (how === 0) return null;
    if (how === 1) return data.slice(0, -2);
    socket.says(data);
    return data;
  };
  return `${person.name} gets the next entry ${['not', 'without its end', 'twice'][how]}`;
};

const watch: Deed = (stage, choice) => {
  const person = pick(stage.people, choice[0]);
  const threadId = choice[2] % 40 === 39 ? 'nowhere' : threadOf(stage, choice);
  person?.watch(threadId);
  return `${person?.name} watches ${threadId}`;
};

const leave: Deed = (stage, choice) => {
  const found = watcher(stage, choice);
  if (found === null) return null;
  const [person, { threadId }] = found;
  person.leave(threadId);
  return `${person.name} leaves ${threadId}`;
};

const start: Deed = ({ people }, [who]) => {
  const person = pick(people, who);
  person?.start();
  return `${person?.name} starts a thread`;
};

const submit: Deed = (stage, choice) => {
  const found = watcher(stage, choice);
  if (found === null) return null;
  found[0].submit(found[1]);
  return `${found[0].name} says something in ${found[1].threadId}`;
};

const answer: Deed = (stage, choice) => {
  const found = watcher(stage, choice);
  const open = found?.[1].state.requests.filter(({ status }) => status === 'open') ?? [];
  const request = pick(open, choice[2]);
  if (found === null || request === undefined) return null;
  const { requestId, params } = request;
  found[0].answer(found[1], requestId, params['startedAtMs']);
  return `${found[0].name} answers ${requestId}`;
};

const interrupt: Deed = (stage, choice) => {
  const found = watcher(stage, choice);
  if (found === null) return null;
  found[0].interrupt(found[1]);
  return `${found[0].name} stops ${found[1].threadId}`;
};

const loadOlder: Deed = (stage, choice) => {
  const found = watcher(stage, choice);
  if (found === null) return null;
  found[0].loadOlder(found[1]);
  return `${found[0].name} looks back in ${found[1].threadId}`;
};

const shelve: Deed = (stage, choice) => {
  const person = pick(stage.people, choice[0]);
  const archived = [...stage.world.runtime.threads.values()].find((thread) => thread.archived);
  const method = archived === undefined ? 'thread/archive' : 'thread/unarchive';
  const threadId = archived?.id ?? threadOf(stage, choice);
  person?.call(method, { threadId });
  return `${person?.name} calls ${method} of ${threadId}`;
};

const cut: Deed = (stage, choice) => {
  const person = connected(stage, choice);
  const n = choice[2];
  if (n % 4 === 0) person?.socket?.close(close.shutdown.code);
  else person?.socket?.end.dieAfter(n % 4 === 1 ? 0 : n % 7);
  return person === undefined ? null : `${person.name} is cut (${n % 4}, ${n % 7})`;
};

const stall: Deed = (stage, choice) => {
  const person = connected(stage, choice);
  if (person === undefined || person.stalled) return null;
  person.stalled = true;
  person.socket?.end.stall();
  return `${person.name} reads nothing`;
};

const read: Deed = ({ people }, [who]) => {
  const person = pick(
    people.filter(({ stalled }) => stalled),
    who,
  );
  if (person === undefined) return null;
  person.stalled = false;
  person.socket?.end.resume();
  return `${person.name} reads again`;
};

const wake: Deed = ({ people }, [who, , n]) => {
  const person = pick(people, who);
  if (n % 2 === 0) person?.wake(n % 4 === 0 ? 'retry' : 'doubt');
  else person?.client.retryNow();
  return `${person?.name} ${n % 2 === 0 ? 'wakes up' : 'tries now'}`;
};

const reach: Deed = ({ world }) => {
  world.unreachable = !world.unreachable;
  return `the broker can${world.unreachable ? 'not' : ''} be reached`;
};

const wait: Deed = async ({ world }, [, , n]) => {
  const ms = [1, 300, 300, 1_100, 1_100, 5_000, 5_000, 30_000, STALL_MS + 1, GRACE_MS + 1][n % 10] ?? 1;
  await world.advance(ms);
  return `${ms} ms go by`;
};

const work: Deed = ({ world }, [, , n]) =>
  world.runtime.idle ? null : `the runtime ${world.runtime.work(n)}`;

const crash: Deed = ({ world }, [, , n]) => {
  if (!world.runtime.alive) return null;
  const failures = [0, 0, 0, 0, 1, 2][n % 6] ?? 0;
  world.crash(failures);
  return `the runtime dies, and fails to start ${failures} times`;
};

const likely: readonly (readonly [Deed, number])[] = [
  [speak, 9],
  [wait, 2],
  [cut, 3],
  [work, 3],
  [submit, 2],
  [answer, 3],
  [watch, 1],
  [loadOlder, 1],
  [stall, 1],
  [read, 1],
  [wake, 1],
  [reach, 1],
  [leave, 1],
  [start, 1],
  [interrupt, 1],
  [shelve, 1],
  [haste, 1],
  [garble, 2],
  [crash, 1],
];
/** Each as often as it is likely. */
export const deeds = likely.flatMap(([each, times]) => Array.from({ length: times }, () => each));
