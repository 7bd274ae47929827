import type { Logger } from 'pino';
import type { AttachmentMessage } from '../../protocol/attachments.js';
import { errors } from '../../protocol/errors.js';
import { MESSAGE_HOPS_MAX, MESSAGES_IN_FLIGHT_MAX } from '../../protocol/limits.js';
import type { Clock } from '../clock.js';
import { Refusal } from '../requests/refusal.js';
import type { Attachments } from './attachments.js';
import { findTurn } from './past-turns.js';
import { untilItCan } from './retry.js';
import type { Routing } from './routing.js';
import { textItem } from './routing.js';
import type { StoredMessage } from './store.js';
import type { Ask } from './thread-states.js';

export interface DeliveriesContext {
  readonly ask: Ask;
  readonly attachments: Attachments;
  readonly routing: Routing;
  readonly clock: Clock;
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

  /** One of an earlier life of the broker, which may have been delivered then. */
  async recover(stored: StoredMessage): Promise<void> {
    const { ask, clock } = this.#context;
    const names = { turnId: null, clientUserMessageId: stored.clientUserMessageId };
    const find = async (): Promise<unknown> => await findTurn(ask, stored.message.to, names);
    // Where there is no such thread any more, that is what delivering it is refused with.
    const found = await untilItCan(clock, find).catch(() => null);
    if (found === null) await this.deliver(stored);
    else await this.#done(stored);
  }

  /** Never rejects: nobody waits for it, and what is refused stands in the audit trail. */
  async deliver(stored: StoredMessage): Promise<void> {
    const { message: reply } = stored;
    const { clock, routing } = this.#context;
    this.#count += 1;
    try {
      if (reply.hops > MESSAGE_HOPS_MAX)
        throw Refusal.of(errors.tooManyHops, `The chain of messages is over ${MESSAGE_HOPS_MAX} long`);
      if (this.#count > MESSAGES_IN_FLIGHT_MAX) throw Refusal.of(errors.overloaded, 'Too many replies wait');
      const note = HOW_IT_ENDED[reply.status ?? 'completed'];
      const letter = { ...stored, note, input: [textItem(reply.text)] };
      await untilItCan(clock, () => routing.start(letter, { started() {}, ended() {} }));
    } catch (error) {
      await this.#refused(reply, error);
    } finally {
      this.#count -= 1;
      await this.#done(stored);
    }
  }

  /** It has arrived, or never will. */
  async #done({ message }: StoredMessage): Promise<void> {
    const change = { ended: [message.messageId] };
    try {
      await this.#context.attachments.changes.run(() => ({ change, kept: () => {} }));
    } catch (error) {
      this.#context.log.error({ error }, 'that a reply was delivered could not be written down');
    }
  }

  async #refused(reply: AttachmentMessage, error: unknown): Promise<void> {
    const { attachments, log } = this.#context;
    const edge = attachments.edgeNow(reply.attachmentId);
    if (!(error instanceof Refusal)) log.error({ error }, 'a reply could not be delivered');
    else if (edge !== null)
      await attachments.refused(error, edge, {
        method: 'broker/attachment/send',
        text: reply.text,
        by: null,
      });
  }
}
