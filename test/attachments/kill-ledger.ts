import type { Attachment, SendResult } from '../../protocol/attachments.js';
import type { JsonObject } from '../codex/json.js';

/** An edge that was asked for, and how that was answered: by a refusal, an edge, or (null) not at all. */
export interface Creation {
  readonly by: string;
  readonly params: JsonObject;
  readonly answer: Attachment | 'refused' | null;
}

/** A message that was to be sent, with its text as the client's name for it. */
export interface Sending {
  /** Who tried. */
  readonly by: readonly string[];
  readonly params: JsonObject;
  readonly answer: SendResult | 'refused' | null;
}

/** What clients have asked for over all lives of a broker, and what they were answered. */
export class Ledger {
  /** By the label that the edge was to have, which no other has. */
  readonly creations = new Map<string, Creation>();
  /** By its text, which no other has. */
  readonly sendings = new Map<string, Sending>();
  /** Edges that were to be deleted; true once that was answered. */
  readonly deletions = new Map<string, boolean>();
  /** Why they were refused, by the client and the method. */
  readonly refusals = new Map<string, string[]>();
  /** Threads that are archived, as far as clients know. */
  readonly archived = new Set<string>();
  #names = 0;

  /** A word that was never given before. */
  newName(): string {
    this.#names += 1;
    return `n${this.#names}`;
  }

  /** The edges that clients know, but for those of which they know that they are deleted. */
  get edges(): readonly Attachment[] {
    const answers = [...this.creations.values()].map(({ answer }) => answer);
    const edges = answers.filter((answer) => answer !== null && answer !== 'refused');
    return edges.filter(({ attachmentId }) => this.deletions.get(attachmentId) !== true);
  }

  refused(by: string, method: string, reason: string): void {
    const key = refusalKey(by, method);
    this.refusals.set(key, [...(this.refusals.get(key) ?? []), reason]);
  }
}

export function refusalKey(by: string, method: string): string {
  return `${by} ${method}`;
}
