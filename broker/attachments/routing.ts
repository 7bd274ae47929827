import type { AttachmentMessage } from '../../protocol/attachments.js';
import { errors } from '../../protocol/errors.js';
import { Refusal } from '../requests/refusal.js';
import type { Attachments } from './attachments.js';
import { labelOf } from './label.js';
import type { StoredAttachment } from './store.js';
import type { Ended, Turns } from './turns.js';

export interface RoutingContext {
  readonly attachments: Attachments;
  readonly turns: Turns;
}

/** What is put in front of a message, and what follows. */
interface Letter {
  readonly message: AttachmentMessage;
  /** What its reader is to know besides, a sentence; null where there is nothing. */
  readonly note: string | null;
  readonly input: readonly object[];
  readonly clientUserMessageId: string;
}

/** Starts turns with messages: along an active edge, and never elsewhere. */
export class Routing {
  readonly #context: RoutingContext;

  constructor(context: RoutingContext) {
    this.#context = context;
  }

  /**
   * `started` is called in the step in which the runtime has answered, `ended` once after it.
   * @throws {Refusal} `notRoutable`, or why the runtime cannot start the turn
   */
  async start(
    { message, note, input, clientUserMessageId }: Letter,
    starter: { started(turnId: string): void; ended(ended: Ended): void },
  ): Promise<void> {
    const { from, to: threadId, hops, kind, by } = message;
    const title = await this.#titleOf(from);
    const { roleLabel, displayName, parentThreadId } = this.#edge(message);
    const side = parentThreadId === from ? 'parent' : 'child';
    const label = labelOf({ side, kind, roleLabel, displayName, title, note });
    try {
      await this.#context.turns.start(
        { threadId, input: [textItem(label), ...input], clientUserMessageId, hops, by },
        {
          check: () => void this.#edge(message),
          started: (turnId) => starter.started(turnId),
          ended: (ended) => starter.ended(ended),
        },
      );
    } catch (error) {
      throw inTermsOfRoutes(error);
    }
  }

  /** The active edge that a message goes along. @throws {Refusal} it is no longer one */
  #edge({ attachmentId }: AttachmentMessage): StoredAttachment {
    const edge = this.#context.attachments.edgeNow(attachmentId);
    if (edge?.state !== 'active')
      throw Refusal.of(errors.notRoutable, `The attachment is ${edge?.state ?? 'gone'}`);
    return edge;
  }

  /** The name of a thread; null where it has none, or the runtime cannot say it now. */
  async #titleOf(threadId: string): Promise<string | null> {
    const watch = this.#context.attachments.states.watch([threadId]);
    try {
      await watch.ready;
      return watch.title(threadId);
    } catch {
      return null;
    } finally {
      watch.close();
    }
  }
}

/** A text as a part of what a turn is started with. */
export function textItem(text: string): object {
  return { type: 'text', text, text_elements: [] };
}

/** A thread that is not there to be loaded is one that no route leads to. */
function inTermsOfRoutes(error: unknown): unknown {
  const reason = error instanceof Refusal ? error.reason : null;
  const isGone = reason === errors.threadArchived.reason || reason === errors.threadNotFound.reason;
  return error instanceof Refusal && isGone ? Refusal.of(errors.notRoutable, error.message) : error;
}
