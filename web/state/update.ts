import type { Observable, Unsubscribe } from '../../client/types.js';

/** Whether a newer page waits in the service worker, which keeps the shell for when the broker is not there. */
class Update implements Observable<boolean> {
  readonly #listeners = new Set<() => void>();
  #waiting: ServiceWorker | null = null;

  get state(): boolean {
    return this.#waiting !== null;
  }

  subscribe(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Where there is no service worker, or it is forbidden, the page works without. */
  async register(): Promise<void> {
    try {
      const registration = await navigator.serviceWorker?.register('/sw.js');
      if (registration === undefined) return;
      this.#found(registration.waiting);
      registration.addEventListener('updatefound', () => {
        const { installing } = registration;
        installing?.addEventListener('statechange', () => {
          // Without a controller it is the first one: nothing is newer than the page.
          if (installing.state === 'installed' && navigator.serviceWorker.controller !== null)
            this.#found(installing);
        });
      });
    } catch {
      return;
    }
  }

  /** Takes the newer page. */
  take(): void {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    this.#waiting?.postMessage({ type: 'SKIP_WAITING' });
  }

  #found(worker: ServiceWorker | null): void {
    this.#waiting = worker;
    for (const listener of this.#listeners) listener();
  }
}

export const update = new Update();
