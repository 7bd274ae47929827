import { BACKOFF_MS_MAX, BACKOFF_MS_MIN } from './limits.js';

/** How long to wait after so many failures in a row: anything up to a bound that doubles, so that many do not come at once. */
export function backoffMs(failures: number, random: () => number): number {
  return Math.round(random() * Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** failures));
}
