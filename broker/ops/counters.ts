import { close } from '../../protocol/close.js';
import { errors } from '../../protocol/errors.js';

/** Counts by name. The names are fixed: what a client or the runtime chooses never becomes one. */
export type Tally<Name extends string = string> = Record<Name, number>;

const TRANSPORTS = ['websocket', 'stdio', 'memory'] as const;
const WIRES = ['stock', 'json', 'msgpack'] as const;
/** What carries a connection, and what is spoken on it: `websocket/stock`. */
export type ConnectionKind = `${(typeof TRANSPORTS)[number]}/${(typeof WIRES)[number]}`;
export const CONNECTION_KINDS: readonly ConnectionKind[] = TRANSPORTS.flatMap((transport) =>
  WIRES.map((wire) => `${transport}/${wire}` as const),
);

/** A connection ended without the broker having a reason: its client or the network did it. */
export const GONE = 'gone';

/**
 * Why a client that did not read was cut: it read nothing for `stallMs`, a log has dropped what it had not read, or too
 * much of its own waited.
 */
export type CutCause = 'stalled' | 'fellBehind' | 'tooMuchQueued';

/** How a client's request ended. `lost`: its connection had ended when the answer came. */
export type Outcome = 'result' | 'error' | 'refused' | 'lost';

/** What went through the broker since it started. Plain numbers: they are counted on the hot path. */
export interface Counters {
  /** Lines of the runtime. */
  runtimeLines: number;
  /** Bytes of those lines, and of what was sent to the runtime. */
  runtimeBytesIn: number;
  runtimeBytesOut: number;
  /** Lines of the runtime that were no message, or too long, or answered nothing. Dropped. */
  runtimeOddities: number;
  /** Entries appended to logs. */
  entries: number;
  /** Events parsed as JSON on their way. */
  eventsParsed: number;
  /** Frames encoded, not passed on as they came. */
  framesEncoded: number;
  /** Frames handed to connections. */
  framesSent: number;
  /** Writes to transports, each of one or more frames. */
  writes: number;
  /** Bytes of messages from and for clients. */
  clientBytesIn: number;
  clientBytesOut: number;
  /** Messages of clients. */
  clientMessages: number;
  /** Messages of clients that were no valid message. Answered with an error. */
  clientInvalid: number;
  /** Answers of clients to what they were never asked. Dropped. */
  strayAnswers: number;
  /** Notifications of clients, which app-server has no use for. Dropped. */
  clientNotifications: number;
  /** Subscriptions to logs, that of each client to the lobby too. */
  subscriptions: number;
  /** How often a connection's socket was full. */
  lagged: number;
  /** Requests for a person of which nobody was notified, as too many notifications waited. */
  notificationsDropped: number;
  /** HTTP requests and upgrades that were not let in, by status: no good token, a foreign page or name, too often. */
  turnedAway: Tally;
  /** Connections by transport and wire. */
  opened: Tally<ConnectionKind>;
  closed: Tally<ConnectionKind>;
  /** How connections ended: the reason of the close code, or `gone`. */
  ends: Tally;
  /** Connections cut because they did not read. */
  cuts: Tally<CutCause>;
  /** Requests of clients by how they ended; those refused also by the reason in the broker's answer. */
  requests: Tally<Outcome>;
  refusals: Tally;
  /** Joins from a position: with all that came after it, or with a snapshot instead. */
  rejoins: Tally<'recovered' | 'notRecovered'>;
  /** Approvals and questions of the runtime, and how they ended. */
  approvals: Tally<'opened' | 'answered' | 'refused' | 'cancelled'>;
}

export function newCounters(): Counters {
  return {
    runtimeLines: 0,
    runtimeBytesIn: 0,
    runtimeBytesOut: 0,
    runtimeOddities: 0,
    entries: 0,
    eventsParsed: 0,
    framesEncoded: 0,
    framesSent: 0,
    writes: 0,
    clientBytesIn: 0,
    clientBytesOut: 0,
    clientMessages: 0,
    clientInvalid: 0,
    strayAnswers: 0,
    clientNotifications: 0,
    subscriptions: 0,
    lagged: 0,
    notificationsDropped: 0,
    turnedAway: tally(['401', '403', '429', '503']),
    opened: tally(CONNECTION_KINDS),
    closed: tally(CONNECTION_KINDS),
    ends: tally([GONE, ...Object.values(close).map(({ reason }) => reason)]),
    cuts: { stalled: 0, fellBehind: 0, tooMuchQueued: 0 },
    requests: { result: 0, error: 0, refused: 0, lost: 0 },
    refusals: tally(Object.values(errors).map(({ reason }) => reason)),
    rejoins: { recovered: 0, notRecovered: 0 },
    approvals: { opened: 0, answered: 0, refused: 0, cancelled: 0 },
  };
}

/** One more of that name. False where it is none of the names: nothing is counted. */
export function countIn(counts: Tally, name: string): boolean {
  if (!Object.hasOwn(counts, name)) return false;
  counts[name] = (counts[name] ?? 0) + 1;
  return true;
}

function tally<Name extends string>(names: readonly Name[]): Tally<Name> {
  const counts: Partial<Tally<Name>> = {};
  for (const name of names) counts[name] = 0;
  // oxlint-disable-next-line no-unsafe-type-assertion -- every name has just been set
  return counts as Tally<Name>;
}
