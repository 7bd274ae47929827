import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Logger } from 'pino';
import {
  NAME_CHARS_MAX,
  NOTIFY_LOG_MS_MIN,
  NOTIFY_MS_MAX,
  NOTIFY_QUEUE_MAX,
  NOTIFY_RUNNING_MAX,
} from '../../protocol/limits.js';
import type { Clock } from '../clock.js';
import type { Thread } from '../thread/thread.js';
import type { Counters } from './counters.js';

/** A request of the runtime that waits for a person: nothing of what it is about. */
export interface WaitingRequest {
  /** As clients know it. */
  readonly id: number;
  readonly method: string;
  /** Null where it names none. */
  readonly thread: Pick<Thread, 'id'> | null;
}

export interface NotifierContext {
  /** For `/bin/sh -c`; null: nothing is run. */
  readonly command: string | null;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

/** The options of the broker in its environment, a token among them: none of the command's business. */
const OWN_VARIABLE = /^THREADCAST_/;

/**
 * Runs the user's command when a request waits for a person: a few at one time, each for a limited time, none of them
 * longer than the broker.
 */
export class Notifier {
  readonly #context: NotifierContext;
  /** Those that run, and what calls off that they are ended. */
  readonly #running = new Map<ChildProcess, () => void>();
  readonly #queue: WaitingRequest[] = [];
  #loggedAt = -Infinity;
  #unlogged = 0;
  #ended = false;
  #onIdle: () => void = () => {};

  constructor(context: NotifierContext) {
    this.#context = context;
  }

  /** Runs the command, or once there is room for it; not where too many wait for that. */
  notify({ id, method, thread }: WaitingRequest): void {
    if (this.#context.command === null || this.#ended) return;
    if (this.#queue.length >= NOTIFY_QUEUE_MAX) {
      this.#context.counters.notificationsDropped += 1;
      return;
    }
    // The thread itself may be let go of meanwhile.
    this.#queue.push({ id, method, thread: thread && { id: thread.id } });
    this.#runNext(this.#context.command);
  }

  /** Ends those that run. Resolves when none is left. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#queue.length = 0;
    if (this.#running.size === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    for (const child of this.#running.keys()) killGroup(child);
    await idle;
  }

  #runNext(command: string): void {
    while (this.#running.size < NOTIFY_RUNNING_MAX) {
      const request = this.#queue.shift();
      if (request === undefined) break;
      this.#run(command, request);
    }
    if (this.#running.size === 0) this.#onIdle();
  }

  /** Null where the system has no room for another process. */
  #started(command: string, request: WaitingRequest): ChildProcess | null {
    try {
      // A group of its own, so that what it has started ends with it.
      return spawn('/bin/sh', ['-c', command], {
        detached: true,
        env: environmentFor(request),
        stdio: 'ignore',
      });
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  #run(command: string, request: WaitingRequest): void {
    const { clock } = this.#context;
    const child = this.#started(command, request);
    if (child === null) return;
    const callOff = clock.after(NOTIFY_MS_MAX, () => killGroup(child));
    this.#running.set(child, callOff);
    const over = (why: string | null): void => {
      if (!this.#running.delete(child)) return;
      callOff();
      killGroup(child);
      if (why !== null && !this.#ended) this.#failed(why);
      this.#runNext(command);
    };
    child.once('error', (error) => over(error.message));
    child.once('exit', (code, signal) => over(code === 0 ? null : `it ended with ${code ?? signal}`));
  }

  /** Says that it fails, once in a while: it may do so each time. */
  #failed(why: string): void {
    const { clock, log } = this.#context;
    if (clock.now() - this.#loggedAt < NOTIFY_LOG_MS_MIN) {
      this.#unlogged += 1;
      return;
    }
    log.warn({ why, unlogged: this.#unlogged }, 'the command of --notify-command has failed');
    this.#loggedAt = clock.now();
    this.#unlogged = 0;
  }
}

function environmentFor({ id, method, thread }: WaitingRequest): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !OWN_VARIABLE.test(name));
  return {
    ...Object.fromEntries(inherited),
    THREADCAST_THREAD: asVariable(thread?.id ?? ''),
    THREADCAST_KIND: asVariable(method),
    THREADCAST_REQUEST: String(id),
  };
}

/** The runtime may say anything: an environment takes no NUL, and no text without an end. */
function asVariable(text: string): string {
  return text.slice(0, NAME_CHARS_MAX).replaceAll('\0', '');
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
