import type { JSX } from 'preact';
import type { CommandItem } from '../../../client/runtime-types.js';
import { ANSI_CHARS_MAX, OUTPUT_TAIL_CHARS_MAX, OUTPUT_TAIL_LINES_MAX } from '../../limits.js';
import { tailOf, unstyled } from '../ansi.js';
import { AnsiText } from '../AnsiText.js';
import { Card } from '../Card.js';
import { outcomeOf } from '../outcome.js';
import { CopyButton } from '../CopyButton.js';
import { useFold } from '../folds.js';
import { commandOf, durationOf, label, plain, textOf } from '../text.js';
import type { ItemProps } from './item.js';

/** The command line and the end of its output; unfolded, the whole of both and where it ran. */
export function Command({ item, state, place }: ItemProps<CommandItem>): JSX.Element {
  const command = textOf(item.command);
  const output = textOf(item.aggregatedOutput);
  const { exitCode, durationMs } = item;
  const isFailed = typeof exitCode === 'number' && exitCode !== 0;
  return (
    <Card
      place={place}
      glyph="command"
      outcome={isFailed ? 'bad' : outcomeOf(item.status, state)}
      title={<code class="command-line">{label(commandOf(command)) || 'a command'}</code>}
      note={
        <>
          {item.status === 'declined' && <span class="deed-tag">declined</span>}
          {isFailed && <span class="deed-tag deed-tag-delete">exit {exitCode}</span>}
          {typeof durationMs === 'number' && <span>{durationOf(durationMs)}</span>}
        </>
      }
      always={output.trim() !== '' && <Output place={`${place} output`} output={output} />}
      inside={() => <Facts command={command} cwd={label(item.cwd)} />}
    />
  );
}

function Facts({ command, cwd }: { command: string; cwd: string }): JSX.Element {
  return (
    <dl class="deed-facts">
      <dt>Command</dt>
      <dd>
        <pre class="command-whole">{plain(command.slice(0, OUTPUT_TAIL_CHARS_MAX))}</pre>
        <CopyButton text={() => command} />
      </dd>
      {cwd !== '' && (
        <>
          <dt>In</dt>
          <dd>
            <bdi class="path">{cwd}</bdi>
          </dd>
        </>
      )}
    </dl>
  );
}

function Output({ place, output }: { place: string; output: string }): JSX.Element {
  const [isWhole, toggle] = useFold(place, false);
  const short = tailOf(output, OUTPUT_TAIL_CHARS_MAX, OUTPUT_TAIL_LINES_MAX);
  const shown = isWhole ? tailOf(output, ANSI_CHARS_MAX) : short;
  return (
    <div class="output">
      <pre class={isWhole ? 'output-text output-whole' : 'output-text'} tabIndex={0} aria-label="Output">
        <AnsiText text={shown.text.replace(/^\s*\n/, '').trimEnd()} />
      </pre>
      {short.isCut && (
        <div class="output-foot">
          <button type="button" class="quiet-button" aria-expanded={isWhole} onClick={toggle}>
            {isWhole ? 'Show the end' : 'Show all'}
          </button>
          <CopyButton text={() => unstyled(output)} />
          {isWhole && shown.isCut && (
            <span class="soft">the last {ANSI_CHARS_MAX.toLocaleString('en')} characters</span>
          )}
        </div>
      )}
    </div>
  );
}
