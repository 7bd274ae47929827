import type { Attachment, AttachmentState, AuditEntry, By } from '../../protocol/attachments.js';

export type ThreadState = 'open' | 'archived' | 'missing';

/** What a request was answered with. */
export type Answer = { readonly attachment: Attachment } | { readonly reason: string };

/** A request for an edge. */
export interface Wanted {
  readonly parentThreadId: string;
  readonly childThreadId: string;
  readonly roleLabel: string | null;
  readonly deliverReplies: boolean;
}

/** Who asks, in all that is played. */
export const CLIENT: By = { connectionId: 'connection', clientName: 'client' };

/**
 * What the contract says of attachments, in arrays and loops, and nothing else: what the broker does is compared with
 * it. Nothing in it is changed in place but the lists themselves.
 */
export class Reference {
  threads = new Map<string, ThreadState>();
  /** In order of their creation. */
  edges: Attachment[] = [];
  /** In order of what happened. */
  trail: AuditEntry[] = [];

  copy(): Reference {
    const copy = new Reference();
    copy.threads = new Map(this.threads);
    copy.edges = [...this.edges];
    copy.trail = [...this.trail];
    return copy;
  }

  /** All that speaks against an edge, in the order of the contract. */
  reasonsAgainst({ parentThreadId, childThreadId }: Wanted): string[] {
    const threads = [parentThreadId, childThreadId].map((id) => this.threads.get(id) ?? 'missing');
    const active = this.edges.filter((edge) => edge.state === 'active');
    const toChild = active.filter((edge) => edge.childThreadId === childThreadId);
    const reasons: Record<string, boolean> = {
      selfAttachment: parentThreadId === childThreadId,
      threadNotFound: threads.includes('missing'),
      threadArchived: threads.includes('archived'),
      duplicate: toChild.some((edge) => edge.parentThreadId === parentThreadId),
      childAlreadyAttached: toChild.length > 0,
      cycle: this.#below(childThreadId).includes(parentThreadId),
    };
    return Object.keys(reasons).filter((reason) => reasons[reason]);
  }

  /** `attachmentId` is what the new edge is called, if there is one. */
  create(wanted: Wanted, attachmentId: string, at: string): Answer {
    const { parentThreadId, childThreadId } = wanted;
    const [reason] = this.reasonsAgainst(wanted);
    if (reason !== undefined) {
      const method = 'thread/attachment/create';
      this.#refused({ parentThreadId, childThreadId, attachmentId: null, method, reason, at });
      return { reason };
    }
    const times = { createdAt: at, updatedAt: at };
    const attachment = { attachmentId, ...wanted, displayName: null, state: 'active' as const, ...times };
    this.edges.push(attachment);
    this.#happened('created', attachment, CLIENT);
    return { attachment };
  }

  delete(attachmentId: string, at: string): Answer {
    const edge = this.edges.find((one) => one.attachmentId === attachmentId);
    if (edge === undefined || edge.state === 'detached') {
      const reason = 'attachmentNotFound';
      const method = 'thread/attachment/delete';
      // Of one that never was, it is not known whom it would concern.
      if (edge !== undefined) this.#refused({ ...threadsOf(edge), attachmentId, method, reason, at });
      return { reason };
    }
    const attachment = this.#changed(edge, 'detached', at);
    this.#happened('deleted', attachment, CLIENT);
    return { attachment };
  }

  /** The runtime says that a thread is archived, unarchived or deleted, or it is found to be so. */
  threadIs(threadId: string, state: ThreadState, at: string): void {
    this.threads.set(threadId, state);
    for (const edge of this.edges) {
      if (![edge.parentThreadId, edge.childThreadId].includes(threadId)) continue;
      const next = this.#stateOf(edge, state);
      if (next !== edge.state) this.#happened('stateChanged', this.#changed(edge, next, at), null);
    }
  }

  /** What a list has, oldest first. */
  list(parent: string | null, child: string | null, states: readonly AttachmentState[]): Attachment[] {
    return this.edges
      .filter((edge) => parent === null || edge.parentThreadId === parent)
      .filter((edge) => child === null || edge.childThreadId === child)
      .filter((edge) => states.includes(edge.state));
  }

  /** What an edge is once one of its threads has become that. */
  #stateOf(edge: Attachment, state: ThreadState): AttachmentState {
    if (edge.state === 'detached' || state === 'missing') return 'detached';
    if (state === 'archived') return 'archived';
    return this.reasonsAgainst(edge).length === 0 ? 'active' : edge.state;
  }

  #changed(edge: Attachment, state: AttachmentState, at: string): Attachment {
    const changed = { ...edge, state, updatedAt: at };
    this.edges = this.edges.map((one) => (one === edge ? changed : one));
    return changed;
  }

  #happened(kind: 'created' | 'deleted' | 'stateChanged', attachment: Attachment, by: By): void {
    const { parentThreadId, childThreadId, updatedAt: at } = attachment;
    this.trail.push({ kind, at, parentThreadId, childThreadId, by, attachment });
  }

  #refused(what: Omit<Extract<AuditEntry, { kind: 'refused' }>, 'kind' | 'by' | 'text'>): void {
    this.trail.push({ ...what, kind: 'refused', by: CLIENT, text: null });
  }

  /** A thread, and all that are below it by active edges. */
  #below(threadId: string): string[] {
    const found = [threadId];
    for (const above of found) {
      for (const { state, parentThreadId, childThreadId } of this.edges)
        if (state === 'active' && parentThreadId === above && !found.includes(childThreadId))
          found.push(childThreadId);
    }
    return found;
  }
}

function threadsOf({ parentThreadId, childThreadId }: Attachment): {
  parentThreadId: string;
  childThreadId: string;
} {
  return { parentThreadId, childThreadId };
}
