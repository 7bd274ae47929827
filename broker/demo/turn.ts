import assert from 'node:assert';
import type { Demo } from './demo.js';
import { type TurnError, type TurnFacts, turnView } from './history.js';
import type { Ids } from './ids.js';
import { type Item, type ItemBody, userMessage, type UserInput } from './items.js';
import { JOINING_INPUTS_MAX } from './limits.js';
import type { Answer } from './requests.js';
import { isSubAgent, type Thread } from './thread.js';
import { countStep, rateLimits } from './usage.js';

/** Thrown into the scene of a turn that is over, to end it silently. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** A user's message for a turn. */
export interface Message {
  readonly content: readonly UserInput[];
  readonly clientId: string | null;
}

/** One running turn: all that a scene can do. Once it is over, whatever its scene still tries throws. */
export class Turn {
  readonly id: string;
  readonly ids: Ids;
  /** What stands for `{name}` in the texts of the scene. */
  readonly words = new Map<string, string>();
  /** Resolves once it is over. */
  readonly over: Promise<void>;
  readonly #startedAtMs: number;
  readonly #joining: Message[] = [];
  #facts: TurnFacts;
  #lastMessage: Item | null = null;
  #diff = '';
  #joined = false;
  /** Whether the agent has said something since the model took its last step. */
  #saying = false;
  #resolveOver: () => void = () => {};

  /** @param rootTurnId The turn that this one works for; null: itself. */
  constructor(
    readonly demo: Demo,
    readonly thread: Thread,
    rootTurnId: string | null,
  ) {
    assert(thread.turn === null, 'one turn of a thread at a time');
    thread.turn = this;
    this.id = demo.ids.uuid();
    this.ids = demo.ids.fork();
    this.#startedAtMs = demo.clock.nowMs();
    const facts = {
      id: this.id,
      rootTurnId: rootTurnId ?? this.id,
      status: 'inProgress',
      error: null,
    } as const;
    this.#facts = { ...facts, startedAt: demo.clock.nowS(), completedAt: null, durationMs: null };
    this.over = new Promise((resolve) => {
      this.#resolveOver = resolve;
    });
  }

  get facts(): TurnFacts {
    return this.#facts;
  }

  /** Most messages about a turn begin with these members. */
  get where(): { readonly threadId: string; readonly turnId: string } {
    return { threadId: this.thread.meta.id, turnId: this.id };
  }

  /** What the agent said last. */
  get lastText(): string | null {
    return this.#lastMessage?.type === 'agentMessage' ? this.#lastMessage.text : null;
  }

  /** The turn as the answer to its request shows it: nothing has happened yet. */
  get accepted(): object {
    return turnView({ ...this.#facts, startedAt: null }, [], 'notLoaded');
  }

  begin(): void {
    this.thread.meta.updatedAtMs = this.#startedAtMs;
    this.demo.save(this.thread);
    this.setStatus();
    const turn = turnView(this.#facts, [], 'notLoaded');
    this.demo.tell(this.thread, 'turn/started', { threadId: this.thread.meta.id, turn });
    this.#record(this.demo.history(this.thread).turn(this.#facts));
  }

  /** Active, and waiting for the client if a flag is given. */
  setStatus(...activeFlags: ('waitingOnApproval' | 'waitingOnUserInput')[]): void {
    this.demo.setStatus(this.thread, { type: 'active', activeFlags });
  }

  /** @param params Whole, with `where` in its place. */
  tell(method: string, params: object): void {
    this.#mustRun();
    this.demo.tell(this.thread, method, params);
  }

  /** @returns when it started, for `complete`. */
  start(body: ItemBody): number {
    const startedAtMs = this.demo.clock.nowMs();
    const item = { ...body, startedAtMs, completedAtMs: null };
    this.tell('item/started', { item, ...this.where, startedAtMs });
    return startedAtMs;
  }

  /** @param kept Whether the history remembers it; app-server forgets commands that were not let go. */
  complete(body: ItemBody, startedAtMs: number, kept = true): void {
    const completedAtMs = this.demo.clock.nowMs();
    const item: Item = { ...body, startedAtMs, completedAtMs };
    this.tell('item/completed', { item, ...this.where, contentTokenCount: null, completedAtMs });
    if (body.type === 'agentMessage') [this.#lastMessage, this.#saying] = [item, true];
    if (kept) this.#record(this.demo.history(this.thread).item(item));
  }

  message({ content, clientId }: Message): void {
    const body = userMessage(this.ids.uuid(), clientId, content);
    this.complete(body, this.start(body));
  }

  /** @returns false when too many wait already. */
  join(message: Message): boolean {
    if (this.#joining.length >= JOINING_INPUTS_MAX) return false;
    this.#joining.push(message);
    return true;
  }

  /** Whether messages have joined since this was last asked. */
  takeJoined(): boolean {
    this.#goOn();
    const joined = this.#joined;
    this.#joined = false;
    return joined;
  }

  /** The time between two events, in which messages join. Undefined when there is nothing to wait for. */
  beat(events = 1): Promise<void> | undefined {
    const wait = this.demo.clock.wait(events);
    const { drained } = this.demo.output;
    if (wait !== undefined || drained !== null) return this.#wait(wait, drained);
    this.#goOn();
    return undefined;
  }

  /** Asks the client, shows what the thread waits for meanwhile, and waits. */
  ask(method: string, params: object): Promise<Answer> {
    this.#mustRun();
    return new Promise((resolve) => {
      const line = this.demo.requests.open(method, this.thread.meta.id, params, resolve);
      if (this.thread.subscribed) this.demo.output.line(line);
    });
  }

  /** The model has taken a step: it has said what it had to say, and called a tool or come to its end. */
  usage(): void {
    this.#saying = false;
    this.tell('thread/tokenUsage/updated', {
      ...this.where,
      tokenUsage: countStep(this.thread.meta, this.ids),
    });
    this.tell('account/rateLimits/updated', rateLimits);
    if (this.#diff !== '') this.changed('');
  }

  /** @param diff More of what the turn changed, as a unified diff. */
  changed(diff: string): void {
    this.#diff += diff;
    this.tell('turn/diff/updated', { ...this.where, diff: this.#diff });
  }

  /** Ends it, once: a turn that is over stays as it is. */
  end(status: TurnFacts['status'], error: TurnError | null = null): void {
    if (this.thread.turn !== this) return;
    if (this.#saying && status !== 'failed') this.usage();
    this.thread.turn = null;
    this.#closeFacts(status, error);
    if (status === 'failed' || this.#lastMessage !== null) this.#markUnread();
    if (status !== 'failed') this.demo.setStatus(this.thread, { type: 'idle' });
    const said = status === 'interrupted' ? null : this.#lastMessage;
    const items = said === null ? [] : [said];
    const turn = turnView(this.#facts, items, said === null ? 'notLoaded' : 'summary');
    this.demo.tell(this.thread, 'turn/completed', { threadId: this.thread.meta.id, turn });
    this.#dropRequests();
    this.demo.save(this.thread);
    this.#resolveOver();
  }

  /** Ends it on the user's word, and the scene with it. */
  cancel(): never {
    this.end('interrupted');
    throw new Stopped();
  }

  #closeFacts(status: TurnFacts['status'], error: TurnError | null): void {
    const nowMs = this.demo.clock.nowMs();
    const times = { completedAt: Math.floor(nowMs / 1000), durationMs: nowMs - this.#startedAtMs };
    this.#facts = { ...this.#facts, status, error, ...times };
    this.thread.meta.updatedAtMs = nowMs;
    this.#record(this.demo.history(this.thread).turn(this.#facts));
  }

  #markUnread(): void {
    const { meta } = this.thread;
    if (meta.ephemeral || isSubAgent(this.thread)) return;
    const firstUnread = meta.readState.firstUnread ?? { type: 'turn', turnId: this.id };
    meta.readState = { firstUnread, revision: this.ids.uuid() };
    const { readState } = meta;
    this.demo.tell(this.thread, 'thread/readState/changed', { threadId: meta.id, readState });
  }

  #dropRequests(): void {
    for (const { id } of this.demo.requests.ofThread(this.thread.meta.id)) {
      this.demo.requests.take(id);
      this.demo.tell(this.thread, 'serverRequest/resolved', { threadId: this.thread.meta.id, requestId: id });
    }
  }

  #record(line: string): void {
    this.demo.record(this.thread, line);
  }

  async #wait(wait: Promise<unknown> | undefined, drained: Promise<void> | null): Promise<void> {
    await wait;
    await drained;
    this.#goOn();
  }

  #goOn(): void {
    this.#mustRun();
    for (const message of this.#joining.splice(0)) {
      this.message(message);
      this.#joined = true;
    }
  }

  #mustRun(): void {
    if (this.thread.turn !== this) throw new Stopped();
  }
}
