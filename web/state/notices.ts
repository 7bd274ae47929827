import type { Thread } from '../../client/runtime-types.js';
import type { Observable, Unsubscribe } from '../../client/types.js';
import { isWaiting } from '../../client/types.js';
import { NOTIFICATIONS_MAX } from '../limits.js';
import { discreetTitleOf } from './thread-words.js';

/** Where somebody can be told, as the browser has it. */
export interface Surface {
  setTitle(title: string): void;
  setBadge(count: number): void;
  isHidden(): boolean;
  /** `denied`: the browser was told never to ask. `absent`: it has no notifications. */
  permission(): 'default' | 'granted' | 'denied' | 'absent';
  ask(): Promise<void>;
  notify(threadId: string, title: string, body: string): void;
  dismiss(threadId: string): void;
}

const NAME = 'Threadcast';

/** Tells somebody that a thread waits: in the title, as a badge, and, once that was asked for, with a notification. */
export class Notices implements Observable<'default' | 'granted' | 'denied' | 'absent'> {
  readonly #surface: Surface;
  readonly #listeners = new Set<() => void>();
  /** The threads that waited when last looked at. */
  #waiting: ReadonlySet<string> = new Set();
  readonly #notified = new Set<string>();

  constructor(surface: Surface) {
    this.#surface = surface;
  }

  get state(): 'default' | 'granted' | 'denied' | 'absent' {
    return this.#surface.permission();
  }

  subscribe(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** After a click only: a browser asks nobody otherwise. */
  async ask(): Promise<void> {
    await this.#surface.ask();
    for (const listener of this.#listeners) listener();
  }

  /** @param openTitle What is on the screen, for the title. */
  update(threads: readonly Thread[], openTitle: string | null): void {
    const waiting = threads.filter(isWaiting);
    const count = waiting.length;
    const name = openTitle === null ? NAME : `${openTitle} · ${NAME}`;
    this.#surface.setTitle(count === 0 ? name : `(${count}) ${name}`);
    this.#surface.setBadge(count);
    const now = new Set(waiting.map(({ id }) => id));
    for (const id of this.#notified) if (!now.has(id)) this.#dismiss(id);
    for (const thread of waiting) if (!this.#waiting.has(thread.id)) this.#notify(thread);
    this.#waiting = now;
  }

  #notify(thread: Thread): void {
    const surface = this.#surface;
    if (!surface.isHidden() || surface.permission() !== 'granted' || this.#notified.size >= NOTIFICATIONS_MAX)
      return;
    this.#notified.add(thread.id);
    // Others may look at this screen: nothing of what was asked.
    surface.notify(thread.id, 'You are needed', discreetTitleOf(thread));
  }

  #dismiss(threadId: string): void {
    this.#notified.delete(threadId);
    this.#surface.dismiss(threadId);
  }
}
