import type { Connection } from '../connection/connection.js';
import type { OpenRequest } from '../requests/server-requests.js';

/** One thread of the runtime, as far as the broker must know it. */
export class Thread {
  readonly id: string;
  readonly subscribers = new Set<Connection>();
  /** The runtime's requests about it that wait for an answer, in the order in which they came. */
  readonly openRequests = new Set<OpenRequest>();
  /** The connection that registered the thread's dynamic tools. */
  toolOwner: Connection | null = null;
  /** False once the runtime has closed, archived or deleted it. */
  loaded = true;

  constructor(id: string) {
    this.id = id;
  }
}
