import assert from 'node:assert/strict';
import type { Attachment, AuditEntry, SendResult } from '../../protocol/attachments.js';
import type { Store } from '../../broker/attachments/store.js';
import { InMemory, settled } from '../support/in-memory.js';
import type { MemoryClient, Message } from '../support/in-memory.js';
import type { ScriptedRuntime } from '../support/scripted-runtime.js';
import { itemCompleted, turnStarted } from './events.js';

/** What the runtime says of a thread, here. */
export interface ShownThread {
  readonly name?: string;
  readonly archived?: boolean;
}

/** An answer: its `result` or its `error`. */
type Answer = (params: Readonly<Record<string, unknown>>) => object | null;

/** A broker whose runtime knows some threads and answers what it is asked about them, and a client. */
export class Attached {
  readonly broker: InMemory;
  readonly client: MemoryClient;
  /** By id. What is not here the runtime does not know. */
  readonly threads = new Map<string, ShownThread>();
  /** What the runtime answers, by method; null: nothing yet. */
  readonly answers = new Map<string, Answer>([
    ['thread/read', ({ threadId }) => this.#read(String(threadId))],
    ['thread/resume', ({ threadId }) => this.#read(String(threadId))],
    ['turn/start', () => ({ result: { turn: { id: this.#newTurn(), status: 'inProgress' } } })],
  ]);
  /** How many requests of the runtime have been looked at. */
  #seen = 0;
  #turns = 0;

  constructor(broker: InMemory, client: MemoryClient) {
    this.broker = broker;
    this.client = client;
  }

  get runtime(): ScriptedRuntime {
    return this.broker.runtime;
  }

  /** The result, or the error. */
  async ask(method: string, params: object, client = this.client): Promise<unknown> {
    const answer = await this.answer(method, params, client);
    return answer.result ?? answer.error;
  }

  async answer(method: string, params: object, client = this.client): Promise<Message> {
    const id = client.request(method, params);
    await this.settled();
    const answer = client.answerTo(id);
    assert(answer !== undefined, `${method} was not answered`);
    return answer;
  }

  /** The `data.reason` of the error, or null. */
  async reason(method: string, params: object): Promise<string | null> {
    return (await this.answer(method, params)).error?.data?.reason ?? null;
  }

  /** Until the runtime has answered all that it was asked, and what comes of that has happened. */
  async settled(): Promise<void> {
    do await settled();
    while (this.#answerAll());
  }

  async create(
    parentThreadId: string,
    childThreadId: string,
    rest: object = {},
  ): Promise<{ readonly attachment: Attachment }> {
    const answer = await this.answer('thread/attachment/create', { parentThreadId, childThreadId, ...rest });
    assert(answer.error === undefined, answer.error?.message);
    return answer.result as { attachment: Attachment };
  }

  async send(attachmentId: string, from: string, text: string, rest: object = {}): Promise<SendResult> {
    const answer = await this.answer('broker/attachment/send', {
      attachmentId,
      from,
      input: [{ type: 'text', text }],
      ...rest,
    });
    assert(answer.error === undefined, answer.error?.message);
    return answer.result as SendResult;
  }

  /** The audit trail of a thread or an edge, newest first. */
  async audit(of: object): Promise<readonly AuditEntry[]> {
    const { data } = (await this.ask('broker/attachment/messages/list', of)) as { data: AuditEntry[] };
    return data;
  }

  /** A turn runs, in which the agent says that. */
  saysIn(threadId: string, turnId: string, text: string): void {
    this.runtime.say(
      turnStarted(threadId, turnId),
      itemCompleted(text, threadId, `${turnId}-${text}`, turnId),
    );
  }

  /** It ends. */
  ends(threadId: string, turnId: string, status = 'completed'): void {
    const params = { threadId, turn: { id: turnId, status, items: [] } };
    this.runtime.say({ method: 'turn/completed', params });
  }

  /** The turns that were started there: their input, and the rest of their params. */
  turnsIn(threadId: string): readonly Readonly<Record<string, unknown>>[] {
    return this.runtime.received.flatMap(({ method, params }) =>
      method === 'turn/start' && params?.['threadId'] === threadId ? [params] : [],
    );
  }

  #answerAll(): boolean {
    const asked = this.runtime.received.slice(this.#seen);
    this.#seen = this.runtime.received.length;
    const said = asked.flatMap(({ id, method, params }) => {
      const answer = this.answers.get(method ?? '')?.(params ?? {}) ?? null;
      return answer === null ? [] : [{ id, ...answer }];
    });
    this.runtime.say(...said);
    return asked.length > 0;
  }

  #read(threadId: string): object {
    const thread = this.threads.get(threadId);
    if (thread === undefined) return { error: { code: -32600, message: `thread not loaded: ${threadId}` } };
    const folder = thread.archived === true ? 'archived_sessions' : 'sessions';
    const path = `/h/${folder}/rollout-${threadId}.jsonl`;
    const status = { type: 'idle' };
    return { result: { thread: { id: threadId, path, name: thread.name ?? null, preview: '', status } } };
  }

  #newTurn(): string {
    this.#turns += 1;
    return `turn-${this.#turns}`;
  }
}

/** `parent`, `child` and `other` are there, or what is given. `prepare` comes before the runtime answers anything. */
export async function attached(
  store?: Store,
  threads?: ReadonlyMap<string, ShownThread>,
  prepare: (stage: Attached) => void = () => {},
): Promise<Attached> {
  const broker = new InMemory({}, store);
  await broker.broker.start();
  const made = new Attached(broker, await broker.client({ experimentalApi: true }, 'json'));
  const known = threads ?? new Map(['parent', 'child', 'other'].map((id) => [id, {}]));
  for (const [id, thread] of known) made.threads.set(id, thread);
  prepare(made);
  await made.settled();
  return made;
}

/** `parent` and `child`, attached, and the edge between them. */
export async function pair(rest: object = {}): Promise<{ stage: Attached; attachmentId: string }> {
  const stage = await attached();
  const { attachment } = await stage.create('parent', 'child', rest);
  return { stage, attachmentId: attachment.attachmentId };
}
