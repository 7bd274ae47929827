import { LRUCache } from 'lru-cache';
import type { CloseReason } from '../../protocol/close.js';
import {
  CONNECTIONS_MAX,
  CONNECTIONS_PER_ADDRESS_MAX,
  CONNECTIONS_PER_DEVICE_MAX,
  PREVIOUS_MAX,
} from '../../protocol/limits.js';
import type { PreviousConnection } from '../../protocol/schemas.js';
import type { Wire } from '../../protocol/wires.js';
import type { Credential } from '../access/credential.js';
import { isLoopback, plainAddress } from '../access/names.js';
import { Connection } from './connection.js';
import type { Visitor } from './connection.js';
import type { OutboxContext } from './outbox.js';

/** The connections there are, those of them that are initialized, and how the last ones ended. */
export class Connections {
  readonly #all = new Map<string, Connection>();
  readonly #present = new Set<Connection>();
  readonly #previous = new LRUCache<string, Ended>({ max: PREVIOUS_MAX });
  /** How many there are of each device, and from each address beyond loopback. */
  readonly #sources = new Map<string, number>();
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

  /** Null when there are as many as there may be: in all, of that device, from that address. */
  add(visitor: Visitor, wire: Wire, context: OutboxContext): Connection | null {
    const bounds = boundsOf(visitor);
    if (this.#all.size >= CONNECTIONS_MAX) return null;
    if (bounds.some(({ source, max }) => (this.#sources.get(source) ?? 0) >= max)) return null;
    for (const { source } of bounds) this.#sources.set(source, (this.#sources.get(source) ?? 0) + 1);
    this.#lastId += 1;
    const connection = new Connection(`c${this.#lastId}-${this.#life}`, wire, visitor, context);
    this.#all.set(connection.id, connection);
    return connection;
  }

  /** Ends those that speak for such a credential. */
  end(isEnded: (credential: Credential) => boolean, reason: CloseReason): void {
    for (const connection of this.#all.values()) if (isEnded(connection.credential)) connection.close(reason);
  }

  /** It is initialized: from here on it gets what everyone gets. */
  admit(connection: Connection): void {
    this.#present.add(connection);
  }

  /** It has ended; `now` in ms since 1970. */
  remove(connection: Connection, now: number): void {
    if (!this.#all.delete(connection.id)) return;
    for (const { source } of boundsOf(connection)) this.#leave(source);
    this.#present.delete(connection);
    if (connection.wire !== 'stock')
      this.#previous.set(connection.id, {
        previous: previousOf(connection, now),
        credential: connection.credential.id,
      });
    if (this.#all.size === 0) this.#onEmpty();
  }

  #leave(source: string): void {
    const left = (this.#sources.get(source) ?? 0) - 1;
    if (left > 0) this.#sources.set(source, left);
    else this.#sources.delete(source);
  }

  /** How a connection ended; null where that is not known, or it has not. */
  previous(id: string, credential: Credential): PreviousConnection | null {
    const ended = this.#previous.get(id);
    return ended?.credential === credential.id ? ended.previous : null;
  }

  /** Resolves when there are none. */
  emptied(): Promise<void> {
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }
}

/** Its number among all connections of this broker's life, in the order in which they came. */
export function placeOf({ id }: Connection): number {
  return Number.parseInt(id.slice(1), 10);
}

/** A connection that was. */
interface Ended {
  readonly previous: PreviousConnection;
  /** Whose it was. */
  readonly credential: string;
}

/** Something of which only so many connections may come. */
interface Bound {
  readonly source: string;
  readonly max: number;
}

/** What bounds a connection besides the number of all: the owner's own, on this machine, has nobody to fear. */
function boundsOf({ credential, transport }: Visitor): Bound[] {
  const bounds: Bound[] = [];
  const address = plainAddress(transport.address);
  if (credential.role !== 'owner') bounds.push({ source: credential.id, max: CONNECTIONS_PER_DEVICE_MAX });
  if (credential.remote && !isLoopback(address))
    bounds.push({ source: address, max: CONNECTIONS_PER_ADDRESS_MAX });
  return bounds;
}

function previousOf({ end, endReason, outbox }: Connection, now: number): PreviousConnection {
  return {
    reason: endReason,
    pendingBytes: end?.pendingBytes ?? outbox.pendingBytes,
    at: new Date(now).toISOString(),
  };
}
