import { readFileSync } from 'node:fs';
import type { Cli } from '../support/cli.js';

/** The runtime's process, as the broker names it at its start. */
export function runtimePid(broker: Cli): number {
  return Number(/runtime .* \(pid (\d+)\)/.exec(broker.stderr.all.join('\n'))?.[1]);
}

/** Whether there is such a process; one that has ended and waits for its parent to notice is none. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}
