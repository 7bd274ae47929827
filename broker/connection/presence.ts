import { clientsListParams } from '../../protocol/clients.js';
import type {
  ClientPresence,
  ClientsChanged,
  ClientsListParams,
  ClientsPage,
} from '../../protocol/clients.js';
import { encodeStock } from '../../protocol/codec.js';
import {
  CLIENTS_CHANGED_MS,
  CLIENTS_PAGE,
  CLIENTS_SETTLE_MS,
  CLIENTS_TOLD_BYTES_MAX,
  CLIENTS_TOLD_MAX,
} from '../../protocol/limits.js';
import { brokerEntry, brokerNotifications } from '../../protocol/notifications.js';
import type { Wire } from '../../protocol/wires.js';
import { cursorAt, numberAt } from '../attachments/cursors.js';
import type { Clock } from '../clock.js';
import { ownFrame } from '../framing/frames.js';
import type { Connection } from './connection.js';
import { placeOf } from './connections.js';
import type { Connections } from './connections.js';
import { checked } from './slow-methods.js';
import type { SlowMethod } from './slow-methods.js';

/** Which list its cursors are of. */
const LIST = ['clients'];

/**
 * Who is here. What changes is noted by its id, which is all that it costs where it happens, and told to every v1
 * client by the clock: those who come, go or look elsewhere together are one message.
 */
export class Presence {
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #changed = new Set<string>();
  /** Who was not told something, as it did not read. */
  readonly #untold = new WeakSet<Connection>();
  #toldAt = -Infinity;
  #isDue = false;

  constructor(connections: Connections, clock: Clock) {
    this.#connections = connections;
    this.#clock = clock;
  }

  /** A connection has come or gone, is subscribed to other threads, or has begun or ceased to lag. */
  changed(connectionId: string): void {
    // One more than may be told says that there are too many.
    if (this.#changed.size <= CLIENTS_TOLD_MAX) this.#changed.add(connectionId);
    if (this.#isDue) return;
    this.#isDue = true;
    const soon = this.#toldAt + CLIENTS_CHANGED_MS - this.#clock.now();
    // A clock that is set back makes nobody wait.
    const ms = Math.min(Math.max(soon, CLIENTS_SETTLE_MS), CLIENTS_CHANGED_MS);
    this.#clock.after(ms, () => this.#tell());
  }

  /** Its method, by name. */
  get methods(): ReadonlyMap<string, SlowMethod> {
    return new Map([
      ['broker/clients/list', checked(clientsListParams, async (_, params) => this.#page(params))],
    ]);
  }

  /** @throws {Refusal} a cursor of another list */
  #page({ cursor, limit }: ClientsListParams): ClientsPage {
    const after = numberAt(cursor, LIST) ?? 0;
    const { all, present } = this.#connections;
    const page: Connection[] = [];
    let last: Connection | undefined;
    // No further than the page goes: clients ask for the first one only to see whether anybody is there.
    for (const one of all.values()) {
      if (!present.has(one) || placeOf(one) <= after) continue;
      if (page.length === (limit ?? CLIENTS_PAGE)) {
        last = page.at(-1);
        break;
      }
      page.push(one);
    }
    return {
      data: page.map(presenceOf),
      nextCursor: last === undefined ? null : cursorAt(placeOf(last), LIST),
      total: present.size,
    };
  }

  #tell(): void {
    this.#isDue = false;
    this.#toldAt = this.#clock.now();
    const { present } = this.#connections;
    const tooMuch = { clients: null, gone: null, total: present.size };
    const news = this.#news() ?? tooMuch;
    this.#changed.clear();
    if (news.clients?.length === 0 && news.gone?.length === 0) return;
    const [told, listAgain] = [framesOf(news), framesOf(tooMuch)];
    for (const one of present) {
      if (!one.wants(brokerNotifications.clientsChanged, brokerEntry)) continue;
      const frame = (this.#untold.delete(one) ? listAgain : told)(one.wire);
      // What it does not read would only pile up.
      if (one.outbox.lagging) this.#untold.add(one);
      else if (frame !== null) one.outbox.push(frame);
    }
  }

  /** What has changed; null where it is too much. */
  #news(): ClientsChanged | null {
    if (this.#changed.size > CLIENTS_TOLD_MAX) return null;
    const { all, present } = this.#connections;
    const clients: ClientPresence[] = [];
    const gone: string[] = [];
    for (const id of this.#changed) {
      const connection = all.get(id);
      if (connection === undefined) gone.push(id);
      else if (present.has(connection)) clients.push(presenceOf(connection));
    }
    const news = { clients, gone, total: present.size };
    return JSON.stringify(news).length > CLIENTS_TOLD_BYTES_MAX ? null : news;
  }
}

/** The same message for many: its bytes are made once a wire. */
function framesOf(params: ClientsChanged): (wire: Wire) => Uint8Array | null {
  const made = new Map<Wire, Uint8Array | null>();
  return (wire) => {
    const known = made.get(wire);
    if (known !== undefined) return known;
    const frame = ownFrame(wire, encodeStock({ method: brokerNotifications.clientsChanged, params }));
    made.set(wire, frame);
    return frame;
  };
}

function presenceOf(connection: Connection): ClientPresence {
  const { client, credential, outbox } = connection;
  return {
    connectionId: connection.id,
    clientName: client?.name ?? '',
    title: client?.title ?? null,
    kind: client?.kind ?? null,
    role: connection.role,
    device: credential.role === 'owner' ? null : credential.name,
    threads: [...connection.threads].map((thread) => thread.id),
    lagging: outbox.lagging,
    pendingBytes: outbox.pendingBytes,
    since: new Date(connection.openedAt).toISOString(),
  };
}
