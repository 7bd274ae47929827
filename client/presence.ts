import type { Calls } from './calls.js';
import { list, objectOf, objects, text, told } from './json.js';
import type { Json } from './json.js';
import { PRESENCE_MAX, PRESENCE_PAGE } from './limits.js';
import { Listeners } from './listeners.js';
import type { ClientPresence, Observable, Unsubscribe } from './types.js';

/** Who else is here, known for as long as somebody wants to know. */
export class Presence implements Observable<readonly ClientPresence[]> {
  readonly #calls: Calls;
  readonly #listeners = new Listeners();
  #clients = new Map<string, ClientPresence>();
  #state: readonly ClientPresence[] = [];
  #loading = false;
  #loadAgain = false;
  #connected = false;

  constructor(calls: Calls) {
    this.#calls = calls;
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

  /** `broker/clients/changed`. */
  changed(params: Json): void {
    if (this.#listeners.size === 0) return;
    if (params['clients'] === null && params['gone'] === null) {
      void this.#load();
      return;
    }
    // What is on its way may be older than this.
    if (this.#loading) this.#loadAgain = true;
    for (const id of list(params, 'gone')) this.#clients.delete(String(id));
    this.#add(this.#clients, params, 'clients');
    this.#publish(this.#clients);
  }

  async #load(): Promise<void> {
    if (!this.#connected || this.#listeners.size === 0) return;
    this.#loadAgain = this.#loading;
    if (this.#loading) return;
    this.#loading = true;
    try {
      do {
        this.#loadAgain = false;
        // oxlint-disable-next-line no-await-in-loop -- once more, for it has changed meanwhile
        const clients = await this.#all();
        if (!this.#loadAgain) this.#publish(clients);
      } while (this.#loadAgain);
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
      this.#add(clients, page, 'data');
      const next = text(page, 'nextCursor');
      cursor = next === cursor ? null : next;
    } while (cursor !== null && clients.size < PRESENCE_MAX);
    return clients;
  }

  #add(clients: Map<string, ClientPresence>, from: Json, member: string): void {
    for (const client of objects(from, member)) {
      const id = text(client, 'connectionId');
      if (id !== null && (clients.has(id) || clients.size < PRESENCE_MAX))
        clients.set(id, told<ClientPresence>(client));
    }
  }

  #publish(clients: Map<string, ClientPresence>): void {
    this.#clients = clients;
    this.#state = [...clients.values()];
    this.#listeners.changed();
  }
}
