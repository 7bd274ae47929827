import { member, type Json } from '../codex/json.js';
import type { Message } from './normalise.js';

/**
 * Something that the real server leaves open, seen by running it against itself. Such messages are compared in a
 * lane of their own: in their order there, and in no order with others. Only what is listed here is let off.
 */
export interface Freedom {
  /** Why, and how it was seen. */
  readonly reason: string;
  /** `seen`: all that the client saw. */
  readonly matches: (message: Message, seen: readonly Message[]) => boolean;
  /** The lane's name. Null: whether it comes at all is open, and it is not compared. */
  readonly lane: (message: Message) => string | null;
}

const USAGE = 'thread/tokenUsage/updated';
const LIMITS = 'account/rateLimits/updated';

/** What holds in every scenario. The first that matches counts, and a scenario's own come after these. */
const everywhere: readonly Freedom[] = [
  {
    reason:
      'A script sends when what it waits for has come. What else has come by then is a matter of the two machines, ' +
      'not of the server.',
    matches: ({ direction }) => direction === 'sent',
    lane: () => 'sent',
  },
  {
    reason:
      'A turn runs in a task of its own as soon as it is submitted, and takes up input by itself: the request may be ' +
      'answered before or after its messages. Seen in about one turn in a hundred with both cores busy.',
    matches: ({ subject }) => subject === 'answer to turn/start' || subject === 'answer to turn/steer',
    lane: ({ subject }) => subject,
  },
  {
    reason:
      'The MCP servers of a thread start in a task of their own, which tells of them before or after the answer to ' +
      'the start of the thread. Seen in about one run in two.',
    matches: ({ subject }) => subject === 'mcpServer/startupStatus/updated',
    lane: ({ subject }) => subject,
  },
  {
    reason:
      'A turn that is interrupted has a tenth of a second to tell of its last usage, and has none before the model ' +
      'has begun to answer. Seen in one in two that are interrupted just then, and in one in a hundred that are ' +
      'interrupted later, with both cores busy.',
    matches: (message, seen) => isUsageOfInterrupted(message, seen) || isLimitsOfInterrupted(message, seen),
    lane: () => null,
  },
];

/** Whether it tells of the usage of a turn that ends by being interrupted. */
function isUsageOfInterrupted({ subject, body, index }: Message, seen: readonly Message[]): boolean {
  if (subject !== USAGE) return false;
  const turn = member(body, 'params', 'turnId');
  return seen.slice(index).some(({ body: later }) => interruptedTurn(later) === turn);
}

/** Whether it is the rate limits that follow such a usage. */
function isLimitsOfInterrupted({ subject, index }: Message, seen: readonly Message[]): boolean {
  if (subject !== LIMITS) return false;
  const last = seen.slice(0, index).findLast((each) => each.subject === USAGE || each.subject === LIMITS);
  return last !== undefined && isUsageOfInterrupted(last, seen);
}

/** The id of the turn that this says to have been interrupted. */
function interruptedTurn(body: Json): Json | null {
  if (member(body, 'method') !== 'turn/completed') return null;
  if (member(body, 'params', 'turn', 'status') !== 'interrupted') return null;
  return member(body, 'params', 'turn', 'id') ?? null;
}

/** For a scenario in which several threads run at the same time. */
export const threadsApart: readonly Freedom[] = [
  {
    reason:
      'A parent and its child run at the same time. Seen in about one run in three: the spawning item of the parent ' +
      'is completed before or after the first item of the child.',
    matches: ({ thread }) => thread !== '',
    lane: ({ thread }) => thread,
  },
  {
    reason: 'The rate limits follow the token usage of one of the threads, and do not say of which.',
    matches: ({ subject }) => subject === LIMITS,
    lane: ({ subject }) => subject,
  },
];

/** A thread that is to be archived or deleted is unloaded first. */
export const lastStatusUntold: Freedom = {
  reason:
    'Seen in about one run in two: the server has forgotten the thread before it would tell of its last status.',
  matches: ({ subject, text }) => subject === 'thread/status/changed' && text.includes('"notLoaded"'),
  lane: () => null,
};

/** For a scenario that steers a turn, or puts its thread away. */
export const usageUntold: Freedom = {
  reason:
    'The usage of a request to the model is told when the turn goes on, and may not be when the turn is steered, or ' +
    'its thread put away, just then. Seen in one in three that are steered before the model answers, with both cores ' +
    'busy.',
  matches: ({ subject }) => subject === USAGE || subject === LIMITS,
  lane: () => null,
};

/** The messages of one client by lane. Nothing shares a lane with what came over an earlier connection. */
export function lanesOf(
  messages: readonly Message[],
  own: readonly Freedom[],
): ReadonlyMap<string, readonly Message[]> {
  const lanes = new Map<string, Message[]>();
  const freedoms = [...everywhere, ...own];
  let connection = 0;
  for (const message of messages) {
    if (message.direction === 'wire') connection += 1;
    const freedom = freedoms.find((each) => each.matches(message, messages));
    const lane = freedom ? freedom.lane(message) : 'received';
    if (lane === null) continue;
    const name = `${connection} ${lane}`;
    lanes.set(name, [...(lanes.get(name) ?? []), message]);
  }
  return lanes;
}
