import type { StatusResult } from '../../protocol/schemas.js';
import type { Connection } from '../connection/connection.js';
import type { Connections } from '../connection/connections.js';
import type { RuntimeHold } from '../connection/runtime-hold.js';
import type { RuntimeLink } from '../runtime/link.js';
import type { Upstream } from '../runtime/upstream.js';
import type { Threads } from '../thread/threads.js';
import type { Counters } from './counters.js';
import { version } from './version.js';

/** The parts whose state `broker/status` tells. */
export interface StatusSources {
  readonly link: RuntimeLink;
  readonly hold: RuntimeHold;
  readonly upstream: Upstream;
  readonly connections: Connections;
  readonly threads: Threads;
  readonly counters: Counters;
  readonly listen: readonly string[];
}

/** The answer of `broker/status`. */
export function statusOf(sources: StatusSources): StatusResult {
  const connections = [...sources.connections.all.values()];
  return {
    broker: { version, pid: process.pid, uptimeMs: Math.round(process.uptime() * 1000) },
    runtime: {
      label: sources.link.label,
      userAgent: sources.upstream.runtime?.userAgent ?? '',
      heldUpBy: connections.filter((one) => sources.hold.holds(one.outbox)).map((one) => one.id),
    },
    listen: [...sources.listen],
    connections: connections.map(connectionStatus),
    threads: [...sources.threads.all()]
      .filter((thread) => thread.loaded)
      .map((thread) => ({
        threadId: thread.id,
        subscribers: thread.subscribers.size,
        openRequests: thread.openRequests.size,
      })),
    counters: { ...sources.counters },
  };
}

function connectionStatus(connection: Connection): StatusResult['connections'][number] {
  return {
    connectionId: connection.id,
    clientName: connection.client?.name ?? '(not initialized)',
    transport: connection.transport.kind,
    threads: [...connection.threads].map((thread) => thread.id),
    pendingBytes: connection.outbox.pendingBytes,
  };
}
