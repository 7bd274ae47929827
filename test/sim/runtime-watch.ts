import type { Asked } from './history.js';
import type { Json, Message } from './message.js';
import type { RuntimeThread } from './runtime-thread.js';

/** A request of the broker that the runtime has not answered, its own or a client's. */
export interface Pending {
  readonly id: number;
  readonly method: string;
  readonly params: Json;
  /** Which client's request it is, and which of its: every client marks its own. Empty for the broker's. */
  readonly mark: string;
  /** What it says, where that was settled when it came. */
  prepared: Json | null;
}

/** What a client's request was answered with, and when. */
export interface Said {
  readonly stamp: number;
  readonly result: Json | null;
}

/** What the runtime tells of itself to whoever keeps the books. */
export interface RuntimeWatch {
  /** A thread of the runtime's own is about to speak for the first time. */
  spawned(threadId: string): void;
  /** A request has been answered, and the broker has dealt with it. */
  answered(pending: Pending, said: Said): void;
  /** Whether it waits with what comes of an answer until the story says otherwise. */
  ponders(asked: Asked): boolean;
  /** Runs something so much later. */
  after(ms: number, run: () => void): void;
  /** It has said all that belongs to an answer. */
  handled(pending: Pending): void;
  /** The broker has written an answer to a request. */
  decided(asked: Asked, answer: Message): void;
  /** A thread is put away: its subscriptions are over. */
  threadGone(threadId: string): void;
  /** The broker lets a thread go. */
  unsubscribed(thread: RuntimeThread): void;
  /** Whether a request is to wait until the story says otherwise. */
  dawdles(pending: Pending): boolean;
  /** The broker ends it. */
  killed(): void;
  /** Which clients have a request of the kind in flight that causes a notice. */
  askers(): void;
}
