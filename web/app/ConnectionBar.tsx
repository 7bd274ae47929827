import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Client } from '../../client/api.js';
import type { ConnectionState } from '../../client/types.js';
import { BACK_MS, COUNTDOWN_MS } from '../limits.js';
import { useObservable } from '../state/observe.js';
import { useOnLine } from '../state/on-line.js';
import { barOf, countdownOf } from './bar.js';

/** Says plainly where the connection stands, and nothing but what the SDK says. */
export function ConnectionBar({ client }: { readonly client: Client }) {
  const state = useObservable(client.connection);
  const onLine = useOnLine();
  const backAt = useBackAt(state);
  const now = useNow(state.status === 'waiting' ? COUNTDOWN_MS : null, backAt);
  const bar = barOf(state, { now, backAt, onLine });
  const countdown = countdownOf(state, now);
  return (
    <div class="bar" data-tone={bar.tone} data-status={state.status}>
      <span class="bar-dot" />
      {/* What is counted is not said aloud each second. */}
      <span class="bar-text" role="status">
        {bar.text}
      </span>
      {countdown !== null && <span class="bar-count">{countdown}</span>}
      {bar.canRetry && (
        <button type="button" class="bar-retry" onClick={() => client.retryNow()}>
          Try now
        </button>
      )}
    </div>
  );
}

/** When it was live again after a cut; null where it is not, or was never cut. */
function useBackAt({ status, lastCut }: ConnectionState): number | null {
  const [backAt, setBackAt] = useState<number | null>(null);
  const told = useRef(lastCut);
  useLayoutEffect(() => {
    if (status !== 'live' || told.current === lastCut) return;
    told.current = lastCut;
    setBackAt(Date.now());
  }, [status, lastCut]);
  return backAt;
}

/** The time, made anew so often; and once more when what is said of the cut is over. */
function useNow(everyMs: number | null, backAt: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (everyMs === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  useEffect(() => {
    if (backAt === null) return;
    setNow(Date.now());
    const timer = setTimeout(() => setNow(Date.now()), BACK_MS + 1);
    return () => clearTimeout(timer);
  }, [backAt]);
  return now;
}
