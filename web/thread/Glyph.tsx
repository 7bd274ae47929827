import type { JSX } from 'preact';

/** Line drawings on a ground of 16 × 16. */
const PATHS = {
  agent: 'M3 5.5h10v7H3zM8 5.5V3M6 9h.01M10 9h.01',
  chevron: 'M6 4l4 4-4 4',
  command: 'M3 4.5 6.5 8 3 11.5M8 12h5',
  compact: 'M4 3l4 3.5L12 3M4 13l4-3.5 4 3.5M3 8h10',
  error: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01',
  file: 'M4 2h5l3 3v9H4zM9 2v3h3',
  image: 'M2.5 3.5h11v9h-11zM2.5 11l3-3 2.5 2.5 2-2 3.5 3M10.3 6.2h.01',
  other: 'M4 8h.01M8 8h.01M12 8h.01',
  plan: 'M6 4h7M6 8h7M6 12h7M3 4h.01M3 8h.01M3 12h.01',
  review:
    'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2z',
  running: 'M8 2a6 6 0 1 0 6 6',
  search: 'M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l3.5 3.5',
  thought: 'M8 2.5a4 4 0 0 0-2.2 7.3V12h4.4V9.8A4 4 0 0 0 8 2.5zM6.5 14h3',
  tool: 'M9.8 3a3 3 0 0 0-2.6 4.4L3 11.6 4.4 13l4.2-4.2A3 3 0 0 0 13 6.2L11 8 8.6 7.4 8 5z',
} as const;

export type GlyphName = keyof typeof PATHS;

/** Decoration: what it means is said beside it. */
export function Glyph({ name }: { name: GlyphName }): JSX.Element {
  return (
    <svg class={`glyph glyph-${name}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
