import type { Thread } from '../../client/runtime-types.js';
import { threadLink } from '../state/route.js';
import { ACTIVITIES, activityOf, folderOf, titleOf } from '../state/thread-words.js';
import { ago } from '../state/times.js';
import { ThreadMenu } from './ThreadMenu.js';

interface ThreadRowProps {
  readonly thread: Thread;
  readonly isOpen: boolean;
  readonly now: number;
  /** Whether this page may change anything. */
  readonly mayChange: boolean;
}

/** A thread in the list: a link, and what can be done with it. */
export function ThreadRow({ thread, isOpen, now, mayChange }: ThreadRowProps) {
  const activity = activityOf(thread);
  return (
    <li class="list-row" data-activity={activity}>
      <a
        class="list-row-link"
        href={threadLink(thread.id)}
        aria-current={isOpen ? 'page' : undefined}
        data-thread={thread.id}
      >
        <span class="list-row-title">{titleOf(thread)}</span>
        <span class="list-row-facts">
          {activity !== 'idle' && <span class="activity">{ACTIVITIES[activity]}</span>}
          <span class="list-row-folder" title={thread.cwd}>
            {folderOf(thread.cwd)}
          </span>
          <time class="list-row-time">{ago(thread.updatedAt, now)}</time>
        </span>
      </a>
      {mayChange && (
        <span class="list-row-menu">
          <ThreadMenu thread={thread} />
        </span>
      )}
    </li>
  );
}
