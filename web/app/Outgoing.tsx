import type { WatchedThread } from '../../client/api.js';
import type { UserInput } from '../../client/runtime-types.js';
import { useObservable } from '../state/observe.js';
import type { OutgoingMessage } from '../state/outgoing.js';
import { useWorkplace } from './context.js';

/** How a message of this page gets to the broker. */
export function submitTo(thread: WatchedThread) {
  return async (input: readonly UserInput[], clientUserMessageId: string): Promise<unknown> =>
    await thread.submit(input, { clientUserMessageId });
}

/** What was written here and is on its way to the thread, or did not get there. */
export function OutgoingMessages({ thread }: { readonly thread: WatchedThread }) {
  const { outgoing } = useWorkplace();
  const messages = useObservable(outgoing).filter(({ threadId }) => threadId === thread.threadId);
  if (messages.length === 0) return null;
  return (
    <ul class="outgoing" aria-label="On their way">
      {messages.map((message) => (
        <li key={message.clientId} class="outgoing-message" data-status={message.status}>
          <span class="outgoing-text">{wordsOf(message)}</span>
          {message.status === 'failed' ? (
            <span class="outgoing-failed" role="alert">
              Not sent: {message.error}
              <button
                type="button"
                class="button small"
                onClick={() => outgoing.retry(message.clientId, submitTo(thread))}
              >
                Try again
              </button>
              <button
                type="button"
                class="button small mild"
                onClick={() => outgoing.discard(message.clientId)}
              >
                Discard
              </button>
            </span>
          ) : (
            <span class="outgoing-note">{message.status === 'sending' ? 'Sending…' : 'Sent'}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

function wordsOf({ input }: OutgoingMessage): string {
  const images = input.filter(({ type }) => type === 'image').length;
  const text = input.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  const pictures = images === 0 ? '' : ` [${images === 1 ? 'an image' : `${images} images`}]`;
  return `${text}${pictures}`.trim();
}
