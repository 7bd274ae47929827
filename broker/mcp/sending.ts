import type { AttachmentMessage } from '../../protocol/attachments.js';
import { Replies, sendMessage } from '../cli/attachments-calls.js';
import { AnsweredError } from '../cli/broker-client.js';
import { messageOf } from '../cli/exit.js';
import { attachedThreads, findAttached, type AttachedThread } from './attached-threads.js';
import type { Calls } from './calls.js';
import { cutInMiddle, indented } from './history.js';
import { CALL_MS_MAX, REPLY_CHARS_MAX, WAIT_MS_MAX } from './limits.js';

/** What a thread sends to one that is attached to it. */
export interface Sending {
  readonly threadId: string;
  /** What the other one is called. */
  readonly wanted: string;
  readonly message: string;
  /** Whether the reply is waited for. */
  readonly wait: boolean;
}

/** Sends it, and says what happens next. @throws {Error} in words for the model */
export async function send(
  calls: Calls,
  { threadId, wanted, message, wait }: Sending,
  calledOff: AbortSignal,
): Promise<string> {
  let sent = '';
  /** The broker has been asked, and has not said whether it did it. */
  let isOpen = false;
  const work = calls.run(
    'controller',
    calledOff,
    async ({ client, broker, signal }) => {
      const found = findAttached(await attachedThreads(client, threadId), wanted);
      const { attachmentId } = found.attachment;
      const from = found.side === 'child' ? 'parent' : 'child';
      const replies = wait ? await Replies.of(broker, threadId, signal) : null;
      try {
        isOpen = true;
        const { messageId, turnId } = await sendMessage(client, { attachmentId, from, text: message }).catch(
          (error: unknown) => {
            isOpen = !(error instanceof AnsweredError);
            throw error;
          },
        );
        sent = `Sent as message ${messageId}; it is in turn ${turnId} of your ${found.side} thread ${found.threadId}.`;
        const next = nextSteps(found);
        if (replies === null) return `${sent} ${next}`;
        sent = `${sent} The reply has not come yet. ${next}`;
        return described(await replies.to(messageId), found);
      } finally {
        replies?.close();
      }
    },
    wait ? WAIT_MS_MAX : CALL_MS_MAX,
  );
  return await work.catch((error: unknown) => {
    // It was sent, whatever has become of the waiting: that it failed would be untrue.
    if (sent !== '') return sent;
    if (isOpen) throw new Error(`${messageOf(error)}. ${MAY_BE_SENT}`);
    throw error;
  });
}

const MAY_BE_SENT =
  'The message may have been sent all the same: look with read_attached_thread before you send it again.';

function nextSteps({ attachment: { deliverReplies } }: AttachedThread): string {
  return deliverReplies
    ? 'When that turn has ended, its last message comes to this thread by itself, as a message: do not wait for it, go on or end your turn.'
    : 'The answer is not sent to this thread: look for it with read_attached_thread.';
}

function described({ status, text, messageId }: AttachmentMessage, { attachment }: AttachedThread): string {
  const again = attachment.deliverReplies ? ' It also comes to this thread as a message.' : '';
  const how = status === 'completed' ? 'The turn has ended' : `The turn was ${status}`;
  const words = text === '' ? 'Nothing was said in it.' : cutInMiddle(indented(text), REPLY_CHARS_MAX);
  return `${how}. Its last message is the reply ${messageId}.${again}\n${words}`;
}
