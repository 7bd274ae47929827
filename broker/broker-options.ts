import type { Logger } from 'pino';
import type { Access } from './access/access.js';
import type { Rights } from './access/rights.js';
import type { Store } from './attachments/store.js';
import type { BrokerBounds } from './bounds.js';
import type { Clock } from './clock.js';
import type { RuntimeEvents, RuntimeExit, RuntimeLink } from './runtime/link.js';
import type { UpstreamIdentity } from './runtime/upstream.js';

/** What a broker needs from around it. */
export interface BrokerOptions {
  /** Starts the runtime, again whenever it has ended. What it says goes to `events`, not before the call has returned. */
  readonly startRuntime: (events: RuntimeEvents) => RuntimeLink;
  /** Who the broker is to the runtime. */
  readonly identity: UpstreamIdentity;
  /** The runtime is gone for good, whoever ended it. */
  readonly runtimeExited: (exit: RuntimeExit) => void;
  /** Who may speak to it, and what each may say. */
  readonly access: Access;
  readonly rights: Pick<Rights, 'refusal'>;
  /** Run when a request of the runtime waits for a person; null: nothing. */
  readonly notifyCommand?: string | null;
  /** Opens what is kept over the broker's life. */
  readonly openStore: () => Promise<Store>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly bounds?: Partial<BrokerBounds>;
}
