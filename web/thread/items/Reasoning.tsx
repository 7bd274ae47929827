import type { JSX } from 'preact';
import type { ReasoningItem } from '../../../client/runtime-types.js';
import { Card } from '../Card.js';
import { Markdown } from '../markdown/Markdown.js';
import { label, lastLineOf, listOf, textOf } from '../text.js';
import type { ItemProps } from './item.js';

/** Folded away; while it comes its last line is shown. */
export function Reasoning({ item, state, place }: ItemProps<ReasoningItem>): JSX.Element {
  const summary = listOf(item.summary).map(textOf);
  const parts = summary.some((part) => part !== '') ? summary : listOf(item.content).map(textOf);
  const last = label(lastLineOf(parts.at(-1) ?? '')).replaceAll(/[*_`#]/g, '');
  const text = parts.join('\n\n');
  return (
    <Card
      place={place}
      glyph="thought"
      outcome={state.inProgress ? 'running' : 'none'}
      title={state.inProgress ? 'Thinking' : 'Thought'}
      note={<bdi class="deed-line-of-text">{state.inProgress ? last : titleOf(parts) || last}</bdi>}
      inside={text.trim() === '' ? null : () => <Markdown text={text} isFinished={!state.inProgress} />}
    />
  );
}

/** Summaries begin with what they are about, in bold. */
function titleOf(parts: readonly string[]): string {
  const titles = parts.map((part) => /^\s*\*\*([^*\n]+)\*\*/.exec(part.slice(0, 400))?.[1] ?? '');
  return label(titles.filter((title) => title !== '').join(' · '));
}
