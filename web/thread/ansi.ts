/**
 * What a command has printed, as pieces of one style. Of what a terminal understands there stay colours, weights and
 * links; carriage returns and backspaces overwrite; all else is dropped. Pure.
 */
import Anser from 'anser';
import { ANSI_PARAMS_MAX, ANSI_SEGMENTS_MAX } from '../limits.js';
import { plain, safeHref } from './text.js';

export interface Segment {
  readonly text: string;
  /** Classes of ansi.css, separated by spaces; empty for plain text. */
  readonly style: string;
  /** Where it leads, if it is a link. */
  readonly href: string | null;
}

/** The end of an output, and whether something before it is left out. */
export interface Tail {
  readonly text: string;
  readonly isCut: boolean;
}

/** How far before the cut an escape sequence may have begun. */
const ESCAPE_CHARS = 64;
/** Stands where a link begins or ends, while all other controls are gone. */
const LINK = '\u0000';

/** At most about `charsMax` characters, from a line's beginning if there is one near, and at most `linesMax` lines. */
export function tailOf(output: string, charsMax: number, linesMax = Infinity): Tail {
  let start = Math.max(0, output.length - charsMax);
  if (start > 0) {
    const line = output.indexOf('\n', start);
    const escape = output.lastIndexOf('\u001b', start);
    if (line !== -1 && line < start + charsMax / 4) start = line + 1;
    else if (escape > start - ESCAPE_CHARS) start = Math.max(0, escape);
  }
  let text = output.slice(start);
  let lines = 0;
  for (let at = text.trimEnd().length; at > 0;) {
    at = text.lastIndexOf('\n', at - 1);
    lines += 1;
    if (at === -1 || lines < linesMax) continue;
    text = text.slice(at + 1);
    break;
  }
  return { text, isCut: text.length < output.length };
}

/** At most `ANSI_SEGMENTS_MAX` and one: the rest of the text is the last one, without colours. */
export function segmentsOf(output: string): Segment[] {
  const hrefs: (string | null)[] = [];
  const kept = overwritten(output).replaceAll(ESCAPES, escapeKeeper(hrefs));
  const segments: Segment[] = [];
  let link = 0;
  for (const entry of Anser.ansiToJson(kept, { json: true, use_classes: true })) {
    const style = styleOf(entry);
    for (const [index, text] of entry.content.split(LINK).entries()) {
      if (index > 0) link += 1;
      append(segments, { text: plain(text), style, href: hrefs[link - 1] ?? null });
    }
  }
  return segments;
}

/** The text alone. */
export function unstyled(output: string): string {
  return plain(overwritten(output).replaceAll(ESCAPES, ''));
}

/**
 * In this order: links (OSC 8), other strings (OSC, DCS, …), styles, other sequences, what is left of them, and the
 * controls that are none of newline and tab.
 */
const ESCAPES =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /\u001b\]8;[^;\u0007\u001b\n]*;([^\u0007\u001b\n]*)(?:\u0007|\u001b\\)|\u001b[\]PX^_][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|\u001b\[([\d;]{0,48})m|\u001b\[[\x20-\x3f]*[\x40-\x7e]?|\u001b[\x20-\x2f]*[\x30-\x7e]?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * Keeps what Anser is to see: a bounded number of styles, and a mark for each end of a link. Anser keeps every weight
 * that it was told, also of one told again, and copies them for each style: what a style says is counted, too.
 */
function escapeKeeper(
  hrefs: (string | null)[],
): (escape: string, href: string | undefined, style: string | undefined) => string {
  let kept = 0;
  let said = 0;
  let isOver = false;
  return (_escape, href, style) => {
    if (isOver || (href === undefined && style === undefined)) return '';
    kept += 1;
    said += style?.split(';').length ?? 0;
    isOver = kept > ANSI_SEGMENTS_MAX || said > ANSI_PARAMS_MAX;
    if (isOver) return '\u001b[0m';
    if (href === undefined) return `\u001b[${style ?? ''}m`;
    hrefs.push(safeHref(href));
    return LINK;
  };
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const OVERSTRUCK = /[^\n\r\b\u001b]\u0008/g;
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const STYLES = /\u001b\[[\d;]{0,48}m/g;

/** What a terminal shows of each line after its carriage returns and backspaces. */
function overwritten(output: string): string {
  if (!/[\r\b]/.test(output)) return output;
  return output
    .replaceAll(/\r+\n/g, '\n')
    .replaceAll(OVERSTRUCK, '')
    .replaceAll(/[^\n]*\r[^\n]*/g, (line) => {
      const written = line.split('\r');
      const last = written.findLastIndex((text) => text !== '');
      const styles = written.slice(Math.max(0, last - 8), Math.max(0, last)).join('');
      return `${(styles.match(STYLES) ?? []).join('')}${written[last] ?? ''}`;
    });
}

function append(segments: Segment[], segment: Segment): void {
  if (segment.text === '') return;
  const last = segments.at(-1);
  if (last !== undefined && last.style === segment.style && last.href === segment.href)
    segments[segments.length - 1] = { ...last, text: last.text + segment.text };
  else segments.push(segment);
}

/** Text on a colour is in the colour of the page's text: it can be read in each theme. */
function styleOf(entry: Anser.AnserJsonEntry): string {
  const ground = entry.bg === null ? '' : colourOf(entry.bg, entry.bg_truecolor, 'ansi-on');
  const text = entry.fg === null || ground !== '' ? '' : colourOf(entry.fg, entry.fg_truecolor, 'ansi');
  const weights = [...new Set(entry.decorations)].map((decoration) => `ansi-${decoration}`);
  return [text, ground, ...weights].filter((name) => name !== '').join(' ');
}

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

/** Colours of the palette and of any red, green and blue become the nearest of the theme's: those can be read. */
function colourOf(name: string, truecolor: string | null, prefix: string): string {
  const palette = /^ansi-palette-(\d+)$/.exec(name);
  if (palette !== null) return `${prefix}-${nearest(paletteColour(Number(palette[1])))}`;
  if (name === 'ansi-truecolor') return `${prefix}-${nearest((truecolor ?? '').split(',').map(Number))}`;
  return name.replace(/^ansi/, prefix);
}

/** The cube of 6 × 6 × 6 from 16 on, then the greys. */
function paletteColour(index: number): number[] {
  if (index >= 232) return [8 + 10 * (index - 232), 8 + 10 * (index - 232), 8 + 10 * (index - 232)];
  const place = index - 16;
  return [Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6].map((level) =>
    level === 0 ? 0 : 55 + 40 * level,
  );
}

function nearest(rgb: readonly number[]): string {
  const [red = 0, green = 0, blue = 0] = rgb;
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  if (most - least < 32) return most > 170 ? 'white' : 'bright-black';
  const middle = (most + least) / 2;
  const bits = (red > middle ? 1 : 0) + (green > middle ? 2 : 0) + (blue > middle ? 4 : 0);
  return `${most > 210 ? 'bright-' : ''}${COLOURS[bits] ?? 'white'}`;
}
