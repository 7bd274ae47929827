import type { Test } from 'tap';
import { LOBBY, type Wire } from '../../protocol/wires.js';
import type { JsonObject, Json as JsonValue } from '../codex/json.js';
import { positionIn, Refused, WireClient, type Position } from '../delivery/wire-client.js';
import { list, object, text, type Json, type Message } from '../sim/message.js';
import { soFar, ThreadState } from '../sim/thread-state.js';

/** What a client holds of one thread that it has open. */
export interface Held {
  readonly state: ThreadState;
  /** Where it is in the thread's log; null on the stock wire. */
  position: Position | null;
}

/** A request of the runtime that waits for somebody's answer. */
export interface Asked {
  readonly id: string | number;
  readonly threadId: string;
}

/**
 * Somebody at a client that comes and goes: holds what the threads that it has open add up to, from what it is told
 * and from nothing else, and notes what cannot be right.
 */
export class Person {
  readonly name: string;
  readonly wire: Wire;
  readonly open = new Map<string, Held>();
  readonly asked = new Map<string | number, Asked>();
  /** The last that was said of each thread's status and name. */
  readonly statuses = new Map<string, string>();
  readonly names = new Map<string, string>();
  /** In sentences. */
  readonly faults: string[] = [];
  readonly #t: Test;
  readonly #url: string;
  #client: WireClient | null = null;
  #lobby: Position | null = null;
  readonly #opening = new Set<string>();
  /** What it had open when it was here last. */
  #before: readonly (readonly [string, Held])[] = [];
  /** Called whenever something was heard. */
  onHeard: () => void = () => {};

  constructor(t: Test, url: string, { name, wire }: { readonly name: string; readonly wire: Wire }) {
    this.#t = t;
    this.#url = url;
    this.name = name;
    this.wire = wire;
  }

  get here(): boolean {
    return this.#client !== null;
  }

  /** The turn of that thread that runs, as far as it knows. */
  running(threadId: string): string | null {
    const turns = [...(this.open.get(threadId)?.state.turns.values() ?? [])];
    return turns.findLast(({ status }) => status === 'inProgress')?.id ?? null;
  }

  /** Comes, or comes back, and opens again what it had open. */
  async come(): Promise<void> {
    const hear = (message: JsonObject): void => this.#hear(message);
    const options = { name: this.name, wire: this.wire, hear };
    const client = await WireClient.open(this.#t, this.#url, options);
    const lobby = this.#lobby && { lobby: { ...this.#lobby } };
    const capabilities = { extensions: { threadcast: { ...lobby } } };
    await client.initialize({ ...options, capabilities }, (result) => this.#greeted(result as Json));
    this.#client = client;
    for (const [threadId, held] of this.#before) await this.show(threadId, held).catch(ignoreGone);
  }

  /** The network breaks. On the stock wire nothing is gone on with. */
  leave(): void {
    this.#client?.cut();
    this.#client = null;
    this.#before = [...this.open];
    this.open.clear();
    this.asked.clear();
  }

  /** @throws {Refused} on an error. Resolves with null where it is not here. */
  async call(
    method: string,
    params: JsonObject,
    heard: (result: Json) => void = () => {},
  ): Promise<Json | null> {
    if (this.#client === null) return null;
    const take = (result: JsonValue): void => heard(result as Json);
    return (await this.#client.call(method, params, take)) as Json;
  }

  answer({ id }: Asked, decision: string): void {
    this.#client?.send({ id, result: { decision } });
  }

  /**
   * Opens a thread that is not open: on a v1 wire by the position that it has come to, if it had it open before; on
   * the stock one with its whole history.
   */
  async show(threadId: string, before: Held | null = null): Promise<void> {
    if (this.open.has(threadId) || this.#opening.has(threadId)) return;
    this.#opening.add(threadId);
    try {
      await this.#show(threadId, before);
    } finally {
      this.#opening.delete(threadId);
    }
  }

  async #show(threadId: string, before: Held | null): Promise<void> {
    const since = before?.position ?? null;
    if (this.wire === 'stock') {
      const heard = (result: Json): void =>
        this.#opened(threadId, list(object(result, 'thread'), 'turns'), null);
      await this.call('thread/resume', { threadId }, heard);
      return;
    }
    await this.call('broker/thread/join', { threadId, since: since && { ...since } }, (result) => {
      const turns = list(object(object(result, 'snapshot'), 'thread'), 'turns');
      if (before !== null && result['recovered'] === true) this.open.set(threadId, before);
      else this.#opened(threadId, turns, positionIn(result as JsonValue));
      for (const request of list(result, 'pendingRequests')) this.#hear(request);
    });
  }

  /** Asks for a thread's status: what was said of it while one was away is not said again on the stock wire. */
  async ask(threadId: string): Promise<void> {
    await this.call('thread/read', { threadId }, (result) =>
      this.statuses.set(threadId, text(object(object(result, 'thread'), 'status'), 'type')),
    );
  }

  /** Starts a thread, or forks one; resolves with its id. */
  async create(method: string, params: JsonObject): Promise<string> {
    const heard = (result: Json): void => {
      const thread = object(result, 'thread');
      const position = this.wire === 'stock' ? null : positionIn(object(result, 'threadcast') as JsonValue);
      this.#opened(text(thread, 'id'), list(thread, 'turns'), position);
    };
    return text(object((await this.call(method, params, heard)) ?? {}, 'thread'), 'id');
  }

  /** Leaves a thread. */
  async close(threadId: string): Promise<void> {
    await this.call('thread/unsubscribe', { threadId }, () => this.#closed(threadId));
  }

  #opened(threadId: string, turns: readonly Json[], position: Position | null): void {
    const state = new ThreadState(turns);
    // Of items in progress a snapshot has the text so far, and what is said next comes on top.
    for (const { items } of state.turns.values()) {
      for (const each of items.values()) each.done = each.item['completedAtMs'] !== null;
    }
    this.open.set(threadId, { state, position });
  }

  #closed(threadId: string): void {
    this.open.delete(threadId);
    for (const [id, asked] of this.asked) if (asked.threadId === threadId) this.asked.delete(id);
  }

  #greeted(result: Json): void {
    const greeting = object(result, 'threadcast');
    const lobby = object(greeting, 'lobby');
    if (this.wire !== 'stock' && lobby['recovered'] !== true) this.#lobby = positionIn(lobby as JsonValue);
  }

  #hear(message: Message): void {
    this.#follow(message);
    const { id, method, params } = message;
    const threadId = text(params, 'threadId');
    if (method !== undefined && id !== undefined && id !== null) this.asked.set(id, { id, threadId });
    else if (method === 'serverRequest/resolved') this.asked.delete(params?.['requestId'] as string | number);
    else if (method === 'thread/name/updated') this.names.set(threadId, text(params, 'threadName'));
    else if (method === 'thread/status/changed')
      this.statuses.set(threadId, text(object(params, 'status'), 'type'));
    else if (method !== undefined && GONE.has(method)) this.#closed(threadId);
    else if (method !== undefined && /^(turn|item)\//.test(method)) this.#apply(threadId, message);
    this.onHeard();
  }

  /** On a v1 wire each number follows the last one. */
  #follow({ method, params, log, seq }: Message): void {
    if (method === 'broker/log/reset') {
      const position = { epoch: text(params, 'epoch'), seq: params?.['seq'] as number };
      const name = text(params, 'log');
      if (name === LOBBY) this.#lobby = position;
      else this.open.set(name, { state: new ThreadState([]), position });
      return;
    }
    if (log === undefined || seq === undefined) return;
    const held = this.open.get(log);
    const position = log === LOBBY ? this.#lobby : (held?.position ?? null);
    if (position === null) {
      this.faults.push(`${log} ${seq}: an entry of a log that is not open`);
      return;
    }
    if (seq !== position.seq + 1) this.faults.push(`${log}: ${seq} follows ${position.seq}`);
    const next = { epoch: position.epoch, seq };
    if (held === undefined) this.#lobby = next;
    else held.position = next;
  }

  #apply(threadId: string, message: Message): void {
    const { method, params } = message;
    // A sub-agent's first words: nobody asks for those.
    if (!this.open.has(threadId)) this.#opened(threadId, [], null);
    const state = this.open.get(threadId)?.state;
    const item = object(params, 'item');
    if (method === 'item/completed' && item['type'] === 'agentMessage') {
      const seen = state?.turns.get(text(params, 'turnId'))?.items.get(text(item, 'id'));
      const words = seen === undefined ? null : text(soFar(seen), 'text');
      if (words !== item['text'])
        this.faults.push(
          `${method} of ${threadId}: heard ${JSON.stringify(words)}, not ${JSON.stringify(item['text'])}`,
        );
    }
    state?.apply(message);
  }
}

/** What ends a thread for all. */
const GONE = new Set(['thread/archived', 'thread/deleted', 'thread/closed']);

/** A thread may have been archived or deleted while one was away. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof Refused)) throw error;
}
