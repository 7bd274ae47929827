import { useMemo } from 'preact/hooks';
import type { JSX } from 'preact';
import { segmentsOf } from './ansi.js';

/** What a command has printed, in its colours. Bounded by whoever gives it: see `tailOf`. */
export function AnsiText({ text }: { text: string }): JSX.Element {
  const segments = useMemo(() => segmentsOf(text), [text]);
  return (
    <>
      {segments.map((segment, index) =>
        segment.href === null ? (
          segment.style === '' ? (
            segment.text
          ) : (
            <span key={index} class={segment.style}>
              {segment.text}
            </span>
          )
        ) : (
          <a
            key={index}
            class={segment.style}
            href={segment.href}
            target="_blank"
            rel="noopener noreferrer nofollow"
          >
            {segment.text}
          </a>
        ),
      )}
    </>
  );
}
