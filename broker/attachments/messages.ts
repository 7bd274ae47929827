import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { AttachmentMessage, AttachmentSendParams, By, SendResult } from '../../protocol/attachments.js';
import { errors } from '../../protocol/errors.js';
import {
  MESSAGE_BYTES_MAX,
  MESSAGE_HOPS_MAX,
  MESSAGES_IN_FLIGHT_MAX,
  STATES_ASKED_MAX,
} from '../../protocol/limits.js';
import { brokerNotifications } from '../../protocol/notifications.js';
import type { Clock } from '../clock.js';
import { mayBeDone, Refusal } from '../requests/refusal.js';
import { severalAtOnce } from '../several.js';
import type { Attachments } from './attachments.js';
import type { Decision } from './changes.js';
import type { Deliveries } from './deliveries.js';
import { findTurn } from './past-turns.js';
import type { Retry } from './retry.js';
import type { Routing } from './routing.js';
import type { StoredAttachment, StoredMessage } from './store.js';
import { textOf } from './texts.js';
import type { Ask } from '../requests/asking.js';
import type { Ended, Turns } from './turns.js';

export interface MessagesContext {
  readonly ask: Ask;
  readonly attachments: Attachments;
  readonly retry: Retry;
  readonly routing: Routing;
  readonly deliveries: Deliveries;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly log: Logger;
  /** One entry more in the log of a thread, where that is loaded. */
  notify(threadId: string, method: string, params: object): void;
}

/** A message whose turn has not ended. */
interface Flight {
  stored: StoredMessage;
  /** Whether the sender waits for the reply. */
  readonly isAwaited: boolean;
  /** Resolves when it is known what became of it; null where that is not in doubt. */
  recovered: Promise<void> | null;
}

/** What the agent is told whose reply is waited for. */
const HOW_TO_REPLY = 'The last message of this turn goes back to it as the reply';

/** Messages along active edges, and the replies to them. */
export class Messages {
  readonly #context: MessagesContext;
  readonly #flights = new Map<string, Flight>();

  constructor(context: MessagesContext) {
    this.#context = context;
  }

  /**
   * @param messageId its id, which no other has
   * @throws {Refusal}
   */
  async send(params: AttachmentSendParams, by: By, messageId: string): Promise<SendResult> {
    const { attachments } = this.#context;
    const edge = await attachments.edge(params.attachmentId);
    if (edge === null) throw Refusal.of(errors.notRoutable, `There is no attachment ${params.attachmentId}`);
    let flight: Flight | null = null;
    try {
      flight = this.#depart(edge, params, by, messageId);
      return await this.#fly(flight, params);
    } catch (error) {
      // Whether its turn was started is not known: it is looked for as after a restart.
      if (flight !== null && mayBeDone(error)) void this.#recover(flight);
      else await this.#refused(error, edge, { text: textOf(params.input), by }, flight);
      throw error;
    }
  }

  async #refused(
    error: unknown,
    edge: StoredAttachment,
    about: { readonly text: string; readonly by: By },
    flight: Flight | null,
  ): Promise<void> {
    if (flight !== null) this.#flights.delete(flight.stored.message.messageId);
    const { attachments } = this.#context;
    await attachments.trail.refused(
      error,
      edge,
      { ...about, method: 'broker/attachment/send' },
      flight?.stored,
    );
  }

  /** Messages of an earlier life of the broker: those whose turns have ended meanwhile are replied to. */
  async recover(stored: readonly StoredMessage[]): Promise<void> {
    const { attachments, deliveries } = this.#context;
    const flights = stored.map((one) => {
      const isAwaited = attachments.edgeNow(one.message.attachmentId)?.deliverReplies === true;
      const flight: Flight = { stored: one, isAwaited, recovered: null };
      if (one.message.kind === 'message') this.#flights.set(one.message.messageId, flight);
      return flight;
    });
    await severalAtOnce(STATES_ASKED_MAX, flights, async (flight) => {
      if (flight.stored.message.kind === 'message') await this.#recover(flight);
      else await deliveries.deliver(flight.stored, true);
    });
  }

  #recover(flight: Flight): Promise<void> {
    flight.recovered ??= this.#lookFor(flight);
    return flight.recovered;
  }

  async #lookFor(flight: Flight): Promise<void> {
    const { log, retry, turns } = this.#context;
    const starter = {
      started: (turnId: string): void => {
        if (flight.stored.message.turnId === null) void this.#started(flight, turnId);
      },
      ended: (ended: Ended): void => void this.#ended(flight, ended),
    };
    try {
      if (await retry.untilItCan(() => turns.find(flight.stored, starter))) return;
    } catch (error) {
      log.warn({ error }, 'what became of a message cannot be said');
    }
    await this.#ended(flight, { status: 'failed', text: '' });
  }

  /** The result of a message that may have been sent; null where it was not. Rejects with a `Refusal`. */
  async find(params: AttachmentSendParams, messageId: string): Promise<SendResult | null> {
    const { ask, attachments } = this.#context;
    const edge = await attachments.edge(params.attachmentId);
    if (edge === null) return null;
    // Where it is being looked for already: what would be sent again meanwhile would be found as well.
    const flight = this.#flights.get(messageId);
    if (flight !== undefined) await this.#recover(flight);
    const target = params.from === 'parent' ? edge.childThreadId : edge.parentThreadId;
    const clientUserMessageId = params.clientUserMessageId ?? messageId;
    const found = await findTurn(ask, target, { turnId: null, clientUserMessageId });
    return found && { messageId, turnId: found.turnId };
  }

  /** All that is checked, and that it counts from now on: one step. */
  #depart(edge: StoredAttachment, params: AttachmentSendParams, by: By, messageId: string): Flight {
    const { from, input, clientUserMessageId } = params;
    const { attachments, turns } = this.#context;
    if (edge.state !== 'active') throw Refusal.of(errors.notRoutable, `The attachment is ${edge.state}`);
    checkInput(input);
    const { parentThreadId: parent, childThreadId: child } = edge;
    const [sender, target] = from === 'parent' ? [parent, child] : [child, parent];
    const hops = turns.hopsOf(sender) + 1;
    if (hops > MESSAGE_HOPS_MAX)
      throw Refusal.of(errors.tooManyHops, `The chain of messages is over ${MESSAGE_HOPS_MAX} long`);
    if (this.#waitsFor(target, sender))
      throw Refusal.of(
        errors.waitCycle,
        'The other thread waits for a reply of this one, which comes with its turn',
      );
    if (this.#flights.size >= MESSAGES_IN_FLIGHT_MAX)
      throw Refusal.of(errors.overloaded, 'Too many messages are on their way; wait for some replies');
    const message: AttachmentMessage = {
      messageId,
      attachmentId: edge.attachmentId,
      from: sender,
      to: target,
      kind: 'message',
      turnId: null,
      text: textOf(input),
      hops,
      at: this.#now(),
      by,
      inReplyTo: null,
      status: null,
    };
    const number = attachments.store.newNumber();
    const stored = { message, number, clientUserMessageId: clientUserMessageId ?? messageId };
    const flight = { stored, isAwaited: edge.deliverReplies, recovered: null };
    this.#flights.set(messageId, flight);
    return flight;
  }

  /** It is on disk before its turn is started: where that cannot be, nothing has happened. */
  async #fly(flight: Flight, { input }: AttachmentSendParams): Promise<SendResult> {
    const { attachments } = this.#context;
    const { message, clientUserMessageId } = flight.stored;
    await attachments.changes.run(() => this.#keeping(flight));
    let kept = Promise.resolve();
    const note = flight.isAwaited ? HOW_TO_REPLY : null;
    await this.#context.routing.start(
      { message, note, input, clientUserMessageId },
      {
        started: (turnId) => {
          kept = this.#started(flight, turnId);
        },
        ended: (ended) => void this.#ended(flight, ended),
      },
    );
    await kept;
    return { messageId: message.messageId, turnId: flight.stored.message.turnId ?? '' };
  }

  async #started(flight: Flight, turnId: string): Promise<void> {
    const message = { ...flight.stored.message, turnId };
    flight.stored = { ...flight.stored, message };
    try {
      await this.#context.attachments.changes.runAlways(() => this.#keeping(flight));
    } catch (error) {
      // It is on disk, and has been sent: only its turn is missing there.
      this.#context.log.error({ error }, 'the turn of a message could not be written down');
    }
    this.#notify(message);
  }

  #keeping({ stored }: Flight): Decision<void> {
    const audit = [{ number: stored.number, entry: this.#context.attachments.trail.entryOf(stored.message) }];
    return { change: { sent: [stored], audit }, kept: () => {} };
  }

  /** The turn has ended: that is the reply. */
  async #ended({ stored, isAwaited }: Flight, { status, text }: Ended): Promise<void> {
    const { attachments, deliveries, log } = this.#context;
    const { message } = stored;
    this.#flights.delete(message.messageId);
    const reply: AttachmentMessage = {
      ...message,
      messageId: randomUUID(),
      from: message.to,
      to: message.from,
      kind: 'reply',
      text,
      hops: message.hops + 1,
      at: this.#now(),
      by: null,
      inReplyTo: message.messageId,
      status,
    };
    const kept = attachments.trail.audited(attachments.trail.entryOf(reply));
    const delivery = { message: reply, number: kept.number, clientUserMessageId: reply.messageId };
    const change = { audit: [kept], ended: [message.messageId], sent: isAwaited ? [delivery] : [] };
    try {
      await attachments.changes.runAlways(() => ({ change, kept: () => {} }));
    } catch (error) {
      log.error({ error }, 'a reply could not be written down');
    }
    this.#notify(reply);
    if (isAwaited) await deliveries.deliver(delivery, false);
  }

  /** Whether one thread waits, itself or through those that it waits for, for the reply of another. */
  #waitsFor(waiting: string, other: string): boolean {
    const seen = new Set<string>();
    const next = [waiting];
    for (let one = next.pop(); one !== undefined; one = next.pop()) {
      if (seen.has(one)) continue;
      seen.add(one);
      for (const { stored, isAwaited } of this.#flights.values()) {
        if (!isAwaited || stored.message.from !== one) continue;
        if (stored.message.to === other) return true;
        next.push(stored.message.to);
      }
    }
    return false;
  }

  #notify(message: AttachmentMessage): void {
    for (const threadId of [message.from, message.to])
      this.#context.notify(threadId, brokerNotifications.attachmentMessage, { message });
  }

  #now(): string {
    return new Date(this.#context.clock.now()).toISOString();
  }
}

/** @throws {Refusal} it is too large */
function checkInput(input: AttachmentSendParams['input']): void {
  if (Buffer.byteLength(JSON.stringify(input)) > MESSAGE_BYTES_MAX)
    throw Refusal.of(errors.tooLarge, `The message is over the limit of ${MESSAGE_BYTES_MAX} bytes`);
}
