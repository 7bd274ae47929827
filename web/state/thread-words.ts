import type { Thread } from '../../client/runtime-types.js';
import { isWaiting } from '../../client/types.js';
import { label } from '../thread/text.js';

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
  return label(name) || label(agentNickname) || label(preview) || 'New thread';
}

/** The last two parts of a folder: that is how people tell them apart. */
export function folderOf(cwd: string): string {
  const parts = cwd.split(/[/\\]/).filter((part) => part !== '');
  return label(parts.length <= 2 ? cwd : `…/${parts.slice(-2).join('/')}`);
}

/** For where the first message of a thread must not be shown: its name, else its folder. */
export function discreetTitleOf({ name, cwd }: Thread): string {
  return label(name) || `A thread in ${folderOf(cwd)}`;
}
