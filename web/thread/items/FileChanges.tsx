import { useMemo } from 'preact/hooks';
import type { JSX } from 'preact';
import type { FileChangeItem } from '../../../client/runtime-types.js';
import { OUTPUT_TAIL_CHARS_MAX, OUTPUT_TAIL_LINES_MAX } from '../../limits.js';
import { tailOf } from '../ansi.js';
import { AnsiText } from '../AnsiText.js';
import { Card } from '../Card.js';
import { outcomeOf } from '../outcome.js';
import { fileDiffOf } from '../diff.js';
import { FileDiffs } from '../DiffView.js';
import { listOf, textOf } from '../text.js';
import type { ItemProps } from './item.js';

export function FileChanges({ item, state, place }: ItemProps<FileChangeItem>): JSX.Element {
  const files = useMemo(() => listOf(item.changes).map(fileDiffOf), [item.changes]);
  const outcome = outcomeOf(item.status, state);
  const { text } = tailOf(textOf(state.output), OUTPUT_TAIL_CHARS_MAX, OUTPUT_TAIL_LINES_MAX);
  return (
    <div class="changes">
      {files.length === 0 && <Card place={place} glyph="file" outcome={outcome} title="Files change" />}
      <FileDiffs place={place} files={files} outcome={outcome} />
      {outcome === 'declined' && <p class="soft">Declined: nothing was written.</p>}
      {outcome === 'bad' && <p class="soft">Failed: not all of it was written.</p>}
      {text.trim() !== '' && outcome !== 'good' && (
        <pre class="output-text" tabIndex={0} aria-label="Output">
          <AnsiText text={text.trimEnd()} />
        </pre>
      )}
    </div>
  );
}
