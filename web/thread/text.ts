/** Words of others, made safe to be read as what they are. Pure. */
import { LABEL_CHARS_MAX } from '../limits.js';

/**
 * What is not seen, or makes the rest be read in another order: controls, marks of direction, fillers, tags, what has no
 * width. The joiner stays inside an emoji.
 */
const UNSEEN =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]|\u034f|\u17b4|\u17b5|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Variation_Selector}])\u200d/gu;

/** Text of several lines in which what is not seen is spelt out: `⟨U+202E⟩`. */
export function plain(text: string): string {
  return text.replace(UNSEEN, (mark) => {
    const code = (mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `⟨U+${code}⟩`;
  });
}

/** A name, a path, a title: of one line and of bounded length. What is no string becomes an empty one. */
export function label(text: unknown): string {
  if (typeof text !== 'string') return '';
  const cut = text.length > LABEL_CHARS_MAX ? `${text.slice(0, LABEL_CHARS_MAX)}…` : text;
  return plain(cut.replaceAll(/\s+/g, ' ').trim());
}

/** What an object of a runtime has where a string belongs: nothing is as good as an empty one. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What an object of a runtime has where a list belongs. */
export function listOf<T>(value: readonly T[] | null | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

/** A path as seen from a folder that it is in; whole where it is elsewhere, or may be: that is to be seen. */
export function pathFrom(folder: string, path: string): string {
  const inside = folder.replace(/[/\\]+$/, '');
  const isInside = inside !== '' && path.startsWith(inside) && /^[/\\][^/\\]/.test(path.slice(inside.length));
  return isInside && !/(^|[/\\])\.\.([/\\]|$)/.test(path) ? path.slice(inside.length + 1) : path;
}

/** What a shell was started with that runs one command: a word, or in quotes that hold no other. */
const SHELL = /^(?:\/\S*\/)?(?:ba|z|da)?sh -l?c (?:'([^']*)'|([\w./-]+))$/;

/** A command without the shell around it, where that says nothing. */
export function commandOf(command: string): string {
  const [, quoted, word] = SHELL.exec(command) ?? [];
  return quoted ?? word ?? command;
}

/** As JSON, for people. */
export function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value, null, 2) ?? '';
  } catch {
    return 'too deep to be shown';
  }
}

/** `40 ms`, `0.4 s`, `12 s`, `3 min 5 s`, `1 h 2 min`. */
export function durationOf(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '';
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `950`, `12.4k`, `1.2M`. */
export function countOf(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 999_500) return `${(count / 1_000).toFixed(count < 99_950 ? 1 : 0)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** `1 line`, `2 lines`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** The last line that says something. */
export function lastLineOf(text: string): string {
  const tail = text.slice(-2 * LABEL_CHARS_MAX).trimEnd();
  return tail.slice(tail.lastIndexOf('\n') + 1);
}

/** An address that may be opened: http, https or mailto, whole. Null for any other. */
export function safeHref(href: string): string | null {
  if (!URL.canParse(href)) return null;
  return ['http:', 'https:', 'mailto:'].includes(new URL(href).protocol) ? href : null;
}
