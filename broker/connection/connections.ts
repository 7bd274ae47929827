import { LRUCache } from 'lru-cache';
import { CONNECTIONS_MAX, PREVIOUS_MAX } from '../../protocol/limits.js';
import type { PreviousConnection } from '../../protocol/schemas.js';
import type { Wire } from '../../protocol/wires.js';
import type { Transport } from '../transports/transport.js';
import { Connection } from './connection.js';
import type { OutboxContext } from './outbox.js';

/** The connections there are, those of them that are initialized, and how the last ones ended. */
export class Connections {
  readonly #all = new Map<string, Connection>();
  readonly #present = new Set<Connection>();
  readonly #previous = new LRUCache<string, PreviousConnection>({ max: PREVIOUS_MAX });
  readonly #life: string;
  #lastId = 0;
  #onEmpty: () => void = () => {};

  /** `life` is part of every id, so that one of an earlier broker is nobody's here. */
  constructor(life: string) {
    this.#life = life;
  }

  /** By id. */
  get all(): ReadonlyMap<string, Connection> {
    return this.#all;
  }

  /** Those that are initialized, in the order in which they came to be. */
  get present(): ReadonlySet<Connection> {
    return this.#present;
  }

  /** Null when there are as many as there may be. */
  add(transport: Transport, wire: Wire, context: OutboxContext): Connection | null {
    if (this.#all.size >= CONNECTIONS_MAX) return null;
    this.#lastId += 1;
    const connection = new Connection(`c${this.#lastId}-${this.#life}`, wire, transport, context);
    this.#all.set(connection.id, connection);
    return connection;
  }

  /** It is initialized: from here on it gets what everyone gets. */
  admit(connection: Connection): void {
    this.#present.add(connection);
  }

  /** It has ended; `now` in ms since 1970. */
  remove(connection: Connection, now: number): void {
    this.#all.delete(connection.id);
    this.#present.delete(connection);
    if (connection.wire !== 'stock') this.#previous.set(connection.id, previousOf(connection, now));
    if (this.#all.size === 0) this.#onEmpty();
  }

  /** How a connection ended; null where that is not known, or it has not. */
  previous(id: string): PreviousConnection | null {
    return this.#previous.get(id) ?? null;
  }

  /** Resolves when there are none. */
  emptied(): Promise<void> {
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }
}

/** The reason where the broker had one; else the client or the network has ended it. */
const GONE = 'gone';

function previousOf({ end, outbox }: Connection, now: number): PreviousConnection {
  return {
    reason: end?.reason.reason ?? GONE,
    pendingBytes: end?.pendingBytes ?? outbox.pendingBytes,
    at: new Date(now).toISOString(),
  };
}
