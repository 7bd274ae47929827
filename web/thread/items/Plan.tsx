import type { JSX } from 'preact';
import type { PlanItem } from '../../../client/runtime-types.js';
import { Card } from '../Card.js';
import { Markdown } from '../markdown/Markdown.js';
import { textOf } from '../text.js';
import type { ItemProps } from './item.js';

export function Plan({ item, state, place }: ItemProps<PlanItem>): JSX.Element {
  return (
    <Card
      place={place}
      glyph="plan"
      title="Plan"
      isOpenAtFirst
      inside={() => <Markdown text={textOf(item.text)} isFinished={!state.inProgress} />}
    />
  );
}
