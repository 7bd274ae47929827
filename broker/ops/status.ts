import type { StatusResult } from '../../protocol/schemas.js';
import type { Connection } from '../connection/connection.js';
import type { Connections } from '../connection/connections.js';
import type { RuntimeHold } from '../connection/runtime-hold.js';
import type { Supervisor } from '../runtime/supervisor.js';
import type { Upstream } from '../runtime/upstream.js';
import type { Logs } from '../thread/logs.js';
import type { Thread } from '../thread/thread.js';
import type { Threads } from '../thread/threads.js';
import type { Counters } from './counters.js';
import { version } from './version.js';

/** The parts whose state `broker/status` tells. */
export interface StatusSources {
  readonly supervisor: Supervisor;
  readonly hold: RuntimeHold;
  readonly upstream: Upstream;
  readonly connections: Connections;
  readonly threads: Threads;
  readonly logs: Logs;
  readonly counters: Counters;
  readonly listen: readonly string[];
}

/** The answer of `broker/status`. */
export function statusOf(sources: StatusSources): StatusResult {
  const connections = [...sources.connections.all.values()];
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
    listen: [...sources.listen],
    connections: connections.map(connectionStatus),
    threads: [...sources.threads.all()].filter((thread) => thread.loaded).map(threadStatus),
    memory: { bytes: sources.logs.bytes, logs: sources.logs.size },
    counters: { ...sources.counters },
  };
}

function connectionStatus(connection: Connection): StatusResult['connections'][number] {
  return {
    connectionId: connection.id,
    clientName: connection.client?.name ?? '(not initialized)',
    transport: connection.transport.kind,
    wire: connection.wire,
    threads: [...connection.threads].map((thread) => thread.id),
    lagging: connection.outbox.lagging,
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
