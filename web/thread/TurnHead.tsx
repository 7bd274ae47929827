import type { JSX } from 'preact';
import { useContext } from 'preact/hooks';
import type { HeadRow } from './rows.js';
import { OwnConnectionContext } from './own-connection.js';
import { label } from './text.js';

/** Who started the turn, and when. */
export function TurnHead({ row }: { row: HeadRow }): JSX.Element {
  const own = useContext(OwnConnectionContext);
  const { origin, startedAt } = row;
  const isOwn = origin !== null && origin.connectionId !== null && origin.connectionId === own;
  const who = origin === null ? '' : isOwn ? 'You' : label(origin.clientName);
  const at = timeOf(startedAt);
  return (
    <div class="turn-head">
      {who !== '' && (
        <span>
          <span class="hidden">Turn started by </span>
          <bdi>{who}</bdi>
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

function clockTime(at: Date): string {
  const time = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? time : `${at.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${time}`;
}
