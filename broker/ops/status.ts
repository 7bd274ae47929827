import type { StatusResult } from '../../protocol/schemas.js';
import type { Clock } from '../clock.js';
import type { Connection } from '../connection/connection.js';
import type { Connections } from '../connection/connections.js';
import type { RuntimeHold } from '../connection/runtime-hold.js';
import type { InFlight } from '../requests/in-flight.js';
import type { Supervisor } from '../runtime/supervisor.js';
import type { Upstream } from '../runtime/upstream.js';
import type { Logs } from '../thread/logs.js';
import type { Thread } from '../thread/thread.js';
import type { Threads } from '../thread/threads.js';
import type { Counters } from './counters.js';
import { eventLoopDelay } from './event-loop.js';
import { version } from './version.js';

/** The parts whose state `broker/status` tells. */
export interface StatusSources {
  readonly supervisor: Supervisor;
  readonly hold: RuntimeHold;
  readonly upstream: Upstream;
  readonly connections: Connections;
  readonly inFlight: InFlight;
  readonly clock: Clock;
  readonly threads: Threads;
  readonly logs: Logs;
  readonly counters: Counters;
  /** Where it listens. */
  listen(): readonly string[];
}

/** The answer of `broker/status`. */
export function statusOf(sources: StatusSources): StatusResult {
  const connections = [...sources.connections.all.values()];
  const { logs, counters } = sources;
  const { heapUsed, rss } = process.memoryUsage();
  const now = sources.clock.now();
  return {
    broker: { version, pid: process.pid, uptimeMs: Math.round(process.uptime() * 1000) },
    runtime: {
      label: sources.supervisor.label,
      userAgent: sources.upstream.runtime?.userAgent ?? '',
      state: sources.supervisor.state,
      restarts: sources.supervisor.restarts,
      heldUpBy: connections.flatMap((one) => {
        const ms = sources.hold.heldFor(one.outbox);
        return ms === null ? [] : [{ connectionId: one.id, ms }];
      }),
    },
    listen: [...sources.listen()],
    connections: connections.map((one) => connectionStatus(one, now)),
    threads: [...sources.threads.all()].filter((thread) => thread.loaded).map(threadStatus),
    approvals: { open: openApprovals(counters) },
    requests: { inFlight: sources.inFlight.size },
    memory: {
      bytes: logs.bytes,
      bytesMax: logs.bytesMax,
      logs: logs.size,
      heapBytes: heapUsed,
      residentBytes: rss,
    },
    eventLoop: eventLoopDelay(),
    ...told(counters),
  };
}

/** A copy: the plain ones, and those by name. */
function told(counts: Counters): Pick<StatusResult, 'counters' | 'tallies'> {
  const counters: Record<string, number> = {};
  const tallies: Record<string, Record<string, number>> = {};
  for (const [name, count] of Object.entries({ ...counts })) {
    if (typeof count === 'number') counters[name] = count;
    else tallies[name] = { ...count };
  }
  return { counters, tallies };
}

function openApprovals({ approvals }: Counters): number {
  return approvals.opened - approvals.answered - approvals.refused - approvals.cancelled;
}

function connectionStatus(connection: Connection, now: number): StatusResult['connections'][number] {
  return {
    connectionId: connection.id,
    clientName: connection.client?.name ?? '(not initialized)',
    transport: connection.transport.kind,
    wire: connection.wire,
    credential: connection.credential.name,
    role: connection.role,
    address: connection.transport.address,
    ageMs: now - connection.openedAt,
    threads: [...connection.threads].map((thread) => thread.id),
    lagging: connection.outbox.lagging,
    entriesBehind: connection.outbox.entriesBehind,
    pendingBytes: connection.outbox.pendingBytes,
  };
}

function threadStatus({ id, subscribers, openRequests, log }: Thread): StatusResult['threads'][number] {
  return {
    threadId: id,
    subscribers: subscribers.size,
    openRequests: openRequests.size,
    running: log?.fold.running ?? false,
    epoch: log?.epoch ?? null,
    seq: log?.seq ?? 0,
    entries: log === null ? 0 : log.seq - log.first + 1,
    bytes: log === null ? 0 : log.bytes + log.fold.bytes,
  };
}
