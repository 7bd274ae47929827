import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { CHUNK_CHARS, SLICE_CHARS } from '../limits.js';
import { plain } from './text.js';

/**
 * Plain text of any length: its beginning, or its end while it grows, and more of it on demand. It is cut into pieces
 * that the browser lays out when they come into sight.
 */
export function LongText({ text, isFinished }: { text: string; isFinished: boolean }): JSX.Element {
  const [shown, setShown] = useState(SLICE_CHARS);
  // While it grows the cut stays where it is for a while, so that only the last piece changes.
  const left = Math.max(0, text.length - shown);
  const hidden = isFinished ? left : left - (left % CHUNK_CHARS);
  const [start, end] = isFinished ? [0, Math.min(text.length, shown)] : [hidden, text.length];
  const more = hidden > 0 && (
    <p class="more">
      <button type="button" class="quiet-button" onClick={() => setShown(shown * 4)}>
        Show more
      </button>
      <button type="button" class="quiet-button" onClick={() => setShown(Infinity)}>
        Show all
      </button>
      <span>{hidden.toLocaleString('en')} more characters</span>
    </p>
  );
  return (
    <div class="long-text" dir="auto">
      {!isFinished && more}
      {chunksOf(text, start, end).map(({ at, chunk }) => (
        <Piece key={at} text={chunk} />
      ))}
      {isFinished && more}
    </div>
  );
}

const Piece = memo(({ text }: { text: string }): JSX.Element => (
  <div class="long-text-piece">{plain(text)}</div>
));

/** Cut at the ends of lines where there are some. */
function chunksOf(text: string, from: number, to: number): { at: number; chunk: string }[] {
  const chunks: { at: number; chunk: string }[] = [];
  for (let at = from; at < to;) {
    const line = text.lastIndexOf('\n', at + CHUNK_CHARS);
    const end = Math.min(to, line <= at ? at + CHUNK_CHARS : line + 1);
    chunks.push({ at, chunk: text.slice(at, end) });
    at = end;
  }
  return chunks;
}
