/**
 * A thread's turns as rows of a list. A row that shows the same is the same object as before, so that a delta draws one
 * row anew. Pure.
 */
import type { ItemState, TurnState } from '../../client/types.js';

interface RowBase {
  /** Unique in the thread. */
  readonly key: string;
}
export interface HeadRow extends RowBase {
  readonly kind: 'head';
  readonly origin: TurnState['origin'];
  readonly startedAt: number | null;
}
interface ItemRow extends RowBase {
  readonly kind: 'item';
  readonly item: ItemState;
}
export interface PlanRow extends RowBase {
  readonly kind: 'plan';
  readonly plan: NonNullable<TurnState['plan']>;
}
export interface FootRow extends RowBase {
  readonly kind: 'foot';
  readonly status: TurnState['status'];
  readonly error: TurnState['error'];
  readonly diff: string | null;
  readonly notices: TurnState['notices'];
  readonly startedAt: number | null;
  readonly durationMs: number | null;
}
export type Row = HeadRow | ItemRow | PlanRow | FootRow;

/** The rows of a thread, and what is needed to make the next ones of them. */
export interface Rows {
  readonly rows: readonly Row[];
  readonly turns: ReadonlyMap<TurnState, readonly Row[]>;
  readonly turnsById: ReadonlyMap<string, readonly Row[]>;
}

export const NO_ROWS: Rows = { rows: [], turns: new Map(), turnsById: new Map() };

/** The rows of `turns`; what has not changed since `before` is taken from it. */
export function rowsOf(turns: readonly TurnState[], before: Rows): Rows {
  const rows: Row[] = [];
  const made = new Map<TurnState, readonly Row[]>();
  const byId = new Map<string, readonly Row[]>();
  for (const turn of turns) {
    // A turn that is there twice would make two rows of one key.
    if (byId.has(turn.id)) continue;
    const own = before.turns.get(turn) ?? turnRows(turn, before.turnsById.get(turn.id) ?? []);
    made.set(turn, own);
    byId.set(turn.id, own);
    for (const row of own) rows.push(row);
  }
  return { rows, turns: made, turnsById: byId };
}

function turnRows(turn: TurnState, before: readonly Row[]): Row[] {
  const { id, origin, startedAt, plan, status, error, diff, notices, durationMs } = turn;
  const first = before[0];
  const rows: Row[] = [];
  rows.push(same({ kind: 'head', key: `${id} head`, origin, startedAt }, first));
  const keys = new Set<string>();
  for (const item of turn.items) {
    const was = before[rows.length];
    const key = was?.kind === 'item' && was.item.id === item.id ? was.key : `${id} item ${item.id}`;
    if (keys.has(key)) continue;
    keys.add(key);
    rows.push(was?.kind === 'item' && was.item === item ? was : { kind: 'item', key, item });
  }
  if (plan !== null) {
    const was = before.find((row) => row.kind === 'plan');
    rows.push(same({ kind: 'plan', key: `${id} plan`, plan }, was));
  }
  const foot: FootRow = {
    kind: 'foot',
    key: `${id} foot`,
    status,
    error,
    diff,
    notices,
    startedAt,
    durationMs,
  };
  rows.push(same(foot, before.at(-1)));
  return rows;
}

/** The row as it was, if all it shows is the same. */
function same(row: Row, was: Row | undefined): Row {
  if (was === undefined) return row;
  const shown = new Map<string, unknown>(Object.entries(was));
  return Object.entries(row).every(([member, value]) => shown.get(member) === value) ? was : row;
}

/** How many rows stand in front that were not there before, and whether that is all that differs in front. */
export function prepended(rows: readonly Row[], before: readonly Row[]): number {
  const first = before[0];
  if (first === undefined || rows[0]?.key === first.key) return 0;
  return Math.max(
    0,
    rows.findIndex(({ key }) => key === first.key),
  );
}
