import type { Clock } from './api.js';
import type { Calls } from './calls.js';
import { list, objectOf, objects, text, told } from './json.js';
import type { Json } from './json.js';
import { PRESENCE_MAX, PRESENCE_PAGE, RELOAD_MS_MIN } from './limits.js';
import { Listeners } from './listeners.js';
import type { ClientPresence, Observable, Unsubscribe } from './types.js';

/** Who else is here, known for as long as somebody wants to know. */
export class Presence implements Observable<readonly ClientPresence[]> {
  readonly #calls: Calls;
  readonly #clock: Clock;
  readonly #listeners = new Listeners();
  #clients = new Map<string, ClientPresence>();
  #state: readonly ClientPresence[] = [];
  #loading = false;
  /** What was told while the list was on its way, which may be older; null for those that went. */
  readonly #told = new Map<string, ClientPresence | null>();
  #connected = false;
  #resting: (() => void) | null = null;
  /** It is to be loaded anew when that is over. */
  #isDue = false;

  constructor(calls: Calls, clock: Clock) {
    this.#calls = calls;
    this.#clock = clock;
  }

  get state(): readonly ClientPresence[] {
    return this.#state;
  }

  subscribe(listener: () => void): Unsubscribe {
    const isFirst = this.#listeners.size === 0;
    const remove = this.#listeners.add(listener);
    if (isFirst) void this.#load();
    return remove;
  }

  connected(): void {
    this.#connected = true;
    void this.#load();
  }

  lost(): void {
    this.#connected = false;
  }

  close(): void {
    this.#resting?.();
  }

  /** `broker/clients/changed`. */
  changed(params: Json): void {
    if (this.#listeners.size === 0) return;
    if (params['clients'] === null && params['gone'] === null) {
      this.#loadSoon();
      return;
    }
    for (const id of list(params, 'gone')) this.#take(String(id), null);
    for (const [id, client] of clientsOf(params, 'clients')) this.#take(id, client);
    this.#publish(this.#clients);
  }

  #take(id: string, now: ClientPresence | null): void {
    put(this.#clients, id, now);
    if (!this.#loading) return;
    if (this.#told.size < PRESENCE_MAX) this.#told.set(id, now);
    else this.#loadSoon();
  }

  /** At once, and then not again for a while. */
  #loadSoon(): void {
    this.#isDue = this.#resting !== null;
    if (this.#isDue) return;
    this.#resting = this.#clock.after(RELOAD_MS_MIN, () => {
      this.#resting = null;
      if (this.#isDue) this.#loadSoon();
    });
    void this.#load();
  }

  async #load(): Promise<void> {
    if (!this.#connected || this.#listeners.size === 0) return;
    if (this.#loading) {
      this.#loadSoon();
      return;
    }
    this.#loading = true;
    this.#told.clear();
    try {
      const clients = await this.#all();
      for (const [id, now] of this.#told) put(clients, id, now);
      this.#publish(clients);
    } catch {
      // A broker that does not know it, or one that is gone: the next one is asked.
    } finally {
      this.#loading = false;
    }
  }

  async #all(): Promise<Map<string, ClientPresence>> {
    const clients = new Map<string, ClientPresence>();
    let cursor: string | null = null;
    do {
      const params = { limit: PRESENCE_PAGE, ...(cursor !== null && { cursor }) };
      // oxlint-disable-next-line no-await-in-loop -- page by page
      const page = objectOf(await this.#calls.promised('broker/clients/list', params, false));
      for (const [id, client] of clientsOf(page, 'data')) put(clients, id, client);
      const next = text(page, 'nextCursor');
      cursor = next === cursor ? null : next;
    } while (cursor !== null && clients.size < PRESENCE_MAX);
    return clients;
  }

  #publish(clients: Map<string, ClientPresence>): void {
    this.#clients = clients;
    this.#state = [...clients.values()];
    this.#listeners.changed();
  }
}

function put(clients: Map<string, ClientPresence>, id: string, now: ClientPresence | null): void {
  if (now === null) clients.delete(id);
  else if (clients.has(id) || clients.size < PRESENCE_MAX) clients.set(id, now);
}

function clientsOf(from: Json, member: string): (readonly [string, ClientPresence])[] {
  return objects(from, member).flatMap((client) => {
    const id = text(client, 'connectionId');
    return id === null ? [] : [[id, told<ClientPresence>(client)] as const];
  });
}
