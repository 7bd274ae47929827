import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type {
  Attachment,
  AttachmentCreateParams,
  AttachmentsListParams,
  AttachmentsPage,
  By,
} from '../../protocol/attachments.js';
import { errors } from '../../protocol/errors.js';
import { ATTACHMENTS_MAX, ATTACHMENTS_PAGE, RECONCILED_MS_MAX } from '../../protocol/limits.js';
import { brokerNotifications } from '../../protocol/notifications.js';
import type { Clock } from '../clock.js';
import { Refusal } from '../requests/refusal.js';
import { Changes } from './changes.js';
import type { Decision } from './changes.js';
import { cursorAt, numberAt } from './cursors.js';
import { Graph } from './graph.js';
import { Lifecycle } from './lifecycle.js';
import { Trail } from './trail.js';
import { ThreadStates } from './thread-states.js';
import type { ThreadState, Watch } from './thread-states.js';
import type { Ask } from '../requests/asking.js';
import { shown } from './store.js';
import type { Store, StoredAttachment } from './store.js';

export interface AttachmentsContext {
  readonly ask: Ask;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whose threads the runtime knows: its `codexHome`. */
  home(): string;
  /** One entry more in the log of a thread, where that is loaded. */
  notify(threadId: string, method: string, params: object): void;
}

/** Edges between threads, kept over the broker's life: who may be attached to whom, and what became of it. */
export class Attachments {
  readonly changes = new Changes(() => this.store);
  readonly trail: Trail;
  readonly states: ThreadStates;
  readonly #context: AttachmentsContext;
  readonly #lifecycle: Lifecycle;
  #graph = new Graph([]);
  #store: Store | null = null;
  /** What happened to the threads while nobody looked has been taken in. */
  #reconciled: Promise<void> = Promise.resolve();

  constructor(context: AttachmentsContext) {
    this.#context = context;
    this.states = new ThreadStates(context.ask);
    this.trail = new Trail({
      ...context,
      changes: this.changes,
      store: () => this.store,
      edge: (attachmentId) => this.edgeNow(attachmentId),
    });
    this.#lifecycle = new Lifecycle({
      ...context,
      home: () => context.home(),
      notify: (edge) => this.#notify(edge),
      changes: this.changes,
      states: this.states,
      graph: () => this.#graph,
      trail: this.trail,
    });
  }

  /** What was kept. Before anything else is called. */
  open(store: Store): void {
    this.#store = store;
    this.#graph = new Graph(store.attachments);
  }

  /** Resolves when all that was decided is on disk. */
  async settled(): Promise<void> {
    await this.#lifecycle.close();
    await this.changes.settled();
  }

  get store(): Store {
    if (this.#store === null) throw new Error('the attachments are not open');
    return this.#store;
  }

  /** The runtime is there, anew: what has become of the threads is asked. What is asked of the graph waits for that. */
  reconcile(): void {
    this.#reconciled = this.#withinTime(this.#lifecycle.reconcile());
  }

  /** A runtime that says nothing holds nobody up for longer: what it has not said then, is taken in when it does. */
  async #withinTime(reconciled: Promise<void>): Promise<void> {
    const { clock, log } = this.#context;
    await new Promise<void>((resolve) => {
      const callOff = clock.after(RECONCILED_MS_MAX, resolve);
      void reconciled
        .catch((error: unknown) => log.error({ error }, 'what became of the threads is not known'))
        .finally(() => {
          callOff();
          resolve();
        });
    });
  }

  /** The runtime has said what became of a thread. */
  threadIs(threadId: string, state: ThreadState): void {
    this.#lifecycle.threadIs(threadId, state);
  }

  /** The edge, as it stands. */
  async edge(attachmentId: string): Promise<StoredAttachment | null> {
    await this.#reconciled;
    return this.edgeNow(attachmentId);
  }

  edgeNow(attachmentId: string): StoredAttachment | null {
    const edge = this.#graph.get(attachmentId);
    return edge === undefined ? null : this.#lifecycle.seen(edge);
  }

  /** @throws {Refusal} the first reason that applies, in the order of the contract */
  async create(params: AttachmentCreateParams, by: By): Promise<{ attachment: Attachment }> {
    const { parentThreadId, childThreadId } = params;
    await this.#reconciled;
    try {
      return { attachment: await this.#create(params, by) };
    } catch (error) {
      const ends = { parentThreadId, childThreadId, attachmentId: null };
      await this.trail.refused(error, ends, { method: 'thread/attachment/create', text: null, by });
      throw error;
    }
  }

  async #create(params: AttachmentCreateParams, by: By): Promise<Attachment> {
    const { parentThreadId, childThreadId } = params;
    if (parentThreadId === childThreadId)
      throw Refusal.of(errors.selfAttachment, 'A thread cannot be attached to itself');
    const watch = this.states.watch([parentThreadId, childThreadId]);
    try {
      await watch.ready;
      return await this.changes.run(() => this.#creation(params, watch, by));
    } finally {
      watch.close();
    }
  }

  #creation(params: AttachmentCreateParams, watch: Watch, by: By): Decision<Attachment> {
    const { parentThreadId, childThreadId } = params;
    const news = this.#lifecycle.decide();
    for (const threadId of [parentThreadId, childThreadId]) {
      if (watch.state(threadId) === 'missing')
        throw Refusal.of(errors.threadNotFound, `There is no thread ${threadId}`);
    }
    for (const threadId of [parentThreadId, childThreadId]) {
      if (watch.state(threadId) === 'archived')
        throw Refusal.of(errors.threadArchived, `Thread ${threadId} is archived; unarchive it first`);
    }
    const refusal = this.#graph.refusal(parentThreadId, childThreadId);
    if (refusal !== null) throw Refusal.of(errors[refusal], EDGE_REFUSALS[refusal]);
    if (this.#graph.live >= ATTACHMENTS_MAX)
      throw Refusal.of(errors.overloaded, `There are ${ATTACHMENTS_MAX} attachments; delete some`);
    const at = this.#now();
    return this.#changed(
      {
        number: this.store.newNumber(),
        home: this.#context.home(),
        archived: [],
        attachmentId: randomUUID(),
        parentThreadId,
        childThreadId,
        roleLabel: params.roleLabel || null,
        displayName: params.displayName || null,
        deliverReplies: params.deliverReplies ?? false,
        state: 'active',
        createdAt: at,
        updatedAt: at,
      },
      'created',
      by,
      news,
    );
  }

  /** @throws {Refusal} there is none, or it is detached already */
  async delete(attachmentId: string, by: By): Promise<{ attachment: Attachment }> {
    await this.#reconciled;
    try {
      return { attachment: await this.changes.run(() => this.#deletion(attachmentId, by)) };
    } catch (error) {
      const edge = this.edgeNow(attachmentId);
      const about = { method: 'thread/attachment/delete', text: null, by };
      if (edge !== null) await this.trail.refused(error, edge, about);
      throw error;
    }
  }

  #deletion(attachmentId: string, by: By): Decision<Attachment> {
    const news = this.#lifecycle.decide();
    const edge = this.#graph.get(attachmentId);
    if (edge === undefined || edge.state === 'detached')
      throw Refusal.of(errors.attachmentNotFound, `There is no attachment ${attachmentId} to detach`);
    return this.#changed({ ...edge, state: 'detached', updatedAt: this.#now() }, 'deleted', by, news);
  }

  /** Edges, oldest first. @throws {Refusal} a cursor of another list */
  async list(params: AttachmentsListParams): Promise<AttachmentsPage> {
    await this.#reconciled;
    const parentThreadId = params.parentThreadId ?? null;
    const childThreadId = params.childThreadId ?? null;
    const states = new Set(params.states ?? ['active' as const]);
    const list = ['edges', parentThreadId, childThreadId, ...[...states].toSorted()];
    const after = numberAt(params.cursor, list) ?? 0;
    const limit = params.limit ?? ATTACHMENTS_PAGE;
    const seen = (edge: StoredAttachment): StoredAttachment => this.#lifecycle.seen(edge);
    const query = { parentThreadId, childThreadId, states, after, limit };
    const { edges, more } = this.#graph.list(query, seen);
    const last = more ? edges.at(-1) : undefined;
    const data = edges.map((edge) => shown(seen(edge)));
    return { data, nextCursor: last === undefined ? null : cursorAt(last.number, list) };
  }

  /** One edge in its new state, and with it what its state rests on and is not written down yet. */
  #changed(
    edge: StoredAttachment,
    kind: 'created' | 'deleted',
    by: By,
    news: Decision<void>,
  ): Decision<Attachment> {
    const { parentThreadId, childThreadId, updatedAt: at } = edge;
    const attachment = shown(edge);
    const entry = this.trail.audited({ kind, at, parentThreadId, childThreadId, by, attachment });
    const { attachments = [], audit = [] } = news.change;
    const forgotten = this.#graph.surplus(edge.state === 'detached' ? 1 : 0);
    return {
      change: { attachments: [...attachments, edge], forgotten, audit: [...audit, entry] },
      kept: () => {
        news.kept();
        this.#graph.put(edge);
        for (const number of forgotten) this.#graph.forget(number);
        this.#notify(edge);
        return attachment;
      },
    };
  }

  #notify(edge: StoredAttachment): void {
    for (const threadId of [edge.parentThreadId, edge.childThreadId])
      this.#context.notify(threadId, brokerNotifications.attachmentChanged, { attachment: shown(edge) });
  }

  #now(): string {
    return new Date(this.#context.clock.now()).toISOString();
  }
}

const EDGE_REFUSALS = {
  duplicate: 'The thread is attached to that parent already',
  childAlreadyAttached: 'The thread is attached to another parent; detach it there first',
  cycle: 'The parent is itself attached below that thread: it would be a cycle',
} as const;
