import { isItem } from '../../client/runtime-types.js';
import type { UserInput } from '../../client/runtime-types.js';
import type { Observable, TurnState, Unsubscribe } from '../../client/types.js';
import { OUTGOING_MAX } from '../limits.js';

/** A message that was written here and is not part of the thread yet. */
export interface OutgoingMessage {
  /** The `clientUserMessageId` that it goes under, also when it is sent again. */
  readonly clientId: string;
  readonly threadId: string;
  readonly input: readonly UserInput[];
  /** `sent`: the broker has it; the thread will show it in a moment. */
  readonly status: 'sending' | 'sent' | 'failed';
  /** Why it has failed. */
  readonly error: string | null;
}

type Submit = (input: readonly UserInput[], clientId: string) => Promise<unknown>;

/** What was written and is on its way, over all threads: shown until the thread itself has it. */
export class Outgoing implements Observable<readonly OutgoingMessage[]> {
  readonly #listeners = new Set<() => void>();
  readonly #newId: () => string;
  #messages: readonly OutgoingMessage[] = [];

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  get state(): readonly OutgoingMessage[] {
    return this.#messages;
  }

  subscribe(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  send(threadId: string, input: readonly UserInput[], submit: Submit): void {
    const message = { clientId: this.#newId(), threadId, input, status: 'sending', error: null } as const;
    this.#set([...this.#messages, message].slice(-OUTGOING_MAX));
    void this.#submit(message, submit);
  }

  /** Sends what has failed once more, under the same id: what did arrive does not arrive twice. */
  retry(clientId: string, submit: Submit): void {
    const message = this.#messages.find((each) => each.clientId === clientId && each.status === 'failed');
    if (message !== undefined) void this.#submit(message, submit);
  }

  discard(clientId: string): void {
    this.#set(this.#messages.filter((each) => each.clientId !== clientId));
  }

  /** Takes away what the thread has by now. */
  arrived(turns: readonly TurnState[]): void {
    if (this.#messages.length === 0) return;
    const known = clientIdsOf(turns);
    const left = this.#messages.filter(({ clientId }) => !known.has(clientId));
    if (left.length < this.#messages.length) this.#set(left);
  }

  /** The thread is not looked at any more: what the broker has need not be waited for. */
  left(threadId: string): void {
    this.#set(this.#messages.filter((each) => each.threadId !== threadId || each.status !== 'sent'));
  }

  async #submit({ clientId, input }: OutgoingMessage, submit: Submit): Promise<void> {
    this.#change(clientId, { status: 'sending', error: null });
    try {
      await submit(input, clientId);
      this.#change(clientId, { status: 'sent', error: null });
    } catch (error) {
      this.#change(clientId, {
        status: 'failed',
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }

  #change(clientId: string, change: Pick<OutgoingMessage, 'status' | 'error'>): void {
    this.#set(this.#messages.map((each) => (each.clientId === clientId ? { ...each, ...change } : each)));
  }

  #set(messages: readonly OutgoingMessage[]): void {
    this.#messages = messages;
    for (const listener of this.#listeners) listener();
  }
}

/** Of the newest turns only: what is on its way belongs to no other. */
const TURNS_LOOKED_AT = 3;

function clientIdsOf(turns: readonly TurnState[]): ReadonlySet<string> {
  const items = turns.slice(-TURNS_LOOKED_AT).flatMap((turn) => turn.items);
  const ids = items.map(({ item }) => (isItem(item, 'userMessage') ? item.clientId : null));
  return new Set(ids.filter((id) => id !== null));
}
