import type { JSX } from 'preact';
import type { AgentMessageItem } from '../../../client/runtime-types.js';
import { CopyButton } from '../CopyButton.js';
import { Markdown } from '../markdown/Markdown.js';
import { textOf } from '../text.js';
import type { ItemProps } from './item.js';

export function AgentMessage({ item, state }: ItemProps<AgentMessageItem>): JSX.Element {
  const text = textOf(item.text);
  return (
    <article class="answer" aria-label="Agent" aria-busy={state.inProgress}>
      <Markdown text={text} isFinished={!state.inProgress} />
      {!state.inProgress && text !== '' && (
        <div class="answer-foot">
          <CopyButton text={() => text} />
        </div>
      )}
    </article>
  );
}
