import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import type { VirtualizerHandle } from 'virtua';
import { AT_END_PX, NEAR_BEGINNING_PX } from '../limits.js';
import type { Row } from './rows.js';

/** For how long a scroll counts as the reader's after he has touched something. */
const TOUCHED_MS = 1_500;

export interface Scrolling {
  readonly list: RefObject<VirtualizerHandle | null>;
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** Whether the reader has gone away from the end, and how many rows have come since. */
  readonly isAway: boolean;
  readonly arrived: number;
  readonly onScroll: (offset: number) => void;
  readonly onResize: () => void;
  readonly toEnd: () => void;
  readonly toBeginning: () => void;
}

/**
 * The list stays at its end as long as the reader is there, and where he is when he is not. He leaves the end by
 * scrolling up himself: what the list does by itself never counts.
 */
export function useScrolling(rows: readonly Row[], onNearBeginning: () => void): Scrolling {
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const { current: place } = useRef({ sticks: true, offset: 0, touchedAt: -Infinity, first: '', count: 0 });
  const [isAway, setAway] = useState(false);

  const toEnd = (): void => {
    place.sticks = true;
    setAway(false);
    list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
  };
  const look = (): void => {
    const { current: at } = list;
    if (at === null || at.viewportSize === 0) return;
    const before = place.sticks ? at.scrollSize - at.viewportSize : at.scrollOffset;
    if (before < NEAR_BEGINNING_PX) onNearBeginning();
  };
  const onScroll = (offset: number): void => {
    const { current: at } = list;
    if (at === null) return;
    const isUp = offset < place.offset - 1;
    place.offset = offset;
    if (at.scrollSize - at.viewportSize - offset <= AT_END_PX) place.sticks = true;
    else if (isUp && performance.now() - place.touchedAt < TOUCHED_MS) place.sticks = false;
    setAway(!place.sticks);
    look();
  };
  const follow = (): void => {
    // Away from the end, rows that come in front first move the reader's place: then that is looked at.
    if (!place.sticks) return;
    list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
    look();
  };

  useLayoutEffect(follow, [rows]);
  useEffect(() => touches(scroller.current, () => (place.touchedAt = performance.now())), []);
  if (!isAway) Object.assign(place, { first: rows[0]?.key ?? '', count: rows.length });
  return {
    list,
    scroller,
    isAway,
    arrived: isAway ? arrivedSince(rows, place.first, place.count) : 0,
    onScroll,
    onResize: follow,
    toEnd,
    toBeginning: () => {
      place.sticks = false;
      list.current?.scrollToIndex(0);
    },
  };
}

/** The rows that are there more than there were, those in front not counted. */
function arrivedSince(rows: readonly Row[], first: string, count: number): number {
  const start = rows.findIndex(({ key }) => key === first);
  return start === -1 ? 0 : Math.max(0, rows.length - start - count);
}

/** All ways to scroll: wheel, finger, keys, the bar. */
function touches(scroller: HTMLElement | null, touched: () => void): () => void {
  if (scroller === null) return () => undefined;
  const names = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;
  for (const name of names) scroller.addEventListener(name, touched, { passive: true });
  return () => {
    for (const name of names) scroller.removeEventListener(name, touched);
  };
}
