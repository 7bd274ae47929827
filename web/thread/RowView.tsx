import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { Guard } from './Guard.js';
import { ItemView } from './items/ItemView.js';
import { Other } from './items/Small.js';
import { PlanSteps } from './PlanSteps.js';
import type { Row } from './rows.js';
import { TurnFoot } from './TurnFoot.js';
import { TurnHead } from './TurnHead.js';

/** One row. It is drawn when the row is another object, and only then. */
export const RowView = memo(({ row }: { row: Row }): JSX.Element => (
  <div class={`thread-row row-${row.kind}`} data-row={row.key}>
    <Guard of={row} instead={() => <Bare row={row} />}>
      <RowInside row={row} />
    </Guard>
  </div>
));

function RowInside({ row }: { row: Row }): JSX.Element {
  if (row.kind === 'head') return <TurnHead row={row} />;
  if (row.kind === 'plan') return <PlanSteps row={row} />;
  if (row.kind === 'foot') return <TurnFoot row={row} />;
  return <ItemView state={row.item} place={row.key} />;
}

/** As it came. */
function Bare({ row }: { row: Row }): JSX.Element {
  if (row.kind !== 'item') return <p class="soft">This cannot be shown.</p>;
  return <Other item={{ ...row.item.item }} state={row.item} place={row.key} />;
}
