import type { JSX } from 'preact';
import { useContext } from 'preact/hooks';
import type { HeadRow } from './rows.js';
import { WhoContext } from '../state/who.js';
import { label } from './text.js';

/** Who started the turn, and when. */
export function TurnHead({ row }: { row: HeadRow }): JSX.Element {
  const nameOf = useContext(WhoContext);
  const { origin, startedAt } = row;
  const who = origin === null ? '' : label(nameOf(origin));
  const at = timeOf(startedAt);
  return (
    <div class="turn-head">
      {who !== '' && (
        <span>
          <span class="visually-hidden">Turn started by </span>
          <bdi>{who === 'you' ? 'You' : who}</bdi>
        </span>
      )}
      {at !== null && <time dateTime={at.toISOString()}>{clockTime(at)}</time>}
    </div>
  );
}

/** Unix seconds; null where there is none or it is no time. */
function timeOf(seconds: number | null): Date | null {
  if (typeof seconds !== 'number') return null;
  const at = new Date(seconds * 1_000);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** To make one takes longer than to draw a turn. */
const TIME = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat([], { day: 'numeric', month: 'short' });

function clockTime(at: Date): string {
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? TIME.format(at) : `${DAY.format(at)}, ${TIME.format(at)}`;
}
