import { useEffect, useMemo, useReducer } from 'preact/hooks';
import type { JSX } from 'preact';
import { Card } from './Card.js';
import { fileDiffsOf } from './diff.js';
import { Counts, FileDiffs } from './DiffView.js';
import { Glyph } from './Glyph.js';
import { Notices } from './Notices.js';
import type { FootRow } from './rows.js';
import { durationOf, plain, plural, textOf } from './text.js';

/** A clock that says more than this is wrong. */
const RUNNING_MS_MAX = 7 * 24 * 3_600_000;

/** How the turn stands, what went wrong, and all it has changed. */
export function TurnFoot({ row }: { row: FootRow }): JSX.Element {
  const { status, error, diff, notices, startedAt, durationMs, key } = row;
  return (
    <div class="turn-foot">
      <Notices notices={notices} />
      {error !== null && (
        <div class="fault" role="group" aria-label="Error">
          <Glyph name="error" />
          <div>
            <p>{plain(textOf(error.message)) || 'The turn failed.'}</p>
            {textOf(error.additionalDetails) !== '' && (
              <p class="soft">{plain(textOf(error.additionalDetails))}</p>
            )}
          </div>
        </div>
      )}
      {diff !== null && diff.trim() !== '' && <TurnDiff place={`${key} diff`} diff={diff} />}
      {status === 'inProgress' ? (
        <Working startedAt={startedAt} />
      ) : (
        <p class={`turn-end turn-${status}`}>
          {status === 'completed' ? 'Done' : status === 'interrupted' ? 'Stopped' : 'Failed'}
          {durationMs !== null && durationOf(durationMs) !== '' && ` after ${durationOf(durationMs)}`}
        </p>
      )}
    </div>
  );
}

function Working({ startedAt }: { startedAt: number | null }): JSX.Element {
  const [, draw] = useReducer((times: number) => times + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => draw(undefined), 1_000);
    return () => clearInterval(timer);
  }, []);
  const ms = startedAt === null ? -1 : Date.now() - startedAt * 1_000;
  return (
    <p class="turn-end turn-working">
      <span class="pulse" aria-hidden="true" />
      Working
      {ms >= 1_000 && ms < RUNNING_MS_MAX && (
        <span class="turn-clock"> {durationOf(Math.floor(ms / 1_000) * 1_000).replace('.0 s', ' s')}</span>
      )}
    </p>
  );
}

function TurnDiff({ place, diff }: { place: string; diff: string }): JSX.Element {
  const files = useMemo(() => fileDiffsOf(diff), [diff]);
  const sum = (member: 'added' | 'removed'): number => files.reduce((all, file) => all + file[member], 0);
  return (
    <Card
      place={place}
      glyph="file"
      title={`${plural(files.length, 'file')} changed`}
      note={<Counts added={sum('added')} removed={sum('removed')} />}
      inside={() => <FileDiffs place={place} files={files} outcome="none" isFolded />}
    />
  );
}
