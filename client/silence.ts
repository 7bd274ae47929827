import type { Clock } from './api.js';
import { PATIENCE_MAX, PROOF_MS_MAX, PROOF_SHOWN_MS, SILENCE_MS_MAX } from './limits.js';

/** How often it is looked whether anything was heard. */
const LOOKS = 5;

export interface SilenceEvents {
  /** Asks for a sign of life, and says when it was given. */
  ask(proven: () => void): void;
  /** Whether one is waited for, and for longer than it takes. */
  waits(proving: boolean): void;
  /** None has come. */
  gone(): void;
}

/**
 * Notices a network that is gone without a word: who says nothing for a while is asked, and who does not answer is given
 * up. What was on its way when it was asked proves nothing, but is waited for. Counts looks, not the time of day, which
 * may jump.
 */
export class Silence {
  readonly #clock: Clock;
  readonly #events: SilenceEvents;
  #quietLooks = 0;
  #stop: () => void = () => {};
  /** Takes back the deadline of a proof; null while none is asked for. */
  #proof: (() => void) | null = null;
  #show: () => void = () => {};
  #shown = false;
  /** How many times as long it may take: one large message on a slow line says nothing until all of it is there. */
  #patience = 1;

  constructor(clock: Clock, events: SilenceEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  start(): void {
    this.stop();
    const look = (): void => {
      this.#stop = this.#clock.after(SILENCE_MS_MAX / LOOKS, look);
      this.#quietLooks += 1;
      if (this.#quietLooks >= LOOKS) this.prove();
    };
    this.#quietLooks = 0;
    this.#stop = this.#clock.after(SILENCE_MS_MAX / LOOKS, look);
  }

  /** Something has come. */
  heard(): void {
    this.#quietLooks = 0;
    if (this.#proof !== null) this.#wait();
  }

  /** Asks for a sign of life. */
  prove(): void {
    if (this.#proof !== null) return;
    this.#wait();
    this.#events.ask(() => {
      this.#patience = 1;
      this.#settle();
    });
  }

  stop(): void {
    this.#stop();
    this.#settle();
  }

  #wait(): void {
    this.#takeBack();
    this.#proof = this.#clock.after(PROOF_MS_MAX * this.#patience, () => {
      this.#patience = Math.min(PATIENCE_MAX, this.#patience * 2);
      this.stop();
      this.#events.gone();
    });
    this.#show = this.#clock.after(PROOF_SHOWN_MS, () => {
      this.#shown = true;
      this.#events.waits(true);
    });
  }

  #settle(): void {
    this.#takeBack();
    this.#proof = null;
  }

  #takeBack(): void {
    this.#proof?.();
    this.#show();
    if (this.#shown) this.#events.waits(false);
    this.#shown = false;
  }
}
