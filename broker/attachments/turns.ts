import type { By } from '../../protocol/attachments.js';
import { encodeStock } from '../../protocol/codec.js';
import { FOLD_TURNS_MAX } from '../../protocol/limits.js';
import { isObject } from '../../protocol/messages.js';
import { ownRequests } from '../../protocol/methods.js';
import { parseObject } from '../framing/json-bytes.js';
import type { InFlight } from '../requests/in-flight.js';
import { errorIn, Refusal } from '../requests/refusal.js';
import type { FoldedTurn } from '../thread/folded-turn.js';
import type { Loading } from '../thread/loading.js';
import type { Thread } from '../thread/thread.js';
import type { Threads } from '../thread/threads.js';
import type { TurnOrigins } from '../thread/turn-origins.js';
import { findTurn, isActive } from './past-turns.js';
import type { StoredMessage } from './store.js';
import { lastWordsOf } from './texts.js';
import type { Ask } from '../requests/asking.js';

export interface TurnsContext {
  readonly inFlight: InFlight;
  readonly loading: Loading;
  readonly threads: Threads;
  readonly ask: Ask;
  readonly origins: TurnOrigins;
}

/** How a turn ended, and the last that the agent said in it. */
export interface Ended {
  readonly status: 'completed' | 'failed' | 'interrupted';
  readonly text: string;
}

/** What a turn is started with. */
export interface NewTurn {
  readonly threadId: string;
  readonly input: readonly object[];
  readonly clientUserMessageId: string;
  /** How long the chain of messages is that led to it. */
  readonly hops: number;
  /** Who has sent the message. */
  readonly by: By;
}

/** Whoever starts a turn. */
export interface Starter {
  /** In the step in which the runtime is asked: throws where it must not be. */
  check(): void;
  /** In the step in which it has answered. */
  started(turnId: string): void;
  /** Once, after `started`. */
  ended(ended: Ended): void;
}

/** A turn that messages have started or joined. */
interface Running {
  readonly threadId: string;
  readonly turnId: string;
  hops: number;
  readonly ended: ((ended: Ended) => void)[];
}

/** One that the runtime is asked for, or about: it may end before the answer comes. */
interface Starting {
  readonly threadId: string;
  /** By turn, newest last. */
  readonly ended: Map<string, Ended>;
  /** Whether the runtime has let go of the thread since, and of what ran in it. */
  isGone: boolean;
}

/** Turns that are started on behalf of other threads, until they end. */
export class Turns {
  readonly #context: TurnsContext;
  /** By thread and turn: nobody says that ids of turns are told apart across threads. */
  readonly #running = new Map<string, Running>();
  readonly #starting = new Set<Starting>();

  constructor(context: TurnsContext) {
    this.#context = context;
  }

  /** How long the chain of messages is that led to what runs in that thread; 0 where no message did. */
  hopsOf(threadId: string): number {
    const hops = [...this.#running.values()]
      .filter((one) => one.threadId === threadId)
      .map((one) => one.hops);
    return Math.max(0, ...hops);
  }

  /**
   * Starts a turn, or joins the one that runs, in a thread that is loaded first where it is not.
   * @throws {Refusal} the thread cannot be loaded, the turn cannot be started, or what `check` threw
   */
  async start(turn: NewTurn, starter: Starter): Promise<void> {
    if (this.#context.threads.awake(turn.threadId) === null) await this.#load(turn.threadId);
    starter.check();
    await this.#start(turn, starter);
  }

  /**
   * Looks for the turn that a message has led to in an earlier life of the broker. Where there is one, `started` is
   * called, and `ended`, now or when it does. Whether there is.
   * @throws {Refusal} the runtime cannot say
   */
  async find(
    { message, clientUserMessageId }: StoredMessage,
    starter: Pick<Starter, 'started' | 'ended'>,
  ): Promise<boolean> {
    const { to: threadId, turnId, hops } = message;
    const { ask, threads } = this.#context;
    const starting = this.#expect(threadId);
    try {
      // One that still runs (in a runtime that outlives the broker) is followed from before it is looked at.
      const isRunning = await isActive(ask, threadId);
      if (isRunning && threads.awake(threadId) === null) await this.#load(threadId);
      const found = await findTurn(ask, threadId, { turnId, clientUserMessageId });
      if (found === null) return false;
      starter.started(found.turnId);
      const ended = found.ended ?? starting.ended.get(found.turnId) ?? (starting.isGone ? GONE : null);
      if (ended === null && isRunning)
        this.#follow(found.turnId, { threadId, hops }, (how) => starter.ended(how));
      else starter.ended(ended ?? { status: 'interrupted', text: '' });
      return true;
    } finally {
      this.#starting.delete(starting);
    }
  }

  /** The runtime says that a turn has ended, in that line; the fold still has it. */
  turnEnded(thread: Thread, line: Buffer): void {
    if (this.#running.size === 0 && this.#starting.size === 0) return;
    const params = parseObject(line)?.['params'];
    const turn = isObject(params) && isObject(params['turn']) ? params['turn'] : {};
    const { id, status } = turn;
    if (typeof id !== 'string') return;
    const isExpected = [...this.#starting].some(({ threadId }) => threadId === thread.id);
    if (!isExpected && !this.#running.has(keyOf(thread.id, id))) return;
    const how = status === 'failed' || status === 'interrupted' ? status : 'completed';
    this.#end(thread.id, id, { status: how, text: lastWordsOf(thread.log?.fold.turns.get(id)) });
  }

  /** The runtime has let go of a thread, with what ran in it. */
  threadGone(thread: Thread): void {
    for (const starting of this.#starting) starting.isGone ||= starting.threadId === thread.id;
    this.#fail((one) => one.threadId === thread.id, thread.log?.fold.turns);
  }

  /** The runtime is gone, with all that ran. */
  runtimeEnded(): void {
    this.#fail(() => true);
  }

  #load(threadId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#context.loading.load(threadId, {
        loaded: () => resolve(),
        failed: (error) => reject(new Refusal(error)),
      });
    });
  }

  #start({ threadId, input, clientUserMessageId, hops, by }: NewTurn, starter: Starter): Promise<void> {
    const starting = this.#expect(threadId);
    const params = { threadId, input, clientUserMessageId };
    const named = this.#context.origins.asking(threadId);
    return new Promise((resolve, reject) => {
      this.#context.inFlight.send((id) => encodeStock({ id, method: ownRequests.startTurn, params }), {
        answered: (line) => {
          this.#starting.delete(starting);
          const result = parseObject(line)?.['result'];
          const turnId = turnIn(result);
          if (turnId === null) {
            reject(new Refusal(errorIn(line)));
            return;
          }
          this.#follow(turnId, { threadId, hops }, (how) => starter.ended(how));
          named(result, by);
          starter.started(turnId);
          const ended = starting.ended.get(turnId) ?? (starting.isGone ? GONE : null);
          if (ended !== null) this.#end(threadId, turnId, ended);
          resolve();
        },
        failed: (error) => {
          this.#starting.delete(starting);
          reject(new Refusal(error));
        },
      });
    });
  }

  /** From now on it is known which turns of that thread have ended. */
  #expect(threadId: string): Starting {
    const starting: Starting = { threadId, ended: new Map(), isGone: false };
    this.#starting.add(starting);
    return starting;
  }

  #follow(
    turnId: string,
    { threadId, hops }: Pick<NewTurn, 'threadId' | 'hops'>,
    ended: (ended: Ended) => void,
  ): void {
    const key = keyOf(threadId, turnId);
    const running = this.#running.get(key) ?? { threadId, turnId, hops, ended: [] };
    running.hops = Math.max(running.hops, hops);
    running.ended.push(ended);
    this.#running.set(key, running);
  }

  #end(threadId: string, turnId: string, ended: Ended): void {
    for (const starting of this.#starting) {
      if (starting.threadId === threadId) remember(starting.ended, turnId, ended);
    }
    const key = keyOf(threadId, turnId);
    const running = this.#running.get(key);
    this.#running.delete(key);
    for (const tell of running?.ended ?? []) tell(ended);
  }

  #fail(which: (one: Running) => boolean, folded?: ReadonlyMap<string, FoldedTurn>): void {
    for (const running of this.#running.values()) {
      if (!which(running)) continue;
      const text = lastWordsOf(folded?.get(running.turnId));
      this.#end(running.threadId, running.turnId, { ...GONE, text });
    }
  }
}

/** What ran in a thread that is gone. */
const GONE: Ended = { status: 'failed', text: '' };

function keyOf(threadId: string, turnId: string): string {
  return JSON.stringify([threadId, turnId]);
}

/** The turn that an answer of `turn/start` names; null where it is an error. */
function turnIn(result: unknown): string | null {
  const turn = isObject(result) ? result['turn'] : null;
  return isObject(turn) && typeof turn['id'] === 'string' ? turn['id'] : null;
}

/** As many as a thread may have running at a time. */
function remember(ended: Map<string, Ended>, turnId: string, how: Ended): void {
  ended.set(turnId, how);
  const [oldest] = ended.keys();
  if (oldest !== undefined && ended.size > FOLD_TURNS_MAX) ended.delete(oldest);
}
