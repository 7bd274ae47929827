import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { pino } from 'pino';
import { Attachments } from '../../broker/attachments/attachments.js';
import { openStore } from '../../broker/attachments/lmdb-store.js';
import type { Store } from '../../broker/attachments/store.js';
import { Refusal } from '../../broker/requests/refusal.js';
import type { AuditEntry } from '../../protocol/attachments.js';
import { CLIENT } from './reference.js';
import type { Answer, ThreadState, Wanted } from './reference.js';

/** A folder in memory where there is one: thousands of changes are flushed one by one. */
export const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** What clients of both threads are told of an edge. */
export type Told = readonly [threadId: string, attachment: unknown];

const STARTED_AT = Date.UTC(2026, 0, 1);

/** The broker's attachments on a store of lmdb, and a runtime whose threads are what they are told to be. */
export class World {
  readonly threads = new Map<string, ThreadState>();
  /** Turns of the event loop that the runtime takes for its next answers, in turn. */
  slowness: readonly number[] = [0];
  told: Told[] = [];
  /** Whether what the runtime says reaches the broker. */
  isHeard = true;
  #now = STARTED_AT;
  #asked = 0;
  readonly #path: string;
  #store: Store;
  #attachments: Attachments;

  private constructor(path: string, store: Store) {
    this.#path = path;
    this.#store = store;
    this.#attachments = this.#begin();
  }

  static async open(path: string): Promise<World> {
    return new World(path, await openStore(path, { now: () => STARTED_AT }));
  }

  /** ISO 8601. */
  get now(): string {
    return new Date(this.#now).toISOString();
  }

  tick(): void {
    this.#now += 1_000;
  }

  create(wanted: Wanted): Promise<Answer> {
    return answered(this.#attachments.create(wanted, CLIENT));
  }

  delete(attachmentId: string): Promise<Answer> {
    return answered(this.#attachments.delete(attachmentId, CLIENT));
  }

  /** A thread is that from now on, and the runtime says so, once. */
  threadIs(threadId: string, state: ThreadState): void {
    this.threads.set(threadId, state);
    if (this.isHeard) this.#attachments.threadIs(threadId, state);
  }

  /** The runtime is another one. What has become of its threads it does not say. */
  runtimeIsBack(): void {
    this.#attachments.reconcile();
  }

  /** The broker ends, and another one begins with what is on the disk. */
  async restart(): Promise<void> {
    await this.settled();
    await this.close();
    this.#store = await openStore(this.#path, { now: () => this.#now });
    this.#attachments = this.#begin();
    this.#attachments.reconcile();
  }

  /** All that was said so far has been taken in. */
  async settled(): Promise<void> {
    await this.#attachments.changes.settled();
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  list: Attachments['list'] = (params) => this.#attachments.list(params);

  /** The newest entries about a thread or an edge, newest first. */
  trail(of: { threadId: string } | { attachmentId: string }, limit: number): readonly AuditEntry[] {
    return this.#attachments.trail.page({ ...of, limit }).data;
  }

  #begin(): Attachments {
    const attachments = new Attachments({
      ask: (_method, params) => this.#answer(params),
      clock: { now: () => this.#now, after: () => () => {} },
      log: pino({ level: 'silent' }),
      home: () => '/codex',
      notify: (threadId, _method, params) =>
        this.told.push([threadId, 'attachment' in params ? params.attachment : null]),
    });
    attachments.open(this.#store);
    return attachments;
  }

  /** As the runtime answers `thread/read`: what is true when it is asked, a while later. */
  async #answer(params: object): Promise<unknown> {
    const threadId = 'threadId' in params ? String(params.threadId) : '';
    const state = this.threads.get(threadId) ?? 'missing';
    const turns = this.slowness[(this.#asked += 1) % this.slowness.length] ?? 0;
    for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve));
    if (state === 'missing')
      throw new Refusal({ code: -32_600, message: `no rollout found for thread id ${threadId}` });
    const folder = state === 'archived' ? 'archived_sessions' : 'sessions';
    return { thread: { id: threadId, path: `/codex/${folder}/${threadId}.jsonl`, name: null, preview: '' } };
  }
}

async function answered(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { reason: error.reason ?? error.message };
  }
}
