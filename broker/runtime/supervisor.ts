import type { Logger } from 'pino';
import { RESTART_MS_MIN, RESTART_TRIES_MAX, RUNTIME_STEADY_MS } from '../../protocol/limits.js';
import type { Clock } from '../clock.js';
import type { Counters } from '../ops/counters.js';
import type { RuntimeEvents, RuntimeExit, RuntimeLink } from './link.js';

export interface SupervisorContext {
  /** Starts a runtime. What it says goes to `events`, not before the call has returned. */
  readonly start: (events: RuntimeEvents) => RuntimeLink;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  line(line: Buffer): void;
  lineTooLong(bytes: number, head: Buffer): void;
  /** A runtime has ended, ready or not; another one will be started. */
  down(exit: RuntimeExit): void;
  /** Another one has been started: makes it ready. Rejects where it is of no use. */
  up(): Promise<void>;
  /** It is gone for good. */
  gaveUp(exit: RuntimeExit): void;
}

/**
 * The link to the runtime that stays when the runtime does not: one that ends is started again, a little later each
 * time, until its tries are used up.
 */
export class Supervisor implements RuntimeLink {
  readonly #context: SupervisorContext;
  #link: RuntimeLink | null = null;
  #label = 'the runtime';
  #state: 'starting' | 'running' | 'restarting' | 'gone' = 'starting';
  #paused = false;
  #closing = false;
  #tries = 0;
  #restarts = 0;
  #readyAt = 0;
  #callOffRestart: () => void = () => {};

  constructor(context: SupervisorContext) {
    this.#context = context;
    this.#spawn();
  }

  get label(): string {
    return this.#label;
  }

  get state(): 'starting' | 'running' | 'restarting' | 'gone' {
    return this.#state;
  }

  /** How often it has been started again. */
  get restarts(): number {
    return this.#restarts;
  }

  get pendingBytes(): number {
    return this.#link?.pendingBytes ?? 0;
  }

  /** The first one is ready. */
  ready(): void {
    this.#context.log.info({ runtime: this.#label }, 'the runtime is ready');
    this.#state = 'running';
    this.#readyAt = this.#context.clock.now();
  }

  send(message: Uint8Array): void {
    if (this.#link === null) return;
    this.#context.counters.runtimeBytesOut += message.length;
    this.#link.send(message);
  }

  pause(): void {
    this.#paused = true;
    this.#link?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#link?.resume();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#callOffRestart();
    await this.#link?.close();
  }

  #spawn(): void {
    const link = this.#context.start({
      line: (line) => {
        if (this.#link === link) this.#context.line(line);
      },
      lineTooLong: (bytes, head) => {
        if (this.#link === link) this.#context.lineTooLong(bytes, head);
      },
      exited: (exit) => {
        if (this.#link === link) this.#exited(exit);
      },
    });
    this.#link = link;
    this.#label = link.label;
    if (this.#paused) link.pause();
  }

  #exited(exit: RuntimeExit): void {
    const { clock, log } = this.#context;
    const wasRunning = this.#state === 'running';
    this.#link = null;
    if (wasRunning && clock.now() - this.#readyAt >= RUNTIME_STEADY_MS) this.#tries = 0;
    if (this.#closing || this.#state === 'starting' || this.#tries >= RESTART_TRIES_MAX) {
      this.#state = 'gone';
      this.#context.gaveUp(exit);
      return;
    }
    this.#state = 'restarting';
    this.#context.down(exit);
    const ms = RESTART_MS_MIN * 2 ** this.#tries;
    this.#tries += 1;
    log.warn({ summary: exit.summary, try: this.#tries, ms }, 'the runtime is gone; starting it again');
    this.#callOffRestart = clock.after(ms, () => void this.#restart());
  }

  async #restart(): Promise<void> {
    this.#spawn();
    const link = this.#link;
    try {
      await this.#context.up();
    } catch (error) {
      if (this.#link !== link) return;
      const summary = error instanceof Error ? error.message : String(error);
      void link?.close();
      this.#exited({ summary, stderr: [] });
      return;
    }
    if (this.#link !== link) return;
    this.#restarts += 1;
    this.ready();
    this.#context.log.warn({ runtime: this.#label }, 'the runtime is back');
  }
}
