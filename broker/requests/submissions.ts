import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { errors } from '../../protocol/errors.js';
import { SUBMISSION_MS_MAX, SUBMISSIONS_MAX } from '../../protocol/limits.js';
import type { Changes } from '../attachments/changes.js';
import type { Change, Store, StoredSubmission } from '../attachments/store.js';
import type { Clock } from '../clock.js';
import { mayBeDone, Refusal } from './refusal.js';

/** Who submits what. */
export interface Submission {
  /** Whoever has the same one is the same to us. */
  readonly credential: string;
  readonly method: string;
  /** The client's own name for what it submits; null where it may be done again. */
  readonly clientUserMessageId: string | null;
  /** Does it, under an id that is the same however often it is tried. Rejects with a `Refusal`. */
  readonly submit: (id: string) => Promise<unknown>;
  /** The result of what was done in an attempt of which it is not known; null where it was not done. */
  readonly find: (id: string) => Promise<unknown>;
}

export interface SubmissionsContext {
  readonly clock: Clock;
  readonly changes: Changes;
  readonly log: Logger;
}

/**
 * What must not be done twice: the same submission gets the result of the first, also while that is on its way, and
 * after a restart. One that was refused may be tried again; where it is not known whether it was done, it is looked for
 * first.
 */
export class Submissions {
  readonly #context: SubmissionsContext;
  /** By key, oldest first. */
  readonly #known = new Map<string, StoredSubmission>();
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(context: SubmissionsContext) {
    this.#context = context;
  }

  /** What was kept. Before anything else is called. */
  open(store: Store): void {
    for (const submission of store.submissions) this.#known.set(submission.key, submission);
  }

  async once(submission: Submission): Promise<unknown> {
    const { credential, method, clientUserMessageId } = submission;
    if (clientUserMessageId === null) return await submission.submit(randomUUID());
    const key = JSON.stringify([credential, method, clientUserMessageId]);
    const known = this.#known.get(key);
    const isFresh = known !== undefined && known.at > this.#oldest();
    if (isFresh && known.result !== null) return known.result;
    return await (this.#running.get(key) ?? this.#first(key, submission, isFresh ? known.id : null));
  }

  /** `id`: that of an attempt of which it is not known whether it was done; null where there was none. */
  #first(key: string, submission: Submission, id: string | null): Promise<unknown> {
    const running = this.#submit(key, submission, id).finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    return running;
  }

  async #submit(key: string, { submit, find }: Submission, tried: string | null): Promise<unknown> {
    let result = tried === null ? null : await find(tried);
    // Another attempt is another one: what became of the first may still be told under its id.
    const id = result === null || tried === null ? randomUUID() : tried;
    if (result === null) {
      // Before it is done: should the broker end in between, it is looked for.
      this.#mustHaveRoom();
      await this.#keep({ key, id, result, at: this.#context.clock.now() });
      try {
        result = await submit(id);
      } catch (error) {
        if (!mayBeDone(error)) await this.#forget(key);
        throw error;
      }
    }
    await this.#keep({ key, id, result, at: this.#context.clock.now() });
    return result;
  }

  #mustHaveRoom(): void {
    if (!this.#context.changes.hasRoom)
      throw Refusal.of(errors.overloaded, 'Too many changes wait for the disk; try again');
  }

  async #keep(submission: StoredSubmission): Promise<void> {
    this.#known.delete(submission.key);
    this.#known.set(submission.key, submission);
    await this.#write({ submissions: [submission], expired: this.#expire() });
  }

  async #forget(key: string): Promise<void> {
    this.#known.delete(key);
    await this.#write({ expired: [key] });
  }

  async #write(change: Change): Promise<void> {
    try {
      await this.#context.changes.runAlways(() => ({ change, kept: () => {} }));
    } catch (error) {
      // A disk that is full keeps nobody from working.
      this.#context.log.warn({ error }, 'a submission could not be written down');
    }
  }

  /** Forgets what is too old, and the oldest of too many. */
  #expire(): string[] {
    const oldest = this.#oldest();
    const expired: string[] = [];
    for (const { key, at } of this.#known.values()) {
      if (at > oldest && this.#known.size <= SUBMISSIONS_MAX) break;
      this.#known.delete(key);
      expired.push(key);
    }
    return expired;
  }

  #oldest(): number {
    return this.#context.clock.now() - SUBMISSION_MS_MAX;
  }
}
