import { useState } from 'preact/hooks';
import type { WatchedThread } from '../../client/api.js';
import type { Thread } from '../../client/runtime-types.js';
import { useSelected } from '../state/observe.js';
import { ACTIVITIES, activityOf, folderOf, titleOf } from '../state/thread-words.js';
import { TokenUsage } from '../thread/TokenUsage.js';
import { AttachmentsDialog } from './Attachments.js';
import { useWorkplace } from './context.js';
import { BackIcon, LinkIcon } from './icons.js';
import { PresenceButton } from './Presence.js';
import { ThreadMenu } from './ThreadMenu.js';

interface ThreadHeaderProps {
  readonly thread: WatchedThread;
  readonly threads: readonly Thread[];
}

/** What thread it is, what goes on in it, and who else is there. */
export function ThreadHeader({ thread, threads }: ThreadHeaderProps) {
  const { client } = useWorkplace();
  const [isAttachments, setAttachments] = useState(false);
  const known = useSelected(thread, (state) => state.thread);
  const usage = useSelected(thread, (state) => state.tokenUsage);
  const role = useSelected(client.connection, (state) => state.role);
  // The list is told of names and states of all threads.
  const listed = threads.find(({ id }) => id === thread.threadId);
  const shown = listed ?? known;
  const activity = shown === null || shown === undefined ? 'idle' : activityOf(shown);
  return (
    <header class="thread-head">
      <a class="icon-button back" href="#" aria-label="All threads">
        <BackIcon />
      </a>
      <div class="thread-title">
        <h1>{shown === null || shown === undefined ? 'Loading…' : titleOf(shown)}</h1>
        {shown !== null && shown !== undefined && (
          <p class="thread-facts" data-activity={activity}>
            <span class="activity">{ACTIVITIES[activity]}</span>
            <span class="thread-folder" title={shown.cwd}>
              {folderOf(shown.cwd)}
            </span>
          </p>
        )}
      </div>
      {usage !== null && (
        <span class="thread-usage">
          <TokenUsage usage={usage} />
        </span>
      )}
      <PresenceButton threadId={thread.threadId} threads={threads} />
      <button
        type="button"
        class="icon-button"
        aria-label="Attached threads"
        title="Attached threads"
        onClick={() => setAttachments(true)}
      >
        <LinkIcon />
      </button>
      {role !== 'observer' && shown !== null && shown !== undefined && <ThreadMenu thread={shown} />}
      {isAttachments && (
        <AttachmentsDialog
          thread={thread}
          threads={threads}
          mayChange={role !== 'observer'}
          onClose={() => setAttachments(false)}
        />
      )}
    </header>
  );
}
