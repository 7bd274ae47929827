import type { Logger } from 'pino';
import type { AttachmentMessage } from '../../protocol/attachments.js';
import { errors } from '../../protocol/errors.js';
import { MESSAGE_HOPS_MAX, MESSAGES_IN_FLIGHT_MAX } from '../../protocol/limits.js';
import { mayBeDone, Refusal } from '../requests/refusal.js';
import type { Attachments } from './attachments.js';
import { findTurn } from './past-turns.js';
import type { Retry } from './retry.js';
import type { Routing } from './routing.js';
import { textItem } from './routing.js';
import type { StoredMessage } from './store.js';
import type { Ask } from '../requests/asking.js';

export interface DeliveriesContext {
  readonly ask: Ask;
  readonly attachments: Attachments;
  readonly routing: Routing;
  readonly retry: Retry;
  readonly log: Logger;
}

/** What the reader of a reply is told of the turn that it comes from. */
const HOW_IT_ENDED = {
  completed: null,
  failed: 'Its turn has failed; this is the last it said',
  interrupted: 'Its turn was interrupted; this is the last it said',
} as const;

/** Replies that are messages to those who wait for them. There is no reply to a reply. */
export class Deliveries {
  readonly #context: DeliveriesContext;
  #count = 0;

  constructor(context: DeliveriesContext) {
    this.#context = context;
  }

  /**
   * Never rejects: nobody waits for it, and what is refused stands in the audit trail.
   * @param isInDoubt whether it may have arrived: in an earlier life of the broker, or of the runtime
   */
  async deliver(stored: StoredMessage, isInDoubt: boolean): Promise<void> {
    const { message: reply } = stored;
    const { retry } = this.#context;
    this.#count += 1;
    try {
      if (reply.hops > MESSAGE_HOPS_MAX)
        throw Refusal.of(errors.tooManyHops, `The chain of messages is over ${MESSAGE_HOPS_MAX} long`);
      if (this.#count > MESSAGES_IN_FLIGHT_MAX) throw Refusal.of(errors.overloaded, 'Too many replies wait');
      let mayHaveArrived = isInDoubt;
      await retry.untilItCan(async () => {
        if (mayHaveArrived && (await this.#hasArrived(stored))) return;
        try {
          await this.#start(stored);
        } catch (error) {
          mayHaveArrived ||= mayBeDone(error);
          throw error;
        }
      });
    } catch (error) {
      await this.#refused(reply, error);
    } finally {
      this.#count -= 1;
      await this.#done(stored);
    }
  }

  async #start(stored: StoredMessage): Promise<void> {
    const note = HOW_IT_ENDED[stored.message.status ?? 'completed'];
    const letter = { ...stored, note, input: [textItem(stored.message.text)] };
    await this.#context.routing.start(letter, { started() {}, ended() {} });
  }

  /** @throws {Refusal} that cannot be said: rather not delivered than twice */
  async #hasArrived({ message, clientUserMessageId }: StoredMessage): Promise<boolean> {
    const names = { turnId: null, clientUserMessageId };
    return (await findTurn(this.#context.ask, message.to, names)) !== null;
  }

  /** It has arrived, or never will. */
  async #done({ message }: StoredMessage): Promise<void> {
    const change = { ended: [message.messageId] };
    try {
      await this.#context.attachments.changes.runAlways(() => ({ change, kept: () => {} }));
    } catch (error) {
      this.#context.log.error({ error }, 'that a reply was delivered could not be written down');
    }
  }

  async #refused(reply: AttachmentMessage, error: unknown): Promise<void> {
    const { attachments, log } = this.#context;
    const edge = attachments.edgeNow(reply.attachmentId);
    if (!(error instanceof Refusal)) log.error({ error }, 'a reply could not be delivered');
    else if (edge !== null)
      await attachments.trail.refused(error, edge, {
        method: 'broker/attachment/send',
        text: reply.text,
        by: null,
      });
  }
}
