import { readFileSync } from 'node:fs';

/** One run of a program: a pid alone may have been given to another one since. */
export interface ProcessStart {
  readonly pid: number;
  /** When it began, as the kernel counts it, in which run of the machine. Empty where the kernel does not tell. */
  readonly startedAt: string;
}

const ZOMBIE = 'Z';

export function thisProcess(): ProcessStart {
  return { pid: process.pid, startedAt: startOf(process.pid) ?? '' };
}

/** Whether it has not ended. Where the kernel does not tell when it began, being there must do. */
export function isRunning({ pid, startedAt }: ProcessStart): boolean {
  return startOf(pid) === startedAt;
}

/** When a process began; null when there is none. */
function startOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return null;
  }
  try {
    const ticks = startIn(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    // They are counted from the start of the machine, and a container gives the same pids again.
    return ticks === null
      ? null
      : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
  } catch {
    return '';
  }
}

/** When a process began, in ticks, of what proc(5) says in its `stat`; null where it has ended. */
export function startIn(stat: string): string | null {
  // Fields 3, 20 and 22; the second, the name in brackets, may hold spaces and brackets.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // One that has ended and was not waited for (in a container without an init) runs no more; but while another of its
  // threads is still ending, its files and sockets are open.
  if (state === ZOMBIE && Number(fields[16]) <= 1) return null;
  return fields[18] ?? '';
}
