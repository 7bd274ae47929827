import type { ComponentChildren, CSSProperties, JSX, Ref, VNode } from 'preact';
import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { Virtualizer } from 'virtua';
import type { ThreadState } from '../../client/types.js';
import { prepended } from './rows.js';
import type { Row } from './rows.js';
import { RowView } from './RowView.js';
import { plural } from './text.js';
import { useScrolling } from './use-scrolling.js';

interface RowListProps {
  readonly rows: readonly Row[];
  readonly older: ThreadState['older'];
  readonly loadOlder: () => Promise<boolean>;
}

/** The rows of which only those in sight, and a few around, are in the document. */
export function RowList({ rows, older, loadOlder }: RowListProps): JSX.Element {
  const { shown, shift } = useInFrontFirst(rows);
  const earlier = useEarlier(older, loadOlder);
  const scrolling = useScrolling(shown, earlier.load);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target !== event.currentTarget) return;
    if (event.key === 'Home') scrolling.toBeginning();
    else if (event.key === 'End') scrolling.toEnd();
    else return;
    event.preventDefault();
  };
  return (
    <div class="thread-list">
      <div
        class="thread-scroll"
        ref={scrolling.scroller}
        role="region"
        aria-label="Thread"
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <Virtualizer
          ref={scrolling.list}
          data={shown}
          shift={shift}
          as="ol"
          item={RowFrame}
          onScroll={scrolling.onScroll}
          onResize={scrolling.onResize}
        >
          {elementOf}
        </Virtualizer>
      </div>
      <div class="thread-over thread-over-top" role="status">
        {older === 'loading' && <span class="pill">Loading older turns…</span>}
        {earlier.hasFailed && (
          <button type="button" class="pill" onClick={earlier.retry}>
            Older turns did not load. Try again
          </button>
        )}
      </div>
      <div class="thread-over thread-over-bottom">
        {scrolling.isAway && (
          <button type="button" class="pill" onClick={scrolling.toEnd}>
            <span aria-hidden="true">↓</span> Jump to newest
            {scrolling.arrived > 0 && <span class="pill-count">{plural(scrolling.arrived, 'new row')}</span>}
          </button>
        )}
      </div>
    </div>
  );
}

/** The same row is the same element: the list does not even compare it. */
const elements = new WeakMap<Row, VNode>();

function elementOf(row: Row): VNode {
  const made = elements.get(row) ?? <RowView key={row.key} row={row} />;
  elements.set(row, made);
  return made;
}

interface RowFrameProps {
  readonly style: CSSProperties;
  readonly children: ComponentChildren;
  readonly ref?: Ref<HTMLLIElement>;
}

function RowFrame({ style, children, ref }: RowFrameProps): JSX.Element {
  return (
    <li class="row-frame" style={style} ref={ref ?? null}>
      {children}
    </li>
  );
}

/**
 * The list keeps its place when rows come in front, or when they come at the end; not when both come at once. Then those
 * at the end come a moment later.
 */
function useInFrontFirst(rows: readonly Row[]): { shown: readonly Row[]; shift: boolean } {
  const [, draw] = useReducer((times: number) => times + 1, 0);
  const before = useRef<readonly Row[]>([]);
  const inFront = prepended(rows, before.current);
  const length = inFront + before.current.length;
  const isBoth = inFront > 0 && rows.length > length;
  const shown = isBoth ? rows.slice(0, length) : rows;
  before.current = shown;
  useEffect(() => {
    if (isBoth) draw(undefined);
  });
  return { shown, shift: inFront > 0 };
}

/** Loads older turns, once at a time; after a failure only when it is asked for. */
function useEarlier(
  older: ThreadState['older'],
  loadOlder: () => Promise<boolean>,
): { hasFailed: boolean; load: () => void; retry: () => void } {
  const [hasFailed, setFailed] = useState(false);
  const isLoading = useRef(false);
  const retry = (): void => {
    if (older !== 'some' || isLoading.current) return;
    isLoading.current = true;
    setFailed(false);
    loadOlder()
      .catch(() => setFailed(true))
      .finally(() => {
        isLoading.current = false;
      });
  };
  return { hasFailed, load: hasFailed ? () => undefined : retry, retry };
}
