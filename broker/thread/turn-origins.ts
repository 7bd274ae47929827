import type { By } from '../../protocol/attachments.js';
import { encodeStock } from '../../protocol/codec.js';
import { isObject } from '../../protocol/messages.js';
import { brokerNotifications, originEntry } from '../../protocol/notifications.js';
import type { TurnOrigin } from '../../protocol/clients.js';
import { readEnvelope } from '../framing/envelope.js';
import type { NewEntry } from './log.js';
import type { Thread } from './thread.js';
import type { Threads } from './threads.js';

export interface TurnOriginsContext {
  readonly threads: Threads;
  /** One entry more in the log of a thread. */
  append(thread: Thread, entry: NewEntry): void;
  /** Ms since 1970. */
  now(): number;
}

/** The runtime has answered with that result; `by`: who asked, null for the broker itself. */
export type Answered = (result: unknown, by: By) => void;

/** What the broker itself is called where it starts a turn. */
const BROKER = 'threadcast';

/** Tells, in a thread's log, who has started its turns: once a turn, and not of those that are only joined. */
export class TurnOrigins {
  readonly #context: TurnOriginsContext;

  constructor(context: TurnOriginsContext) {
    this.#context = context;
  }

  /** A request is about to be sent that starts a turn, or joins the one that runs. What is returned takes its result. */
  asking(threadId: string): Answered {
    const { threads } = this.#context;
    const before = threads.loaded(threadId)?.log?.fold;
    // One that began unseen may be the one that is joined.
    const isUnclear = before?.mayRunUnseen === true;
    const running = new Set(before?.turns.keys());
    return (result, by) => {
      const turn = isObject(result) && isObject(result['turn']) ? result['turn'] : {};
      const turnId = turn['id'];
      if (typeof turnId !== 'string' || isUnclear || running.has(turnId)) return;
      // A review may have a thread of its own.
      const other = isObject(result) ? result['reviewThreadId'] : null;
      const thread = threads.loaded(typeof other === 'string' ? other : threadId);
      if (thread !== null) this.#tell(thread, turnId, by);
    };
  }

  #tell(thread: Thread, turnId: string, by: By): void {
    const { fold } = this.#context.threads.logOf(thread);
    const method = brokerNotifications.turnOrigin;
    // Of several that were on their way at one time the first has started it.
    if (fold.kept.has(method, turnId)) return;
    const { connectionId, clientName } = by ?? { connectionId: null, clientName: BROKER };
    const params: TurnOrigin = { threadId: thread.id, turnId, connectionId, clientName };
    const line = Buffer.from(encodeStock({ method, params, emittedAtMs: this.#context.now() }));
    this.#context.append(thread, { method, row: originEntry, line });
    const envelope = readEnvelope(line);
    if (envelope !== null) fold.apply(originEntry, method, line, envelope);
  }
}
