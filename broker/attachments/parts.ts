import type { Logger } from 'pino';
import { isObject } from '../../protocol/messages.js';
import { brokerEntry } from '../../protocol/notifications.js';
import type { ThreadLife } from '../../protocol/notifications.js';
import { encodeStock } from '../../protocol/codec.js';
import type { Clock } from '../clock.js';
import type { InFlight } from '../requests/in-flight.js';
import { asking } from '../requests/asking.js';
import type { Ask } from '../requests/asking.js';
import { Submissions } from '../requests/submissions.js';
import type { Loading } from '../thread/loading.js';
import type { NewEntry } from '../thread/log.js';
import type { Thread } from '../thread/thread.js';
import type { Threads } from '../thread/threads.js';
import type { TurnOrigins } from '../thread/turn-origins.js';
import { Attachments } from './attachments.js';
import { Deliveries } from './deliveries.js';
import { Messages } from './messages.js';
import { Retry } from './retry.js';
import { Routing } from './routing.js';
import type { Store } from './store.js';
import { Turns } from './turns.js';
import type { ThreadState } from './thread-states.js';

export interface AttachmentPartsContext {
  readonly clock: Clock;
  readonly inFlight: InFlight;
  readonly loading: Loading;
  readonly log: Logger;
  readonly threads: Threads;
  readonly origins: TurnOrigins;
  /** One entry more in the log of a thread. */
  append(thread: Thread, entry: NewEntry): void;
  /** What the runtime answered to `initialize`. */
  runtime(): unknown;
}

const STATES: Readonly<Record<ThreadLife, ThreadState>> = {
  archived: 'archived',
  unarchived: 'open',
  deleted: 'missing',
};

/** Builds what has to do with attachments, and connects it with the rest of the broker. */
export class AttachmentParts {
  readonly attachments: Attachments;
  readonly messages: Messages;
  readonly submissions: Submissions;
  /** Asks the runtime about threads. */
  readonly ask: Ask;
  readonly #context: AttachmentPartsContext;
  readonly #retry: Retry;
  readonly #turns: Turns;

  constructor(context: AttachmentPartsContext) {
    this.#context = context;
    const { clock, inFlight, loading, log, origins, threads } = context;
    const ask = asking(inFlight, clock);
    this.ask = ask;
    const notify = (threadId: string, method: string, params: object): void =>
      this.#notify(threadId, method, params);
    const attachments = new Attachments({ ask, clock, log, notify, home: () => this.#home() });
    const turns = new Turns({ ask, inFlight, loading, origins, threads });
    const routing = new Routing({ attachments, turns });
    const retry = new Retry(clock);
    this.#retry = retry;
    const deliveries = new Deliveries({ ask, attachments, log, retry, routing });
    this.attachments = attachments;
    this.#turns = turns;
    this.messages = new Messages({ ask, attachments, clock, deliveries, log, notify, retry, routing, turns });
    this.submissions = new Submissions({ changes: attachments.changes, clock, log });
  }

  /** What was kept in earlier lives; the runtime can be asked. */
  open(store: Store): void {
    this.attachments.open(store);
    this.submissions.open(store);
    this.attachments.reconcile();
    void this.messages.recover(store.sent);
  }

  /** Another runtime is there, and can be asked. */
  runtimeIsBack(): void {
    this.attachments.reconcile();
  }

  /** Resolves when all that was decided is on disk. */
  async settled(): Promise<void> {
    this.#retry.stop();
    await this.attachments.settled();
  }

  turnEnds(thread: Thread, line: Buffer): void {
    this.#turns.turnEnded(thread, line);
  }

  threadLives(threadId: string, life: ThreadLife): void {
    this.attachments.threadIs(threadId, STATES[life]);
  }

  threadGone(thread: Thread): void {
    this.#turns.threadGone(thread);
  }

  runtimeEnded(): void {
    this.#turns.runtimeEnded();
  }

  #home(): string {
    const runtime = this.#context.runtime();
    const home = isObject(runtime) ? runtime['codexHome'] : null;
    return typeof home === 'string' ? home : '';
  }

  /** A thread that is not loaded has no log, and nobody who reads it: whoever comes to it lists what there is. */
  #notify(threadId: string, method: string, params: object): void {
    const thread = this.#context.threads.loaded(threadId);
    if (thread === null || thread.log === null) return;
    const line = Buffer.from(encodeStock({ method, params, emittedAtMs: this.#context.clock.now() }));
    this.#context.append(thread, { method, row: brokerEntry, line });
  }
}
