import type { Message } from './normalise.js';

/**
 * Something that the real server leaves open, seen by running it against itself. Such messages are compared in a
 * lane of their own: in their order there, and in no order with others. Only what is listed here is let off.
 */
interface Freedom {
  /** Why, and how it was seen. */
  readonly reason: string;
  /** The scenarios in which it holds; all when absent. */
  readonly scenarios?: readonly string[];
  readonly matches: (message: Message) => boolean;
  /** The lane's name. Null: whether it comes at all is open, and it is not compared. */
  readonly lane: (message: Message) => string | null;
}

/** The first that matches counts. */
const freedoms: readonly Freedom[] = [
  {
    reason:
      'A script sends when what it waits for has come. What else has come by then is a matter of the two machines, ' +
      'not of the server.',
    matches: ({ direction }) => direction === 'sent',
    lane: () => 'sent',
  },
  {
    reason:
      'A turn runs in a task of its own as soon as it is submitted: its request may be answered before or after its ' +
      'first messages. Seen in about one turn in a hundred with both cores busy.',
    matches: ({ subject }) => subject === 'answer to turn/start',
    lane: ({ subject }) => subject,
  },
  {
    reason:
      'A parent and its child run at the same time. Seen in about one run in three: the spawning item of the parent ' +
      'is completed before or after the first item of the child.',
    scenarios: ['sub-agent'],
    matches: ({ thread }) => thread !== '',
    lane: ({ thread }) => thread,
  },
  {
    reason: 'The rate limits follow the token usage of parent or child, and do not say of which.',
    scenarios: ['sub-agent'],
    matches: ({ subject }) => subject === 'account/rateLimits/updated',
    lane: ({ subject }) => subject,
  },
  {
    reason:
      'A command that is declined is completed, and the model asked again, while the status that waits no longer is ' +
      'still to be told. Seen in about one run in ten with both cores busy.',
    scenarios: ['approval'],
    matches: ({ subject, text }) => subject === 'thread/status/changed' && text.includes('"activeFlags":[]'),
    lane: ({ subject }) => subject,
  },
  {
    reason:
      'The usage of a request to the model is told when the turn goes on, and may not be when the turn is interrupted ' +
      'or steered just then. Seen in about one run in fifty with both cores busy.',
    scenarios: ['interrupt'],
    matches: ({ subject }) =>
      subject === 'thread/tokenUsage/updated' || subject === 'account/rateLimits/updated',
    lane: () => null,
  },
  {
    reason:
      'A thread that is to be archived or deleted is unloaded first. Seen in about one run in two: the server has ' +
      'forgotten it before it would tell of its last status.',
    scenarios: ['archive', 'fork'],
    matches: ({ subject, text }) => subject === 'thread/status/changed' && text.includes('"notLoaded"'),
    lane: () => null,
  },
];

/** The messages of one client by lane. Nothing shares a lane with what came over an earlier connection. */
export function lanesOf(
  messages: readonly Message[],
  scenario: string,
): ReadonlyMap<string, readonly Message[]> {
  const own = freedoms.filter(({ scenarios }) => scenarios?.includes(scenario) ?? true);
  const lanes = new Map<string, Message[]>();
  let connection = 0;
  for (const message of messages) {
    if (message.direction === 'wire') connection += 1;
    const freedom = own.find((each) => each.matches(message));
    const lane = freedom ? freedom.lane(message) : 'received';
    if (lane === null) continue;
    const name = `${connection} ${lane}`;
    lanes.set(name, [...(lanes.get(name) ?? []), message]);
  }
  return lanes;
}
