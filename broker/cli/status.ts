import { statusResult } from '../../protocol/schemas.js';
import type { StatusResult } from '../../protocol/schemas.js';
import type { StateDir } from '../ops/state-dir.js';
import { runningBroker } from './broker-address.js';
import { BrokerClient } from './broker-client.js';
import { cell, oneLine } from './one-line.js';
import { duration, print, printed, size, table } from './output.js';

/** Prints what runs, where, and who is attached; with `json` the answer of `broker/status`. @throws {CommandError} */
export async function status(stateDir: StateDir, { json }: { json: boolean }): Promise<void> {
  const client = await BrokerClient.connect(runningBroker(stateDir));
  const result = statusResult.parse(await client.call('broker/status', {}));
  client.close();
  print(json ? JSON.stringify(result) : describe(result));
  await printed();
}

function describe(result: StatusResult): string {
  const { broker, listen } = result;
  return [
    `threadcast ${broker.version} (pid ${broker.pid}), up ${duration(broker.uptimeMs)}`,
    `  runtime    ${runtimeText(result)}`,
    ...listen.map((url) => `  listening  ${url}`),
    ...figures(result).map(([what, text]) => `  ${what.padEnd(9)}  ${text}`),
    '',
    clientsTable(result),
    '',
    threadsTable(result),
  ].join('\n');
}

function runtimeText({ runtime: { label, state, restarts, heldUpBy } }: StatusResult): string {
  const again = restarts === 0 ? [] : [`restarted ${times(restarts)}`];
  const held = heldUpBy.map((one) => `held up by ${one.connectionId} for ${duration(one.ms)}`);
  return [oneLine(label), state, ...again, ...held].join(', ');
}

function figures({
  approvals,
  counters,
  eventLoop,
  memory,
  requests,
  tallies,
}: StatusResult): readonly (readonly [string, string])[] {
  const asked = tallies['approvals'] ?? {};
  const { p50Ms, p99Ms, maxMs } = eventLoop;
  const bytes = (name: string): string => size(counters[name] ?? 0);
  return [
    ['approvals', `${approvals.open} open; ${listed(asked, ['answered', 'refused', 'cancelled'])}`],
    ['requests', `${requests.inFlight} in flight; ${byName(tallies['requests'])}`],
    ['refused', byName(tallies['refusals'])],
    ['rejoins', byName(tallies['rejoins'])],
    ['cut', byName(tallies['cuts'])],
    ['ended', byName(tallies['ends'])],
    ['clients', `${bytes('clientBytesIn')} in, ${bytes('clientBytesOut')} out`],
    [
      'events',
      `${counters['entries'] ?? 0} (${bytes('runtimeBytesIn')} in, ${bytes('runtimeBytesOut')} out)`,
    ],
    ['logs', `${size(memory.bytes)} of ${size(memory.bytesMax)}, in ${memory.logs}`],
    ['memory', `${size(memory.heapBytes)} of objects, ${size(memory.residentBytes)} in all`],
    ['late by', `${p50Ms} ms half of the time, ${p99Ms} ms at 99 %, ${maxMs} ms at worst`],
  ];
}

function listed(counts: Readonly<Record<string, number>>, names: readonly string[]): string {
  return names.map((name) => `${counts[name] ?? 0} ${name}`).join(', ');
}

/** Those that are not 0: there may be many. */
function byName(counts: Readonly<Record<string, number>> = {}): string {
  const names = Object.keys(counts).filter((name) => counts[name] !== 0);
  return names.length === 0 ? 'none' : listed(counts, names);
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function clientsTable({ connections }: StatusResult): string {
  return table(
    ['CLIENT', 'NAME', 'AS', 'ROLE', 'FROM', 'WIRE', 'AGE', 'THREADS', 'BEHIND', 'PENDING'],
    connections.map((one) => [
      one.connectionId,
      cell(one.clientName),
      cell(one.credential),
      one.role,
      one.address,
      `${one.transport}/${one.wire}`,
      duration(one.ageMs),
      String(one.threads.length),
      String(one.entriesBehind),
      size(one.pendingBytes),
    ]),
  );
}

function threadsTable({ threads }: StatusResult): string {
  return table(
    ['THREAD', 'SUBSCRIBERS', 'OPEN REQUESTS', 'RUNNING', 'LOG'],
    threads.map((one) => [
      cell(one.threadId),
      String(one.subscribers),
      String(one.openRequests),
      one.running ? 'yes' : 'no',
      size(one.bytes),
    ]),
  );
}
