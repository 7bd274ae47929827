import { useEffect, useState } from 'preact/hooks';
import { CLOCK_MS } from '../limits.js';

/** The time by this device’s clock, Unix milliseconds, made anew often enough for words like “3 min”. */
export function useClock(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), CLOCK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
