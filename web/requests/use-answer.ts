import { useEffect, useRef, useState } from 'preact/hooks';
import type { WatchedThread } from '../../client/api.js';
import type { RequestState } from '../../client/types.js';
import { SETTLE_MS } from '../limits.js';

export interface Answering {
  /** Sends the answer: once, however often it is called while it is on its way. */
  answer(result: object): void;
  /** Nothing can be answered now: an answer is on its way, or the card has just come up. */
  readonly isBusy: boolean;
  /** Why the last try failed; null where it has not. */
  readonly error: string | null;
}

/** Answers a request from a card. */
export function useAnswer(thread: WatchedThread, request: RequestState): Answering {
  // A second click comes before the first one has been drawn.
  const isSent = useRef(false);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setBusy(false), SETTLE_MS);
    return () => clearTimeout(timer);
  }, []);
  const answer = (result: object): void => {
    if (isSent.current || isBusy) return;
    isSent.current = true;
    setBusy(true);
    setError(null);
    void thread.answer(request.requestId, result).catch((reason: unknown) => {
      isSent.current = false;
      setBusy(false);
      setError(reason instanceof Error ? reason.message : String(reason));
    });
  };
  return { answer, isBusy: isBusy || request.status === 'answering', error };
}
