import { useEffect, useState } from 'preact/hooks';
import { addressOf, readFragment } from '../app/credential.js';

/** The thread that the address names; null for the list. */
export function useRoute(): string | null {
  const [threadId, setThreadId] = useState(() => readFragment(location.hash).thread);
  useEffect(() => {
    const changed = (): void => setThreadId(readFragment(location.hash).thread);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return threadId;
}

/** The link to a thread. */
export function threadLink(threadId: string): string {
  return addressOf(threadId).slice(1);
}

export function openThread(threadId: string): void {
  location.hash = threadLink(threadId);
}

/** Goes to the list: on a phone that is all there is then. */
export function openList(): void {
  location.hash = '';
}
