import type { StatusResult } from '../../protocol/schemas.js';
import { CONNECTION_KINDS } from './counters.js';
import type { Counters, Tally } from './counters.js';

/** What the metrics are read from. */
export interface Reading {
  readonly status: StatusResult;
  readonly counters: Counters;
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric: its name without `threadcast_`, what a person should know about it, and its samples now. */
export interface Family {
  readonly kind: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: (reading: Reading) => readonly Sample[];
}

function plain(kind: Family['kind'], name: string, help: string, read: (reading: Reading) => number): Family {
  return { kind, name, help, labels: [], read: (reading) => [{ labels: {}, value: read(reading) }] };
}

/** What grows and shrinks. */
function gauge(name: string, help: string, read: (reading: Reading) => number): Family {
  return plain('gauge', name, help, read);
}

/** What has happened since the broker started. */
function counter(name: string, help: string, read: (reading: Reading) => number): Family {
  return plain('counter', name, help, read);
}

/** The same by one name. */
function counterBy(label: string, name: string, help: string, read: (reading: Reading) => Tally): Family {
  const samples = (reading: Reading): Sample[] =>
    Object.entries(read(reading)).map(([key, value]) => ({ labels: { [label]: key }, value }));
  return { kind: 'counter', name, help, labels: [label], read: samples };
}

/** By what carries a connection, and what is spoken on it. */
function byKind(
  kind: Family['kind'],
  name: string,
  help: string,
  read: (reading: Reading) => Readonly<Record<string, number>>,
): Family {
  const samples = (reading: Reading): Sample[] => {
    const counts = read(reading);
    return CONNECTION_KINDS.map((one) => {
      const [transport = '', wire = ''] = one.split('/');
      return { labels: { transport, wire }, value: counts[one] ?? 0 };
    });
  };
  return { kind, name, help, labels: ['transport', 'wire'], read: samples };
}

type ConnectionStatus = StatusResult['connections'][number];

function sumOf({ status }: Reading, read: (one: ConnectionStatus) => number): number {
  return status.connections.reduce((sum, one) => sum + read(one), 0);
}

function worstOf({ status }: Reading, read: (one: ConnectionStatus) => number): number {
  return status.connections.reduce((worst, one) => Math.max(worst, read(one)), 0);
}

function openByKind({ status }: Reading): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { transport, wire } of status.connections)
    counts[`${transport}/${wire}`] = (counts[`${transport}/${wire}`] ?? 0) + 1;
  return counts;
}

const clients: readonly Family[] = [
  byKind(
    'gauge',
    'connections',
    'Clients connected now, by what carries them and what they speak',
    openByKind,
  ),
  byKind('counter', 'connections_opened_total', 'Connections opened', ({ counters }) => counters.opened),
  byKind('counter', 'connections_closed_total', 'Connections ended', ({ counters }) => counters.closed),
  counterBy(
    'reason',
    'connection_ends_total',
    'How connections ended: the reason that the broker gave, or gone where client or network ended it',
    ({ counters }) => counters.ends,
  ),
  counterBy(
    'cause',
    'connections_cut_total',
    'Clients cut because they did not read: nothing for too long, fell off a log, or too much queued',
    ({ counters }) => counters.cuts,
  ),
  counterBy(
    'status',
    'turned_away_total',
    'HTTP requests and upgrades that were not let in: no good token (401), a foreign page or name (403), too often (429)',
    ({ counters }) => counters.turnedAway,
  ),
  gauge('subscriptions', 'Subscriptions to threads now, of all clients together', (reading) =>
    sumOf(reading, (one) => one.threads.length),
  ),
  counter(
    'subscriptions_begun_total',
    'Subscriptions to logs, that of each client to what everyone gets included',
    ({ counters }) => counters.subscriptions,
  ),
  counterBy(
    'result',
    'rejoins_total',
    'Clients that came back to a thread from a position: with all they had missed, or with a snapshot instead',
    ({ counters }) => counters.rejoins,
  ),
  gauge('pending_bytes', 'Bytes on their way to clients that no socket has taken, all together', (reading) =>
    sumOf(reading, (one) => one.pendingBytes),
  ),
  gauge('worst_pending_bytes', 'The same of the client that is furthest behind', (reading) =>
    worstOf(reading, (one) => one.pendingBytes),
  ),
  gauge('lag_entries', 'Entries of logs that clients have not been given yet, all together', (reading) =>
    sumOf(reading, (one) => one.entriesBehind),
  ),
  gauge('worst_lag_entries', 'The same of the client that is furthest behind', (reading) =>
    worstOf(reading, (one) => one.entriesBehind),
  ),
  gauge('lagging_connections', 'Clients whose socket is full now', (reading) =>
    sumOf(reading, (one) => (one.lagging ? 1 : 0)),
  ),
  counter('lagged_total', 'How often the socket of a client was full', ({ counters }) => counters.lagged),
];

const messages: readonly Family[] = [
  counter('log_entries_total', 'Entries appended to logs', ({ counters }) => counters.entries),
  counter('client_messages_total', 'Messages that clients sent', ({ counters }) => counters.clientMessages),
  counter(
    'client_received_bytes_total',
    'Bytes of messages that clients sent',
    ({ counters }) => counters.clientBytesIn,
  ),
  counter(
    'client_sent_bytes_total',
    'Bytes of messages that clients were sent',
    ({ counters }) => counters.clientBytesOut,
  ),
  counter('client_frames_total', 'Messages that clients were sent', ({ counters }) => counters.framesSent),
  counter(
    'client_invalid_messages_total',
    'Messages of clients that were none, or too large',
    ({ counters }) => counters.clientInvalid,
  ),
  counter(
    'stray_answers_total',
    'Answers of clients to what they were never asked; dropped',
    ({ counters }) => counters.strayAnswers,
  ),
  counterBy(
    'outcome',
    'requests_total',
    'Requests of clients that have ended: with a result, an error of the runtime, a refusal of the broker, or lost with their connection',
    ({ counters }) => counters.requests,
  ),
  counterBy(
    'reason',
    'requests_refused_total',
    'Requests of clients that the broker refused, by the reason in its answer',
    ({ counters }) => counters.refusals,
  ),
  gauge(
    'requests_in_flight',
    'Requests that the runtime has not answered',
    ({ status }) => status.requests.inFlight,
  ),
  counterBy(
    'state',
    'approvals_total',
    'Approvals and questions that the runtime opened, and how they ended',
    ({ counters }) => counters.approvals,
  ),
  gauge(
    'approvals_open',
    'Approvals and questions that wait for an answer now',
    ({ status }) => status.approvals.open,
  ),
  counter(
    'notifications_dropped_total',
    'Approvals and questions for which --notify-command was not run, as too many were waiting',
    ({ counters }) => counters.notificationsDropped,
  ),
];

const runtime: readonly Family[] = [
  gauge('runtime_up', 'Whether the runtime answers: 1 or 0', ({ status }) =>
    status.runtime.state === 'running' ? 1 : 0,
  ),
  counter(
    'runtime_restarts_total',
    'How often the runtime was started again',
    ({ status }) => status.runtime.restarts,
  ),
  gauge(
    'runtime_holds',
    'Stdio clients that do not read, so that the runtime has to wait now',
    ({ status }) => status.runtime.heldUpBy.length,
  ),
  counter('runtime_lines_total', 'Lines that the runtime wrote', ({ counters }) => counters.runtimeLines),
  counter(
    'runtime_odd_lines_total',
    'Lines of the runtime that were no message, too long, or answered nothing; dropped',
    ({ counters }) => counters.runtimeOddities,
  ),
  counter(
    'runtime_received_bytes_total',
    'Bytes that the runtime wrote',
    ({ counters }) => counters.runtimeBytesIn,
  ),
  counter(
    'runtime_sent_bytes_total',
    'Bytes that the runtime was sent',
    ({ counters }) => counters.runtimeBytesOut,
  ),
];

const process: readonly Family[] = [
  gauge('uptime_seconds', 'How long the broker has run', ({ status }) => status.broker.uptimeMs / 1000),
  gauge('threads_loaded', 'Threads that the runtime has loaded', ({ status }) => status.threads.length),
  gauge('logs', 'Logs held: of threads, and of what everyone gets', ({ status }) => status.memory.logs),
  gauge('log_bytes', 'Bytes that all logs hold', ({ status }) => status.memory.bytes),
  gauge('log_limit_bytes', 'Bytes that all logs may hold', ({ status }) => status.memory.bytesMax),
  gauge('heap_bytes', 'Bytes of JavaScript objects', ({ status }) => status.memory.heapBytes),
  gauge(
    'resident_memory_bytes',
    'Memory of the process, as the system counts it',
    ({ status }) => status.memory.residentBytes,
  ),
  {
    kind: 'gauge',
    name: 'event_loop_delay_seconds',
    help: 'How late the event loop was since the last scrape: half of the time, 99 % of it, and at worst',
    labels: ['quantile'],
    read: ({ status: { eventLoop } }) => [
      { labels: { quantile: '0.5' }, value: eventLoop.p50Ms / 1000 },
      { labels: { quantile: '0.99' }, value: eventLoop.p99Ms / 1000 },
      { labels: { quantile: '1' }, value: eventLoop.maxMs / 1000 },
    ],
  },
];

/** Every metric of the broker. */
export const families: readonly Family[] = [...clients, ...messages, ...runtime, ...process];
