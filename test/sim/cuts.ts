import type { CloseReason } from '../../protocol/close.js';
import type { Connection } from './connection.js';
import type { World } from './world.js';
import { STALL_MS } from './setting.js';

/** Why a connection should not have been cut; null where there is a reason. */
export function wrongCut(world: World, connection: Connection, { reason }: CloseReason): string | null {
  if (reason === 'shutdown') return null;
  if (reason === 'runtimeExited') return world.givenUp ? null : 'the runtime can still come back';
  if (reason !== 'slowConsumer') return 'nobody has done anything that calls for it';
  const { ringEntries, ringBytes, memoryBytes } = world.setting;
  if (world.clock.now() - connection.readAt >= STALL_MS) return null;
  if (ringBytes !== null || memoryBytes !== null) return null;
  // An answer that it has not read may have subscribed it to anything.
  if (connection.inFlight.size > 0) return null;
  const behind = [...connection.readers.values()].map((reader) => reader.behind);
  return Math.max(0, ...behind) > (ringEntries ?? Infinity)
    ? null
    : `it is ${behind.join(', ')} entries behind`;
}
