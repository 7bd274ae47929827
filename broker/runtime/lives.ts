import type { Logger } from 'pino';
import { close } from '../../protocol/close.js';
import { errorBody, errors } from '../../protocol/errors.js';
import type { Access } from '../access/access.js';
import type { AttachmentParts } from '../attachments/parts.js';
import type { Store } from '../attachments/store.js';
import type { Connections } from '../connection/connections.js';
import type { Greeting } from '../connection/handshake.js';
import type { InFlight } from '../requests/in-flight.js';
import type { RuntimeExit } from './link.js';
import type { Recovery } from './recovery.js';
import type { Supervisor } from './supervisor.js';
import type { Upstream } from './upstream.js';

export interface LivesContext {
  readonly access: Access;
  readonly attachments: AttachmentParts;
  readonly connections: Connections;
  readonly greeting: Greeting;
  readonly inFlight: InFlight;
  readonly log: Logger;
  readonly recovery: Recovery;
  readonly supervisor: Supervisor;
  readonly upstream: Upstream;
  openStore(): Promise<Store>;
}

/** What each life of the runtime means for all parts: when one begins, when it has ended, when it was the last. */
export class Lives {
  readonly #context: LivesContext;
  #stopping = false;
  /** What is kept, or is being opened; null before. */
  #store: Promise<Store> | null = null;

  constructor(context: LivesContext) {
    this.#context = context;
  }

  /**
   * The first one.
   * @throws {Error} the runtime did not answer, answered with an error, or is gone
   * @throws {StoreError} what is kept cannot be opened
   */
  async begin(): Promise<void> {
    const { access, attachments, greeting, inFlight, supervisor, upstream } = this.#context;
    this.#store = this.#context.openStore();
    const [store] = await Promise.all([this.#store, upstream.initialize()]);
    greeting.complete();
    inFlight.open();
    access.devices.open(store);
    attachments.open(store);
    supervisor.ready();
  }

  /** It has ended and is being started again: what ran has failed, and nobody waits. */
  down({ summary }: RuntimeExit): void {
    this.#context.inFlight.fail(
      errorBody(errors.runtimeExited, `The runtime has ended: ${summary}`),
      errorBody(errors.runtimeRestarting, 'The runtime is being started again; try again in a moment'),
    );
    this.#context.recovery.ended(summary);
  }

  /** Another one is there, and has said nothing yet. */
  async up(): Promise<void> {
    const { attachments, greeting, inFlight, recovery, upstream } = this.#context;
    recovery.begin();
    greeting.begin();
    inFlight.begin();
    await upstream.initialize();
    greeting.complete();
    await recovery.resumeThreads();
    if (!inFlight.isUp) throw new Error('the runtime has ended again');
    inFlight.open();
    attachments.runtimeIsBack();
  }

  /** It is gone for good. */
  gone(exit: RuntimeExit): void {
    const { connections, inFlight, log, recovery } = this.#context;
    const message = `The runtime is gone: ${exit.summary}`;
    log[this.#stopping ? 'info' : 'warn']({ summary: exit.summary }, 'the runtime is gone');
    const error = errorBody(errors.runtimeExited, message);
    inFlight.fail(error, error);
    if (!this.#stopping) recovery.ended(exit.summary);
    for (const connection of connections.all.values()) connection.close(close.runtimeExited);
  }

  /** Tells every client and ends the runtime. Resolves when all of them are gone, and what was decided is on disk. */
  async end(): Promise<void> {
    const { attachments, connections, supervisor } = this.#context;
    this.#stopping = true;
    for (const connection of connections.all.values()) connection.close(close.shutdown);
    await Promise.all([supervisor.close(), connections.emptied()]);
    await attachments.settled();
    // It may be opened still, where the runtime has ended first: a process that exits meanwhile may never get there.
    const store = await this.#store?.catch(() => null);
    await store?.close();
  }
}
