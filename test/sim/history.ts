import { serverNotification } from '../../protocol/notifications.js';
import { serverRequest } from '../../protocol/server-requests.js';
import { Epoch } from './epoch.js';
import { ORIGIN } from './last-words.js';
import { object, same, without } from './message.js';
import type { Json, Message } from './message.js';
import { ThreadState } from './thread-state.js';
import type { Verdict } from './verdict.js';

export const LOBBY = 'lobby';
/** Far from any time that the broker's clock may show, for that is what its own words are stamped with. */
const FIRST_STAMP = 1_000_000_000;

/** A request of the runtime, from its first word to its end. Times are stamps. */
export interface Asked {
  readonly openedAt: number;
  readonly threadId: string;
  readonly life: number;
  readonly upstreamId: number;
  readonly message: Message;
  /** Whether it is put to one client at a time, not to all who may decide. */
  readonly single: boolean;
  /** The id that clients know it by, once one of them has been told. */
  clientsId: unknown;
  answeredAt: number | null;
  resolvedAt: number | null;
  /** Who has answered with an error. */
  readonly refusals: Set<string>;
  /** Whose answer was written, and what it was. */
  by: string | null;
  outcome: 'answered' | 'refused' | 'cancelled';
}

/** Something the runtime has said, or the broker in its name when it died. */
export interface Entry {
  /** Its place among all that was ever said. Events carry it as `emittedAtMs`. */
  readonly stamp: number;
  /** The lobby, a thread's id, or null for what is in no log. */
  readonly log: string | null;
  /** Its place in that log, over all its epochs. */
  index: number;
  /** Which runtime said it. */
  readonly life: number;
  readonly message: Message;
  readonly line: string;
  readonly asked: Asked | null;
  /** The request that it says is open no more. */
  readonly resolves: Asked | null;
  /** Said by the broker, in the runtime's stead: it has no stamp by which to know it. Null: by the runtime. */
  readonly byBroker: ByBroker | null;
}

/** What the broker says when a runtime has died comes in an order of its own, thread by thread. */
interface ByBroker {
  /** Everything before this was said before. */
  readonly after: number;
  /** Its place is known: somebody has been given it there. */
  settled: boolean;
}

/** What a thread held when a runtime began to speak about it. */
export interface Base {
  readonly from: number;
  readonly turns: readonly Json[];
}

/** Everything that was said, in order: the truth that each client's frames are held against. */
export class History {
  readonly logs = new Map<string, Entry[]>();
  readonly asked = new Map<number, Asked>();
  /** What each thread held whenever a runtime began to speak about it. */
  readonly bases = new Map<string, Base[]>();
  /** What the runtime said right after its start, and every new client is told. */
  greetings: Entry[] = [];
  /** Who has been put what is for one alone. */
  readonly holders = new Map<Asked, string>();
  life = 0;
  readonly #byStamp = new Map<number, Entry>();
  readonly #epochs = new Map<string, Epoch>();
  readonly #byClientsId = new Map<unknown, Asked>();
  readonly #gone = new Map<string, number[]>();
  readonly #verdict: Verdict;
  #now = FIRST_STAMP;

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  /** The stamp of what is said next: a point in time. */
  get now(): number {
    return this.#now;
  }

  /** One stamp, for something that is no entry (an answer). */
  stamp(): number {
    this.#now += 1;
    return this.#now - 1;
  }

  log(name: string): Entry[] {
    const known = this.logs.get(name);
    if (known !== undefined) return known;
    const log: Entry[] = [];
    this.logs.set(name, log);
    return log;
  }

  /** How many entries of a log were there before a point in time. */
  countBefore(name: string, stamp: number): number {
    const log = this.log(name);
    let count = log.length;
    while (count > 0 && (log[count - 1]?.stamp ?? 0) >= stamp) count -= 1;
    return count;
  }

  /** Takes down an event and gives it its stamp. */
  event(
    method: string,
    params: Json,
    how: { readonly after?: number; readonly resolves?: Asked } = {},
  ): Entry {
    const stamp = this.stamp();
    const { scope } = serverNotification(method);
    const threadId = typeof params['threadId'] === 'string' ? params['threadId'] : LOBBY;
    const log = scope === 'lobby' ? LOBBY : scope === 'thread' ? threadId : null;
    const { after, resolves = null } = how;
    const byBroker = after === undefined ? null : { after, settled: false };
    const message = { method, params, emittedAtMs: stamp };
    if (resolves !== null) resolves.resolvedAt = stamp;
    return this.#keep({ stamp, log, message, asked: null, resolves, byBroker });
  }

  /** Takes down a request of the runtime. */
  request(method: string, params: Json, upstreamId: number): Entry {
    const openedAt = this.stamp();
    const message = { method, id: upstreamId, params: { ...params, startedAtMs: openedAt } };
    const threadId = String(params['threadId']);
    const asked: Asked = {
      openedAt,
      threadId,
      life: this.life,
      upstreamId,
      message,
      single: serverRequest(method).audience !== 'deciders',
      clientsId: null,
      answeredAt: null,
      resolvedAt: null,
      refusals: new Set(),
      by: null,
      outcome: 'cancelled',
    };
    this.asked.set(openedAt, asked);
    return this.#keep({ stamp: openedAt, log: threadId, message, asked, resolves: null, byBroker: null });
  }

  /** The entry that a message on a client's wire stands for. */
  entryOf({ emittedAtMs, params }: Message): Entry | undefined {
    const stamp = emittedAtMs ?? params?.['startedAtMs'];
    const entry = typeof stamp === 'number' ? this.#byStamp.get(stamp) : undefined;
    return entry?.byBroker === null ? entry : undefined;
  }

  /** Clients know a request by this id. False: by another one, or another request by this one. */
  knowAs(asked: Asked, id: unknown): boolean {
    asked.clientsId ??= id;
    const known = this.#byClientsId.get(id) ?? asked;
    this.#byClientsId.set(id, known);
    return known === asked && asked.clientsId === id;
  }

  /** The request that clients know by this id. */
  askedAs(id: unknown): Asked | undefined {
    return this.#byClientsId.get(id);
  }

  /** Whether a frame says what the entry says; where it names a request by its id, of the one that is known by it. */
  fits(frame: Message, entry: Entry): boolean {
    const named = this.askedAs(frame.params?.['requestId']);
    if (named !== undefined && entry.resolves !== null && entry.resolves !== named) return false;
    return saysTheSame(frame, entry);
  }

  /**
   * The entry at a place of a log that says what the frame says, where it is of the broker's own making. What it said
   * of several threads at one time may come in any order: whoever sees it first, settles it for all.
   */
  ofBroker(log: string, at: number, frame: Message): Entry | undefined {
    const entries = this.log(log);
    const here = entries[at];
    if (here === undefined || here.byBroker === null) return undefined;
    for (let other = at; entries[other]?.byBroker?.after === here.byBroker.after; other += 1) {
      const found = entries[other];
      if (found === undefined || found.byBroker === null || !this.fits(frame, found)) continue;
      if (found !== here && (here.byBroker.settled || found.byBroker.settled)) return undefined;
      [entries[at], entries[other], found.index, here.index] = [found, here, here.index, found.index];
      found.byBroker.settled = true;
      return found;
    }
    return undefined;
  }

  epoch(log: string, name: string): Epoch {
    const key = `${log} ${name}`;
    const known = this.#epochs.get(key);
    if (known !== undefined) return known;
    const epoch = new Epoch(log, name);
    this.#epochs.set(key, epoch);
    return epoch;
  }

  /** A client was given an entry under this number. */
  given(epoch: Epoch, seq: number, { index, life }: Entry): void {
    this.number(epoch, seq, index);
    epoch.life ??= life;
    this.#verdict.check(
      epoch.life === life,
      () => `${epoch.log} goes on in one epoch over the end of a runtime`,
    );
  }

  /** A client was told that an entry has this number. */
  number(epoch: Epoch, seq: number, index: number): void {
    this.#verdict.check(
      epoch.agrees(index - seq + 1),
      () => `the entries of ${epoch.log} are numbered differently in one epoch: ${seq} is ${index} here`,
    );
  }

  /** From here on the thread is what it is on disk now. */
  rebase(threadId: string, turns: readonly Json[]): void {
    const bases = this.bases.get(threadId) ?? [];
    bases.push({ from: this.log(threadId).length, turns });
    this.bases.set(threadId, bases);
  }

  /** The thread is put away: who was subscribed to it is so no more. */
  gone(threadId: string): void {
    const gone = this.#gone.get(threadId) ?? [];
    gone.push(this.#now);
    this.#gone.set(threadId, gone);
  }

  /** When a subscription that began at a point in time ended with its thread; never, so far. */
  goneAfter(log: string, stamp: number): number {
    return this.#gone.get(log)?.find((gone) => gone > stamp) ?? Infinity;
  }

  /** The thread after its first `count` entries, put together from scratch. */
  stateAfter(threadId: string, count: number): ThreadState {
    const [newest = new ThreadState([])] = this.statesAfter(threadId, count);
    return newest;
  }

  /** The same where a runtime has ended just there: as the next one knows it, and as the last one did. */
  statesAfter(threadId: string, count: number): ThreadState[] {
    const bases = (this.bases.get(threadId) ?? []).filter(({ from }) => from <= count).toReversed();
    const last = bases.findIndex(({ from }) => from < count);
    return bases.slice(0, last === -1 ? bases.length : last + 1).map(({ from, turns }) => {
      const state = new ThreadState(turns);
      for (const { message } of this.log(threadId).slice(from, count)) state.apply(message);
      return state;
    });
  }

  #keep(made: Omit<Entry, 'index' | 'life' | 'line'>): Entry {
    const log = made.log === null ? null : this.log(made.log);
    const entry: Entry = {
      ...made,
      index: log?.length ?? 0,
      life: this.life,
      line: JSON.stringify(made.message),
    };
    log?.push(entry);
    this.#byStamp.set(entry.stamp, entry);
    return entry;
  }
}

/** Whether a frame says what the entry says, whatever has to differ: the id of a request, who resolved it. */
export function saysTheSame(
  { method, params }: Message,
  { message, asked, resolves, byBroker }: Entry,
): boolean {
  if (method !== message.method) return false;
  if (resolves !== null) {
    return (
      params?.['threadId'] === resolves.threadId &&
      (resolves.clientsId ?? params['requestId']) === params['requestId']
    );
  }
  if (method === ORIGIN) return same(without(params ?? {}, 'connectionId'), message.params);
  if (asked !== null || byBroker === null || method !== 'turn/completed') return same(params, message.params);
  const [told, turn] = [object(params, 'turn'), object(message.params, 'turn')];
  return (
    params?.['threadId'] === message.params?.['threadId'] &&
    told['id'] === turn['id'] &&
    told['status'] === 'failed'
  );
}
