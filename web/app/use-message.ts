import { useEffect, useState } from 'preact/hooks';
import type { WatchedThread } from '../../client/api.js';
import { complaintOf, inputOf } from '../state/message.js';
import { useWorkplace } from './context.js';
import { useImages } from './Images.js';
import type { Images } from './Images.js';
import { submitTo } from './Outgoing.js';

/** The message that is being written. */
export interface Message {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly images: Images;
  /** Why it cannot be sent as it is, or why an image was not taken. */
  readonly problem: string | null;
  readonly canSend: boolean;
  readonly send: () => void;
}

/** What is written to a thread, kept as a draft until it is sent. */
export function useMessage(thread: WatchedThread): Message {
  const { drafts, outgoing } = useWorkplace();
  const { threadId } = thread;
  const [text, setText] = useState(() => drafts.of(threadId));
  const images = useImages();
  useEffect(() => drafts.set(threadId, text), [drafts, threadId, text]);
  const input = inputOf(text, images.urls);
  const complaint = complaintOf(text, images.urls);
  const canSend = input.length > 0 && complaint === null;
  const send = (): void => {
    if (!canSend) return;
    outgoing.send(threadId, input, submitTo(thread));
    setText('');
    images.clear();
  };
  return { text, setText, images, problem: complaint ?? images.problem, canSend, send };
}
