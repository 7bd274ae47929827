import { encodeStock } from '../../protocol/codec.js';
import type { ErrorBody } from '../../protocol/errors.js';
import { ownRequests } from '../../protocol/methods.js';
import type { InFlight } from '../requests/in-flight.js';
import { errorIn, threadError } from '../requests/refusal.js';
import type { Thread } from './thread.js';
import type { Threads } from './threads.js';

/** Who waits for a thread. Called in the step in which the runtime has answered. */
export interface Waiting {
  loaded(thread: Thread): void;
  failed(error: ErrorBody): void;
}

/** Has the runtime load a thread on nobody's behalf: nobody is subscribed by it. */
export class Loading {
  readonly #threads: Threads;
  readonly #inFlight: InFlight;

  constructor(threads: Threads, inFlight: InFlight) {
    this.#threads = threads;
    this.#inFlight = inFlight;
  }

  /** Also learns the settings of one that the runtime has started by itself. */
  load(threadId: string, waiting: Waiting): void {
    const threads = this.#threads;
    const opening = threads.openings.add({ connection: null, threadId, does: 'resume' });
    const params = { threadId, excludeTurns: true };
    this.#inFlight.send((id) => encodeStock({ id, method: ownRequests.resume, params }), {
      answered: (line, envelope) => {
        const opened = threads.opened(opening, envelope.result === null ? null : threadId);
        if (opened === null || envelope.result === null) {
          waiting.failed(threadError(errorIn(line)));
          return;
        }
        opened.thread.opened(line, envelope.result);
        waiting.loaded(opened.thread);
      },
      failed: (error) => {
        threads.opened(opening, null);
        waiting.failed(error);
      },
    });
  }
}
