import { useEffect, useState } from 'preact/hooks';
import type { WatchedThread } from '../../client/api.js';
import type { AttachmentMessage } from '../../protocol/attachments.js';
import { TRAIL_MAX } from '../limits.js';
import { list, members } from '../requests/params.js';
import { useClock } from '../state/clock.js';
import { useSelected } from '../state/observe.js';
import { ago } from '../state/times.js';
import { LongText } from '../thread/LongText.js';
import { useWorkplace } from './context.js';

interface MessagesProps {
  readonly thread: WatchedThread;
  readonly nameOf: (threadId: string) => string;
}

/** What was sent along the attachments of a thread, the newest first. */
export function AttachmentMessages({ thread, nameOf }: MessagesProps) {
  const messages = useMessages(thread);
  const now = useClock();
  if (messages.length === 0) return null;
  return (
    <>
      <h3>Messages</h3>
      <ol class="messages">
        {messages.map(({ messageId, kind, from, to, text, at, status }) => (
          <li key={messageId}>
            <p class="messages-head">
              {from === thread.threadId ? `To ${nameOf(to)}` : `From ${nameOf(from)}`}
              {kind === 'reply' && (
                <span class="mark">{status === 'completed' ? 'reply' : `reply, ${status ?? 'open'}`}</span>
              )}
              <time>{ago(Date.parse(at) / 1000, now)}</time>
            </p>
            <div class="messages-text">
              <LongText text={text} isFinished />
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}

function useMessages(thread: WatchedThread): readonly AttachmentMessage[] {
  const { client } = useWorkplace();
  const { threadId } = thread;
  const told = useSelected(thread, ({ messages }) => messages);
  const [listed, setListed] = useState<readonly AttachmentMessage[]>([]);
  useEffect(() => {
    let isCurrent = true;
    void client
      .call('broker/attachment/messages/list', { threadId, limit: TRAIL_MAX })
      .then((page) => isCurrent && setListed(messagesOf(page)))
      // Then it shows what is told from now on.
      .catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [client, threadId]);
  const byId = new Map([...listed, ...told].map((message) => [message.messageId, message]));
  return [...byId.values()].toSorted((one, other) => other.at.localeCompare(one.at)).slice(0, TRAIL_MAX);
}

function messagesOf(page: unknown): readonly AttachmentMessage[] {
  return list(members(page)['data']).filter(isMessage);
}

function isMessage(entry: unknown): entry is AttachmentMessage {
  const { kind } = members(entry);
  return kind === 'message' || kind === 'reply';
}
