import { useContext, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { DIFF_LINE_CHARS_MAX, DIFF_LINES_OPEN_MAX, DIFF_LINES_SHOWN, FILES_SHOWN } from '../limits.js';
import { Card } from './Card.js';
import type { Outcome } from './outcome.js';
import type { DiffLine, FileDiff } from './diff.js';
import { FolderContext } from './items/item.js';
import { label, pathFrom, plural } from './text.js';

const MARKS: Readonly<Record<DiffLine['kind'], string>> = {
  added: '+',
  removed: '−',
  context: ' ',
  hunk: '',
  note: '',
};
const SAID = { add: 'new', delete: 'deleted', update: '' } as const;

/** The files of a change, each to be unfolded; a short one is from the start. */
export function FileDiffs({
  place,
  files,
  outcome,
  isFolded = false,
}: {
  place: string;
  files: readonly FileDiff[];
  outcome: Outcome;
  /** Whether short ones are folded at first, too. */
  isFolded?: boolean;
}): JSX.Element {
  const [shown, setShown] = useState(FILES_SHOWN);
  return (
    <>
      {files.slice(0, shown).map((file, index) => (
        <Card
          key={index}
          place={`${place} ${index}`}
          glyph="file"
          outcome={outcome}
          title={<FileName file={file} />}
          note={<Counts added={file.added} removed={file.removed} />}
          isOpenAtFirst={!isFolded && file.lines.length <= DIFF_LINES_OPEN_MAX}
          inside={file.lines.length === 0 ? null : () => <Lines lines={file.lines} path={file.path} />}
        />
      ))}
      {files.length > shown && (
        <p class="more">
          <button type="button" class="quiet-button" onClick={() => setShown(shown + FILES_SHOWN)}>
            Show more
          </button>
          <span>{plural(files.length - shown, 'more file')}</span>
        </p>
      )}
    </>
  );
}

function FileName({ file }: { file: FileDiff }): JSX.Element {
  const folder = useContext(FolderContext);
  const word = file.movedTo === null ? SAID[file.kind] : 'moved';
  return (
    <>
      <bdi class="path">{label(pathFrom(folder, file.path)) || 'a file without a name'}</bdi>
      {file.movedTo !== null && (
        <>
          {' → '}
          <bdi class="path">{label(pathFrom(folder, file.movedTo))}</bdi>
        </>
      )}
      {word !== '' && <span class={`deed-tag deed-tag-${file.kind}`}>{word}</span>}
    </>
  );
}

/** Lines added and removed. */
export function Counts({ added, removed }: { added: number; removed: number }): JSX.Element {
  return (
    <span class="counts">
      <span class="counts-added">
        +{added}
        <span class="visually-hidden"> {added === 1 ? 'line' : 'lines'} added</span>
      </span>{' '}
      <span class="counts-removed">
        −{removed}
        <span class="visually-hidden"> removed</span>
      </span>
    </span>
  );
}

function Lines({ lines, path }: { lines: readonly DiffLine[]; path: string }): JSX.Element {
  const [shown, setShown] = useState(DIFF_LINES_SHOWN);
  return (
    <>
      <div class="patch" tabIndex={0} role="region" aria-label={`Changes of ${label(path)}`}>
        <div class="diff-lines">
          {lines.slice(0, shown).map((line, index) => (
            <Line key={index} line={line} />
          ))}
        </div>
      </div>
      {lines.length > shown && (
        <p class="more">
          <button type="button" class="quiet-button" onClick={() => setShown(shown + 4 * DIFF_LINES_SHOWN)}>
            Show more
          </button>
          <span>{plural(lines.length - shown, 'more line')}</span>
        </p>
      )}
    </>
  );
}

function Line({ line }: { line: DiffLine }): JSX.Element {
  const text =
    line.text.length > DIFF_LINE_CHARS_MAX ? `${line.text.slice(0, DIFF_LINE_CHARS_MAX)}…` : line.text;
  return (
    <div class={`diff-line diff-${line.kind}`}>
      <span class="diff-number" aria-hidden="true">
        {line.after ?? line.before ?? ''}
      </span>
      <span class="diff-mark">{MARKS[line.kind]}</span>
      <span class="diff-text">{text}</span>
    </div>
  );
}
