import type { Thread } from '../../client/runtime-types.js';
import { isWaiting } from '../../client/types.js';

/** What goes on in a thread. */
export type Activity = 'waiting' | 'working' | 'failed' | 'idle';

export function activityOf(thread: Pick<Thread, 'status'>): Activity {
  if (isWaiting(thread)) return 'waiting';
  if (thread.status.type === 'active') return 'working';
  return thread.status.type === 'systemError' ? 'failed' : 'idle';
}

/** How it is said. */
export const ACTIVITIES: Readonly<Record<Activity, string>> = {
  waiting: 'Waits for you',
  working: 'Working',
  failed: 'Failed',
  idle: 'Idle',
};

/** What a thread is called: its name, else how it begins. */
export function titleOf({ name, preview, agentNickname }: Thread): string {
  const title = name?.trim() || agentNickname?.trim() || preview.trim();
  return title === '' ? 'New thread' : title;
}

/** The last two parts of a folder: that is how people tell them apart. */
export function folderOf(cwd: string): string {
  const parts = cwd.split(/[/\\]/).filter((part) => part !== '');
  return parts.length <= 2 ? cwd : `…/${parts.slice(-2).join('/')}`;
}

/** For where the first message of a thread must not be shown: its name, else its folder. */
export function discreetTitleOf({ name, cwd }: Thread): string {
  const own = name?.trim() ?? '';
  return own === '' ? `A thread in ${folderOf(cwd)}` : own;
}
