import { useEffect, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { isItem } from '../../client/runtime-types.js';
import { SPOKEN_CHARS_MAX } from '../limits.js';
import type { Row } from './rows.js';
import { textOf } from './text.js';

/** How far from the end a message may be that has just been finished. */
const ROWS_LOOKED_AT = 16;

/** Reads out each message of the agent when it is finished: not as it grows, and not those that were there before. */
export function Spoken({ rows }: { rows: readonly Row[] }): JSX.Element {
  const growing = useRef<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState('');
  useEffect(() => {
    const now = new Set<string>();
    for (const row of rows.slice(-ROWS_LOOKED_AT)) {
      if (row.kind !== 'item' || !isItem(row.item.item, 'agentMessage')) continue;
      if (row.item.inProgress) now.add(row.key);
      else if (growing.current.has(row.key)) setSaid(textOf(row.item.item.text).slice(0, SPOKEN_CHARS_MAX));
    }
    growing.current = now;
  }, [rows]);
  return (
    <p class="visually-hidden" aria-live="polite">
      {said}
    </p>
  );
}
