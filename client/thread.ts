import { Answers } from './answers.js';
import type { OwnConnections } from './answers.js';
import { backoffMs } from './backoff.js';
import type { Calls } from './calls.js';
import type { Clock } from './api.js';
import { CallError, codes, ConnectionError, invalidAnswer } from './errors.js';
import { ThreadFold } from './fold/thread.js';
import { number, object, objectOf, objects, text } from './json.js';
import type { Json } from './json.js';
import { JOIN_TRIES_MAX, STEADY_MS, TURNS_MAX } from './limits.js';
import { Listeners } from './listeners.js';
import { OlderTurns } from './older.js';
import { Standing } from './positions.js';
import type { ThreadState } from './types.js';

/** What a thread needs of the connection. */
export interface ThreadContext {
  readonly calls: Calls;
  readonly clock: Clock;
  readonly random: () => number;
  readonly own: OwnConnections;
  /** Writes a message, where there is a connection. */
  write(message: object): void;
  /** Its phase is another one. */
  phaseChanged(): void;
  /** It was given a snapshot, though it had been there before. */
  refetched(): void;
}

/** A thread that is watched: where it stands, and how it gets back there. */
export class FollowedThread {
  readonly threadId: string;
  readonly listeners = new Listeners();
  readonly answers: Answers;
  readonly older: OlderTurns;
  readonly #context: ThreadContext;
  readonly #fold = new ThreadFold();
  readonly #standing = new Standing();
  #phase: ThreadState['phase'] = 'joining';
  #error: ThreadState['error'] = null;
  #state: ThreadState | null = null;
  #joining = false;
  /** What the join under way brings is out of date: another one follows (`again`), or none (`moot`). */
  #after: 'again' | 'moot' | null = null;
  /** Up to where it is catching up. */
  #until = 0;
  #failures = 0;
  #retry: () => void = () => {};
  #steady: () => void = () => {};
  #closed = false;
  #left: () => void = () => {};

  constructor(threadId: string, context: ThreadContext) {
    this.threadId = threadId;
    this.#context = context;
    this.answers = new Answers(this.#fold.requests, context.own, (message) => context.write(message));
    this.older = new OlderTurns(threadId, this.#fold.turns, context.calls, () => this.#changed());
  }

  get state(): ThreadState {
    this.#state ??= {
      threadId: this.threadId,
      phase: this.#phase,
      error: this.#error,
      ...this.#fold.state,
      older: this.older.state,
      position: this.#standing.at,
    };
    return this.#state;
  }

  get phase(): ThreadState['phase'] {
    return this.#phase;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Asks for what was missed, or for all of it. */
  join(): void {
    if (this.#closed || this.#joining) return;
    this.#retry();
    this.#joining = true;
    this.#after = null;
    const since = this.#standing.at;
    const over = (taken: () => void): void => {
      this.#joining = false;
      if (this.#closed) this.#left();
      else if (this.#after === 'again') this.join();
      else if (this.#after === null) taken();
    };
    const outcome = {
      answered: (result: unknown) => over(() => this.#joined(objectOf(result))),
      failed: (error: Error) => over(() => this.#notJoined(error)),
    };
    const params = { threadId: this.threadId, ...(since !== null && { since }) };
    this.#context.calls.make('broker/thread/join', params, outcome, false);
  }

  /** It is subscribed by what was answered to something else: to what is in the result, exactly. */
  startsWith(result: Json): boolean {
    const at = object(result, 'threadcast');
    return this.#starts(at, result, []);
  }

  /** An entry of its log. */
  entry(seq: number, work: () => void): void {
    const place = this.#standing.place(seq);
    // What comes while a join is under way and is not next, it brings again.
    if (place === 'ahead') this.#lost();
    if (place !== 'next') return;
    try {
      work();
    } catch {
      // Whatever it was, it was not worked off: what the broker makes of it is believed.
      this.refetch();
      return;
    }
    this.#standing.workedOff();
    if (this.#closed) return;
    if (this.#phase === 'catchingUp' && !this.#joining && (this.#standing.at?.seq ?? 0) >= this.#until)
      this.#isLive();
    this.#changed();
  }

  /** An event of it, or about it. */
  apply(method: string, params: Json): void {
    this.#fold.apply(method, params);
    if (method === 'serverRequest/resolved') this.answers.resolved(params);
    if (this.#fold.turns.size > TURNS_MAX) this.refetch();
    this.#changed();
  }

  /** This client is asked something, or shown what others are asked. */
  request(read: (answers: Answers) => void): void {
    read(this.answers);
    this.#changed();
  }

  /** Something of it was touched by this client itself. */
  touched(): void {
    this.#changed();
  }

  /** Where it stands is worth nothing: the next join asks for all of it. */
  forget(): void {
    this.#standing.at = null;
    this.#changed();
  }

  /** What is held may not be so any more: all of it is asked for. */
  refetch(): void {
    this.#standing.at = null;
    this.#behind();
    if (this.#joining) this.#after = 'again';
    else this.join();
  }

  /** The runtime has let go of it. Asked for, it is loaded again. */
  unloaded(): void {
    // An archived one is let go of, too, and is none that could be had.
    if (this.#phase === 'gone' && !this.#joining) return;
    this.#standing.at = null;
    this.#behind();
    if (this.#joining) this.#after = 'again';
    else this.#later();
  }

  /** It is not to be had. A join under way may still find the log of what it was: nothing but the lobby brings it back. */
  gone(reason: string, message: string): void {
    if (this.#joining) this.#after = 'moot';
    this.#retry();
    this.#standing.at = null;
    this.#error = { reason, message };
    this.answers.over(new CallError(codes.invalidRequest, reason, message));
    this.#enter('gone');
  }

  /** The connection is lost. */
  lost(): void {
    this.#retry();
    if (this.#phase !== 'gone') this.#behind();
  }

  /** Nobody watches it. `left`: the broker has nothing more to do for it, and may be told so. */
  close(left: () => void): void {
    this.#closed = true;
    this.#left = left;
    this.#retry();
    this.#steady();
    this.answers.over(new ConnectionError('closed'));
    if (this.#phase !== 'gone') this.#behind();
    this.#changed();
    if (!this.#joining) left();
  }

  #joined(result: Json): void {
    const pending = objects(result, 'pendingRequests');
    if (result['recovered'] === true) this.#recovered(result, pending);
    else {
      if (this.#fold.state.thread !== null) this.#context.refetched();
      if (!this.#starts(result, object(result, 'snapshot'), pending))
        this.#notJoined(invalidAnswer('the join'));
    }
  }

  #recovered(result: Json, pending: readonly Json[]): void {
    const { at } = this.#standing;
    const seq = number(result, 'seq') ?? -1;
    if (at === null || at.epoch !== result['epoch'] || seq < at.seq) {
      this.#standing.at = null;
      this.#notJoined(invalidAnswer('the join'));
      return;
    }
    this.answers.joined(pending, true);
    this.#until = seq;
    if (at.seq >= seq) this.#isLive();
    else this.#behind();
    this.#changed();
  }

  #starts(at: Json, snapshot: Json, pending: readonly Json[]): boolean {
    const [epoch, seq] = [text(at, 'epoch'), number(at, 'seq')];
    if (epoch === null || seq === null) return false;
    this.older.replaced(this.#fold.replace(this.threadId, snapshot), snapshot);
    this.#standing.at = { epoch, seq };
    this.answers.joined(pending, false);
    this.#isLive();
    return true;
  }

  #notJoined(error: Error): void {
    if (!(error instanceof CallError)) return;
    const { code, reason, message } = error;
    // What is overloaded or starts again will be there; another failure that stays is none of a moment.
    const mayPass =
      code === codes.unavailable || (code !== codes.invalidRequest && this.#failures < JOIN_TRIES_MAX);
    if (!mayPass) {
      this.gone(reason, message);
      return;
    }
    this.#error = { reason, message };
    this.#behind();
    this.#later();
  }

  #lost(): void {
    this.#behind();
    this.join();
  }

  #later(): void {
    this.#retry();
    const ms = backoffMs(this.#failures, this.#context.random);
    this.#failures += 1;
    this.#retry = this.#context.clock.after(ms, () => this.join());
  }

  #isLive(): void {
    this.#error = null;
    this.#steady();
    this.#steady = this.#context.clock.after(STEADY_MS, () => {
      this.#failures = 0;
    });
    this.#enter('live');
  }

  #behind(): void {
    this.#steady();
    this.#enter(this.#fold.state.thread === null ? 'joining' : 'catchingUp');
  }

  #enter(phase: ThreadState['phase']): void {
    this.#changed();
    if (this.#phase === phase) return;
    this.#phase = phase;
    this.#context.phaseChanged();
  }

  #changed(): void {
    this.#state = null;
    this.listeners.changed();
  }
}
