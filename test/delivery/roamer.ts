import assert from 'node:assert/strict';
import type { Test } from 'tap';
import { LOBBY } from '../../protocol/wires.js';
import type { Wire } from '../../protocol/wires.js';
import { isList, member, text, type Json, type JsonObject } from '../codex/json.js';
import { inTime } from '../support/deadline.js';
import { positionIn, WireClient, type Position } from './wire-client.js';

/** What one client has made of one log: how often it was given each entry, and how far it has come. */
class LogSeen {
  position: Position | null = null;
  /** By seq. */
  readonly times: number[] = [];
  /** Entries that a snapshot has told instead. */
  readonly told = new Set<number>();

  take(seq: number): void {
    this.times[seq] = (this.times[seq] ?? 0) + 1;
    assert(this.position, 'an entry of a log that was not joined');
    this.position = { epoch: this.position.epoch, seq };
  }

  /** Goes on after a snapshot. */
  jump(to: Position): void {
    for (let seq = (this.position?.seq ?? 0) + 1; seq <= to.seq; seq += 1) this.told.add(seq);
    this.position = to;
  }

  /** Entries up to `last` that it never had, and that it had more than once. */
  faults(last: number): { readonly lost: number[]; readonly repeated: number[] } {
    const seqs = Array.from({ length: last }, (_, at) => at + 1);
    return {
      lost: seqs.filter((seq) => this.times[seq] === undefined && !this.told.has(seq)),
      repeated: seqs.filter((seq) => (this.times[seq] ?? 0) + Number(this.told.has(seq)) > 1),
    };
  }
}

/** When a client goes away next: asked once it has (re)joined, with where it is. Infinity: not any more. */
export type CutPlan = (at: number) => number;

/** A v1 client that is cut off again and again, and each time goes on where it was. */
export class Roamer {
  readonly name: string;
  readonly thread = new LogSeen();
  readonly lobby = new LogSeen();
  /** The text of each message, as this client has put it together. */
  readonly texts = new Map<string, string>();
  /** Messages whose end was not what their deltas had added up to. */
  readonly wrong: string[] = [];
  cuts = 0;
  away = false;
  staying = false;
  /** Of its rejoins: whether nothing was missing. */
  readonly recovered: boolean[] = [];
  /** Whether its lobby could be gone on with, each time. */
  readonly lobbyRecovered: boolean[] = [];
  /** Ends of turns that it was told. */
  turns = 0;
  /** What the thread is called. */
  title = '';
  readonly #threadId: string;
  readonly #wire: Wire;
  readonly #plan: CutPlan;
  #client: WireClient | null = null;
  #connectionId: string | null = null;
  #cutAt = Infinity;
  #left: () => void = () => {};
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  constructor(name: string, threadId: string, wire: Wire, plan: CutPlan) {
    this.name = name;
    this.#threadId = threadId;
    this.#wire = wire;
    this.#plan = plan;
  }

  /** Comes, or comes back. Resolves once it has been cut off again, or stays. */
  async visit(t: Test, url: string): Promise<void> {
    const left = new Promise<void>((resolve) => (this.#left = resolve));
    const options = { name: this.name, wire: this.#wire, hear: (message: JsonObject) => this.#hear(message) };
    const client = await WireClient.open(t, url, options);
    this.#client = client;
    const lobby = this.lobby.position;
    const extension = { ...(lobby && { lobby: { ...lobby } }), previousConnectionId: this.#connectionId };
    const capabilities = { extensions: { threadcast: extension } };
    await client.initialize({ ...options, capabilities }, (result) => this.#welcomed(result));
    const since = this.thread.position;
    this.#cutAt = this.staying ? Infinity : this.#plan(since?.seq ?? 0);
    const params = { threadId: this.#threadId, since: since && { ...since } };
    const joining = client.call('broker/thread/join', params, (result) => this.#joined(result));
    await Promise.race([joining, left]);
    await left;
  }

  /** Resolves once that holds: it is looked whenever something has come. */
  async until(what: string, holds: () => boolean): Promise<void> {
    if (holds()) return;
    const event = new Promise<void>((resolve) => this.#waiting.push({ holds, resolve }));
    await inTime(event, () => `${what} of ${this.name}, which is at ${this.at}`);
  }

  /** It is not cut off any more. */
  stay(): void {
    this.staying = true;
    this.#cutAt = Infinity;
    this.#left();
  }

  /** It does not come back before that. */
  async keepAway(until: Promise<void>): Promise<void> {
    this.away = true;
    this.#changed();
    await until;
    this.away = false;
  }

  /** The entry of the thread that it has come to. */
  get at(): number {
    return this.thread.position?.seq ?? 0;
  }

  #welcomed(result: Json): void {
    const greeting = member(result, 'threadcast');
    this.#connectionId = text(greeting, 'connectionId');
    const recovered = member(greeting, 'lobby', 'recovered') === true;
    if (this.lobby.position !== null) this.lobbyRecovered.push(recovered);
    if (!recovered) this.lobby.jump(positionIn(member(greeting, 'lobby')));
  }

  #joined(result: Json): void {
    const recovered = member(result, 'recovered') === true;
    if (this.thread.position !== null) this.recovered.push(recovered);
    if (!recovered) {
      this.thread.jump(positionIn(result));
      this.#read(member(result, 'snapshot', 'thread', 'turns'));
    }
    this.#changed();
  }

  /** Of what a snapshot tells, the texts. */
  #read(list: Json | undefined): void {
    const turns = isList(list) ? list : [];
    const items = turns.flatMap((turn) => {
      const own = member(turn, 'items');
      return isList(own) ? own : [];
    });
    for (const item of items) {
      if (member(item, 'type') === 'agentMessage') this.texts.set(text(item, 'id'), text(item, 'text'));
    }
  }

  #hear(message: JsonObject): void {
    const { log, seq, method, params } = message;
    if (typeof seq !== 'number') return;
    (log === LOBBY ? this.lobby : this.thread).take(seq);
    if (log !== LOBBY) this.#apply(method, params ?? null);
    else if (method === 'thread/name/updated') this.title = text(params, 'threadName');
    this.#changed();
  }

  #apply(method: Json | undefined, params: Json): void {
    if (method === 'item/agentMessage/delta') {
      const id = text(params, 'itemId');
      this.texts.set(id, (this.texts.get(id) ?? '') + text(params, 'delta'));
    } else if (method === 'turn/completed') this.turns += 1;
    else if (member(params, 'item', 'type') === 'agentMessage') {
      const [id, whole] = [text(params, 'item', 'id'), text(params, 'item', 'text')];
      if (method === 'item/completed' && this.texts.get(id) !== whole) this.wrong.push(id);
      this.texts.set(id, whole);
    }
  }

  #changed(): void {
    this.#waiting = this.#waiting.filter(({ holds, resolve }) => {
      if (!holds()) return true;
      resolve();
      return false;
    });
    if (this.at >= this.#cutAt) this.#cut();
  }

  /** The network breaks, at any place in what is on its way. */
  #cut(): void {
    this.#cutAt = Infinity;
    this.cuts += 1;
    this.#client?.cut();
    this.#left();
  }
}
