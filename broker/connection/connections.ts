import { CONNECTIONS_MAX } from '../../protocol/limits.js';
import type { Transport } from '../transports/transport.js';
import { Connection } from './connection.js';
import type { OutboxContext } from './outbox.js';

/** The connections there are, and those of them that are initialized. */
export class Connections {
  readonly #all = new Map<string, Connection>();
  readonly #present = new Set<Connection>();
  #lastId = 0;
  #onEmpty: () => void = () => {};

  /** By id. */
  get all(): ReadonlyMap<string, Connection> {
    return this.#all;
  }

  /** Those that are initialized, in the order in which they came to be. */
  get present(): ReadonlySet<Connection> {
    return this.#present;
  }

  /** Null when there are as many as there may be. */
  add(transport: Transport, context: OutboxContext): Connection | null {
    if (this.#all.size >= CONNECTIONS_MAX) return null;
    this.#lastId += 1;
    const connection = new Connection(`c${this.#lastId}`, transport, context);
    this.#all.set(connection.id, connection);
    return connection;
  }

  /** It is initialized: from here on it gets what everyone gets. */
  admit(connection: Connection): void {
    this.#present.add(connection);
  }

  remove(connection: Connection): void {
    this.#all.delete(connection.id);
    this.#present.delete(connection);
    if (this.#all.size === 0) this.#onEmpty();
  }

  /** Resolves when there are none. */
  emptied(): Promise<void> {
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }
}
