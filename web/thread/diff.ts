/** Unified diffs as lines with their numbers. Pure. */
import type { FileChange } from '../../client/runtime-types.js';
import { plain, textOf } from './text.js';

export interface DiffLine {
  readonly kind: 'added' | 'removed' | 'context' | 'hunk' | 'note';
  readonly text: string;
  /** Its number before and after; null where it has none. */
  readonly before: number | null;
  readonly after: number | null;
}

/** What changes in one file. */
export interface FileDiff {
  readonly path: string;
  readonly movedTo: string | null;
  readonly kind: 'add' | 'delete' | 'update';
  readonly lines: readonly DiffLine[];
  readonly added: number;
  readonly removed: number;
}

/** One file of a change item: for new and deleted ones the runtime gives the content and no diff. */
export function fileDiffOf(change: FileChange): FileDiff {
  // What comes over the wire may lack any of it.
  const given: { path?: unknown; diff?: unknown; kind?: { type?: string; move_path?: unknown } } =
    typeof change === 'object' ? (change ?? {}) : {};
  const diff = textOf(given.diff);
  const kind = given.kind?.type === 'add' || given.kind?.type === 'delete' ? given.kind.type : 'update';
  const isContent = kind !== 'update' && !/^@@ -\d/m.test(diff);
  const lines = isContent ? contentLines(diff, kind === 'add') : hunkLines(linesOf(diff));
  return counted(textOf(given.path), textOf(given.kind?.move_path) || null, kind, lines);
}

/** Every file of a turn's diff. */
export function fileDiffsOf(diff: string): FileDiff[] {
  const files: string[][] = [];
  for (const line of linesOf(diff)) {
    if (line.startsWith('diff --git ') || files.length === 0) files.push([]);
    files.at(-1)?.push(line);
  }
  return files.map((lines) => {
    const hunks = lines.findIndex((line) => line.startsWith('@@'));
    const head = hunks === -1 ? lines : lines.slice(0, hunks);
    const before = nameIn(head, '--- ');
    const after = nameIn(head, '+++ ');
    const kind = before === '/dev/null' ? 'add' : after === '/dev/null' ? 'delete' : 'update';
    const titled = /^diff --git a\/(.*) b\/(.*)$/.exec(head[0] ?? '');
    const path = (kind === 'add' ? after : before) ?? titled?.[1] ?? '';
    const target = after ?? titled?.[2] ?? path;
    const movedTo = kind === 'update' && target !== path ? target : null;
    return counted(path, movedTo, kind, hunkLines(hunks === -1 ? [] : lines.slice(hunks)));
  });
}

function nameIn(head: readonly string[], mark: string): string | null {
  const line = head.find((text) => text.startsWith(mark));
  return line === undefined
    ? null
    : line
        .slice(mark.length)
        .replace(/^[ab]\//, '')
        .replace(/\t.*$/, '');
}

function counted(
  path: string,
  movedTo: string | null,
  kind: FileDiff['kind'],
  lines: readonly DiffLine[],
): FileDiff {
  const count = (wanted: DiffLine['kind']): number => lines.filter((line) => line.kind === wanted).length;
  return { path, movedTo, kind, lines, added: count('added'), removed: count('removed') };
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function contentLines(text: string, isAdded: boolean): DiffLine[] {
  return linesOf(text).map((line, index) => ({
    kind: isAdded ? 'added' : 'removed',
    text: plain(line),
    before: isAdded ? null : index + 1,
    after: isAdded ? index + 1 : null,
  }));
}

function hunkLines(lines: readonly string[]): DiffLine[] {
  let before = 1;
  let after = 1;
  return lines.map((line): DiffLine => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (hunk !== null) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
    }
    if (line.startsWith('@@')) return { kind: 'hunk', text: plain(line), before: null, after: null };
    const text = plain(line.slice(1));
    if (line.startsWith('+')) return { kind: 'added', text, before: null, after: after++ };
    if (line.startsWith('-')) return { kind: 'removed', text, before: before++, after: null };
    if (line.startsWith('\\')) return { kind: 'note', text: plain(line), before: null, after: null };
    return { kind: 'context', text, before: before++, after: after++ };
  });
}
