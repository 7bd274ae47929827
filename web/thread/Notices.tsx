import type { JSX } from 'preact';
import type { Notice } from '../../client/types.js';
import { plain } from './text.js';

/** Warnings and the like. */
export function Notices({ notices }: { notices: readonly Notice[] }): JSX.Element | null {
  if (notices.length === 0) return null;
  return (
    <ul class="notices" aria-label="Notices">
      {notices.map(({ level, text }, index) => (
        <li key={index} class={`notice notice-${level}`}>
          {plain(text)}
        </li>
      ))}
    </ul>
  );
}
