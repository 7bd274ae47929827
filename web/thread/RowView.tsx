import { Component } from 'preact';
import type { ComponentChildren, JSX } from 'preact';
import { memo } from 'preact/compat';
import { ItemView } from './items/ItemView.js';
import { Other } from './items/Small.js';
import { PlanSteps } from './PlanSteps.js';
import type { Row } from './rows.js';
import { TurnFoot } from './TurnFoot.js';
import { TurnHead } from './TurnHead.js';

/** One row. It is drawn when the row is another object, and only then. */
export const RowView = memo(({ row }: { row: Row }): JSX.Element => (
  <div class={`thread-row row-${row.kind}`} data-row={row.key}>
    <Guard row={row}>
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

interface GuardProps {
  readonly row: Row;
  readonly children: ComponentChildren;
}

/** A row that cannot be drawn (a later runtime's idea of it) is shown as it came, and the others stay. */
class Guard extends Component<GuardProps, { broken: Row | null }> {
  override state: { broken: Row | null } = { broken: null };

  override componentDidCatch(): void {
    this.setState({ broken: this.props.row });
  }

  override render(): ComponentChildren {
    const { row, children } = this.props;
    if (this.state.broken !== row) return children;
    if (row.kind !== 'item') return <p class="soft">This cannot be shown.</p>;
    return <Other item={{ ...row.item.item }} state={row.item} place={row.key} />;
  }
}
