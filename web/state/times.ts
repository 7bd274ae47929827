const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;
const WEEK_S = 7 * DAY_S;

/**
 * How long ago something was, in words.
 * @param atS Unix seconds, by the clock of whoever said it: ahead of ours it is “now”, whatever it says.
 */
export function ago(atS: number, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000 - atS);
  if (!Number.isFinite(seconds) || seconds < MINUTE_S) return 'now';
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min`;
  if (seconds < DAY_S) return `${Math.floor(seconds / HOUR_S)} h`;
  if (seconds < WEEK_S) return `${Math.floor(seconds / DAY_S)} d`;
  return dayOf(atS, nowMs);
}

function dayOf(atS: number, nowMs: number): string {
  const day = new Date(atS * 1000);
  if (atS <= 0 || Number.isNaN(day.getTime())) return 'long ago';
  const isThisYear = day.getFullYear() === new Date(nowMs).getFullYear();
  return day.toLocaleDateString('en', {
    day: 'numeric',
    month: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }),
  });
}

/** A number of bytes as people say it. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const [size, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kB'] : [bytes / 1_000_000, 'MB'];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}
