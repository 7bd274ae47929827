import type { ClientMethod } from '../../protocol/methods.js';
import type { ServerNotification } from '../../protocol/notifications.js';
import { encodeStock } from '../../protocol/codec.js';
import type { CloseReason } from '../../protocol/close.js';
import type { Thread } from '../thread/thread.js';
import type { Transport } from '../transports/transport.js';
import { Outbox } from './outbox.js';
import type { OutboxContext } from './outbox.js';

/** Who a client said it is, in `initialize`. */
export interface ClientIdentity {
  readonly name: string;
  readonly version: string;
  readonly experimentalApi: boolean;
  readonly requiredHumanApproval: boolean;
  readonly requestAttestation: boolean;
  /** Only looks on: is never asked. */
  readonly observer: boolean;
  /** Exact names; null where there are none. */
  readonly optOut: ReadonlySet<string> | null;
}

/** One client on one wire, from its first byte to its last. */
export class Connection {
  /** Unique in the life of the broker. */
  readonly id: string;
  readonly transport: Transport;
  readonly outbox: Outbox;
  /** Null until `initialize`. */
  client: ClientIdentity | null = null;
  /** The threads it is subscribed to. */
  readonly threads = new Set<Thread>();
  /** Its requests that the runtime has not answered, by the ids that the runtime knows. */
  readonly inFlight = new Map<number, { readonly clientId: string; readonly row: ClientMethod }>();
  closed = false;

  constructor(id: string, transport: Transport, context: OutboxContext) {
    this.id = id;
    this.transport = transport;
    this.outbox = new Outbox(transport, context);
  }

  /** Whether this client is meant to get a notification that its subscriptions bring. */
  wants(method: string, row: ServerNotification): boolean {
    const { client } = this;
    if (client === null) return false;
    if (row.experimental && !client.experimentalApi) return false;
    return client.optOut === null || !client.optOut.has(method);
  }

  /** Whether a request of its own that is in flight may cause this notification. */
  asksFor(method: string): boolean {
    for (const { row } of this.inFlight.values()) if (row.causes.includes(method)) return true;
    return false;
  }

  /** Queues a message of the broker's own. */
  send(message: object): void {
    this.outbox.push(encodeStock(message));
  }

  /** Ends the connection after what was queued for it. */
  close(reason: CloseReason): void {
    this.outbox.flush();
    this.transport.close(reason);
  }
}
