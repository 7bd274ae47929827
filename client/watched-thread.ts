import type { WatchedThread } from './api.js';
import type { Calls } from './calls.js';
import type { Clock } from './api.js';
import { backoffMs } from './backoff.js';
import { CallError, codes, ConnectionError, invalidAnswer } from './errors.js';
import { object, objectOf, text } from './json.js';
import { SUBMISSIONS_MAX, SUBMIT_MS_MAX, SUBMIT_TRIES_MAX } from './limits.js';
import { callSafely } from './listeners.js';
import { randomId } from './platform.js';
import type { UserInput } from './runtime-types.js';
import type { FollowedThread } from './thread.js';
import type { ThreadState, Unsubscribe } from './types.js';

export interface Acting {
  readonly calls: Calls;
  readonly clock: Clock;
  readonly random: () => number;
}

/** One watcher of a thread. Several share what is followed. */
export class ThreadWatcher implements WatchedThread {
  readonly threadId: string;
  readonly #followed: FollowedThread;
  readonly #acting: Acting;
  readonly #letGo: () => void;
  readonly #subscriptions = new Set<Unsubscribe>();
  #closed = false;
  /** What was submitted and is not answered. */
  #submitting = 0;

  constructor(followed: FollowedThread, acting: Acting, letGo: () => void) {
    this.threadId = followed.threadId;
    this.#followed = followed;
    this.#acting = acting;
    this.#letGo = letGo;
  }

  get state(): ThreadState {
    return this.#followed.state;
  }

  subscribe(listener: () => void): Unsubscribe {
    if (this.#closed) return () => {};
    const remove = this.#followed.listeners.add(listener);
    const unsubscribe = (): void => {
      remove();
      this.#subscriptions.delete(unsubscribe);
    };
    this.#subscriptions.add(unsubscribe);
    return unsubscribe;
  }

  async submit(
    said: string | readonly UserInput[],
    params: Readonly<Record<string, unknown>> = {},
  ): Promise<{ readonly turnId: string }> {
    const input = typeof said === 'string' ? [{ type: 'text', text: said, text_elements: [] }] : said;
    // The same for all tries: the broker takes it once.
    const clientUserMessageId = text(params, 'clientUserMessageId') ?? randomId();
    const all = { ...params, threadId: this.threadId, input, clientUserMessageId };
    if (this.#submitting >= SUBMISSIONS_MAX)
      throw new CallError(codes.unavailable, 'overloaded', 'Too much is submitted and not answered');
    this.#submitting += 1;
    const result = await this.#persistently(
      async () => await this.#acting.calls.promised('broker/turn/submit', all),
    ).finally(() => {
      this.#submitting -= 1;
    });
    const turnId = text(object(objectOf(result), 'turn'), 'id');
    if (turnId === null) throw invalidAnswer('what was submitted');
    return { turnId };
  }

  async answer(requestId: string | number, result: object): Promise<boolean> {
    this.#mustBeOpen();
    const answered = this.#followed.answers.answer(requestId, result);
    this.#followed.touched();
    return await answered;
  }

  async interrupt(): Promise<void> {
    const { threadId } = this;
    const turnId = this.#running();
    if (turnId === null) return;
    await this.#persistently(async () => {
      if (this.#running() === turnId)
        await this.#acting.calls.promised('turn/interrupt', { threadId, turnId });
    });
  }

  async loadOlder(): Promise<boolean> {
    this.#mustBeOpen();
    return await this.#followed.older.load();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    this.#letGo();
    // What waits for it here is told, though others still watch it.
    this.#followed.touched();
  }

  #running(): string | null {
    return this.state.turns.findLast(({ status }) => status === 'inProgress')?.id ?? null;
  }

  /** Tries until there is an answer: after a cut, and where the broker asks for another try. */
  async #persistently(act: () => Promise<unknown>): Promise<unknown> {
    let first: number | null = null;
    for (let tries = 1; ; tries += 1) {
      // oxlint-disable no-await-in-loop -- one try after the other
      await this.#live();
      const now = this.#acting.clock.now();
      first ??= now;
      // The broker no longer knows whether it has taken it.
      if (now - first > SUBMIT_MS_MAX) throw new ConnectionError('connectionLost');
      try {
        return await act();
      } catch (error) {
        const isCut = error instanceof ConnectionError && error.reason === 'connectionLost';
        const isRefused = error instanceof CallError && error.again;
        if (tries >= SUBMIT_TRIES_MAX || (!isCut && !isRefused)) throw error;
        if (isRefused) await this.#pause(tries);
      }
      // oxlint-enable no-await-in-loop
    }
  }

  async #pause(tries: number): Promise<void> {
    const { clock, random } = this.#acting;
    await new Promise<void>((resolve) => {
      const over = (): void => {
        callOff();
        stop();
        callSafely(resolve);
      };
      const callOff = clock.after(backoffMs(tries, random), over);
      const stop = this.#followed.listeners.add(() => {
        if (this.#isOver) over();
      });
    });
  }

  /** The thread is there. @throws {CallError} it is gone, {ConnectionError} it is no longer watched */
  async #live(): Promise<void> {
    this.#mustBeOpen();
    const { phase } = this.state;
    if (phase === 'live') return;
    this.#mustNotBeGone();
    await new Promise<void>((resolve) => {
      const stop = this.#followed.listeners.add(() => {
        if (!this.#isOver && this.state.phase !== 'live') return;
        stop();
        callSafely(resolve);
      });
    });
    this.#mustBeOpen();
    this.#mustNotBeGone();
  }

  #mustNotBeGone(): void {
    const { phase, error } = this.state;
    if (phase === 'gone')
      throw new CallError(codes.invalidRequest, error?.reason ?? '', error?.message ?? 'The thread is gone');
  }

  /** Whether there is nothing more to wait for. */
  get #isOver(): boolean {
    return this.#closed || this.#followed.closed || this.state.phase === 'gone';
  }

  #mustBeOpen(): void {
    if (this.#closed || this.#followed.closed) throw new ConnectionError('closed');
  }
}
