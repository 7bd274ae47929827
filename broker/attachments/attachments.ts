import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type {
  Attachment,
  AttachmentCreateParams,
  AttachmentMessage,
  AttachmentMessagesListParams,
  AttachmentsListParams,
  AttachmentsPage,
  AuditEntry,
  AuditPage,
  By,
} from '../../protocol/attachments.js';
import { errors } from '../../protocol/errors.js';
import { ATTACHMENTS_MAX, ATTACHMENTS_PAGE } from '../../protocol/limits.js';
import { brokerNotifications } from '../../protocol/notifications.js';
import type { Clock } from '../clock.js';
import { Refusal } from '../requests/refusal.js';
import { Changes } from './changes.js';
import type { Decision } from './changes.js';
import { cursorAt, numberAt } from './cursors.js';
import { Graph } from './graph.js';
import { Lifecycle } from './lifecycle.js';
import { ThreadStates } from './thread-states.js';
import type { Ask, ThreadState, Watch } from './thread-states.js';
import { shown, StoreError } from './store.js';
import type { AuditQuery, Store, StoredAttachment, StoredMessage } from './store.js';

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
    this.#lifecycle = new Lifecycle({
      ...context,
      home: () => context.home(),
      notify: (edge) => this.#notify(edge),
      changes: this.changes,
      states: this.states,
      graph: () => this.#graph,
      audited: (entry) => this.audited(entry),
    });
  }

  /** What was kept. Before anything else is called. */
  open(store: Store): void {
    this.#store = store;
    this.#graph = new Graph(store.attachments);
  }

  /** Resolves when all that was decided is on disk. */
  async close(): Promise<void> {
    await this.changes.settled();
    await this.#store?.close();
  }

  get store(): Store {
    if (this.#store === null) throw new Error('the attachments are not open');
    return this.#store;
  }

  /** The runtime is there, anew: what has become of the threads is asked. What is asked of the graph waits for that. */
  reconcile(): void {
    this.#reconciled = this.#lifecycle.reconcile();
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
    return this.#graph.get(attachmentId) ?? null;
  }

  /** @throws {Refusal} the first reason that applies, in the order of the contract */
  async create(params: AttachmentCreateParams, by: By): Promise<{ attachment: Attachment }> {
    const { parentThreadId, childThreadId } = params;
    await this.#reconciled;
    const watch = this.states.watch([parentThreadId, childThreadId]);
    try {
      this.changes.mustHaveRoom();
      if (parentThreadId === childThreadId)
        throw Refusal.of(errors.selfAttachment, 'A thread cannot be attached to itself');
      await watch.ready;
      return { attachment: await this.changes.run(() => this.#creation(params, watch, by)) };
    } catch (error) {
      const ends = { parentThreadId, childThreadId, attachmentId: null };
      await this.refused(error, ends, { method: 'thread/attachment/create', text: null, by });
      throw error;
    } finally {
      watch.close();
    }
  }

  #creation(params: AttachmentCreateParams, watch: Watch, by: By): Decision<Attachment> {
    const { parentThreadId, childThreadId } = params;
    this.#lifecycle.takeIn();
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
        roleLabel: params.roleLabel ?? null,
        displayName: params.displayName ?? null,
        deliverReplies: params.deliverReplies ?? false,
        state: 'active',
        createdAt: at,
        updatedAt: at,
      },
      'created',
      by,
    );
  }

  /** @throws {Refusal} there is none, or it is detached already */
  async delete(attachmentId: string, by: By): Promise<{ attachment: Attachment }> {
    await this.#reconciled;
    try {
      this.changes.mustHaveRoom();
      return { attachment: await this.changes.run(() => this.#deletion(attachmentId, by)) };
    } catch (error) {
      const edge = this.edgeNow(attachmentId);
      const about = { method: 'thread/attachment/delete', text: null, by };
      if (edge !== null) await this.refused(error, edge, about);
      throw error;
    }
  }

  #deletion(attachmentId: string, by: By): Decision<Attachment> {
    const edge = this.edgeNow(attachmentId);
    if (edge === null || edge.state === 'detached')
      throw Refusal.of(errors.attachmentNotFound, `There is no attachment ${attachmentId} to detach`);
    return this.#changed({ ...edge, state: 'detached', updatedAt: this.#now() }, 'deleted', by);
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
    const { edges, more } = this.#graph.list({ parentThreadId, childThreadId, states, after, limit });
    const last = more ? edges.at(-1) : undefined;
    return { data: edges.map(shown), nextCursor: last === undefined ? null : cursorAt(last.number, list) };
  }

  /** The audit trail of a thread or of an edge, newest first. @throws {Refusal} a cursor of another list */
  audit(params: AttachmentMessagesListParams): AuditPage {
    const of = params.threadId ?? params.attachmentId ?? '';
    const list = ['audit', of];
    const before = numberAt(params.cursor, list);
    const limit = params.limit ?? ATTACHMENTS_PAGE;
    const found = this.#trail({ of, before, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      data: page.map(({ entry }) => entry),
      nextCursor: last === undefined ? null : cursorAt(last.number, list),
    };
  }

  #trail(query: AuditQuery): ReturnType<Store['audit']> {
    try {
      return this.store.audit(query);
    } catch (error) {
      throw error instanceof StoreError ? Refusal.of(errors.storeFailed, error.message) : error;
    }
  }

  /** A new entry for the audit trail, in its place there. */
  audited(entry: AuditEntry): { readonly number: number; readonly entry: AuditEntry } {
    return { number: this.store.newNumber(), entry };
  }

  /** A message as an entry of the audit trail: with the ends of its edge. */
  entryOf(message: AttachmentMessage): AuditEntry {
    const { from, to } = message;
    const isFromParent = this.edgeNow(message.attachmentId)?.parentThreadId !== to;
    const [parentThreadId, childThreadId] = isFromParent ? [from, to] : [to, from];
    return { ...message, parentThreadId, childThreadId };
  }

  /**
   * Something was refused: that is kept too, and where it cannot be, the refusal stands all the same. `stored`: the
   * message that it takes the place of.
   */
  async refused(error: unknown, edge: Ends, about: Refused, stored?: StoredMessage): Promise<void> {
    if (!(error instanceof Refusal)) return;
    const { parentThreadId, childThreadId, attachmentId } = edge;
    const entry: AuditEntry = {
      ...about,
      kind: 'refused',
      at: this.#now(),
      parentThreadId,
      childThreadId,
      attachmentId,
      reason: error.reason ?? error.message,
    };
    const audit = [stored === undefined ? this.audited(entry) : { number: stored.number, entry }];
    const ended = stored === undefined ? [] : [stored.message.messageId];
    try {
      await this.changes.run(() => ({ change: { audit, ended }, kept: () => {} }));
    } catch (failure) {
      this.#context.log.warn({ failure }, 'a refusal could not be written down');
    }
  }

  /** One edge in its new state. */
  #changed(edge: StoredAttachment, kind: 'created' | 'deleted', by: By): Decision<Attachment> {
    const { parentThreadId, childThreadId, updatedAt: at } = edge;
    const attachment = shown(edge);
    const audit = [this.audited({ kind, at, parentThreadId, childThreadId, by, attachment })];
    const forgotten = edge.state === 'detached' ? this.#graph.surplus(1) : [];
    return {
      change: { attachments: [edge], forgotten, audit },
      kept: () => {
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

/** The threads that something is about, and the edge between them where there is one. */
interface Ends {
  readonly parentThreadId: string;
  readonly childThreadId: string;
  readonly attachmentId: string | null;
}

/** What was refused, and to whom. */
type Refused = Pick<Extract<AuditEntry, { kind: 'refused' }>, 'method' | 'text' | 'by'>;

const EDGE_REFUSALS = {
  duplicate: 'The thread is attached to that parent already',
  childAlreadyAttached: 'The thread is attached to another parent; detach it there first',
  cycle: 'The parent is itself attached below that thread: it would be a cycle',
} as const;
