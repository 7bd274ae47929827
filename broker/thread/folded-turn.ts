import { ITEM_PARTS_MAX } from '../../protocol/limits.js';
import type { ItemDelta } from '../../protocol/notifications.js';
import { ItemText } from './item-text.js';

/** An item of a running turn. */
export interface FoldedItem {
  readonly id: string;
  /** The line that began it; null where that was not seen. */
  readonly started: Buffer | null;
  /** The line that ended it; null while it is in progress. */
  completed: Buffer | null;
  /** What has come to it while it is in progress, each part of it in the order in which it began. */
  texts: ItemText[];
}

/** A turn as its events have told it. */
export interface FoldedTurn {
  readonly id: string;
  /** The line that began it; null where that was not seen. */
  readonly started: Buffer | null;
  /** The line that ended it; null while it runs. */
  completed: Buffer | null;
  /** By id, in the order in which they began. */
  readonly items: Map<string, FoldedItem>;
  /** Whether `items` are all there are: it was seen from its start, and none had to be let go of. */
  whole: boolean;
}

/** The lines of an item; its texts are counted apart. */
export function bytesOf({ started, completed }: FoldedItem): number {
  return (started?.length ?? 0) + (completed?.length ?? 0);
}

export function textOf(item: FoldedItem, rule: ItemDelta, index: number | null): ItemText | null {
  // What says that a part begins, and what then fills it, are about the same part.
  const found = item.texts.find(
    (text) => text.rule.to === rule.to && text.index === index && (rule.to !== null || text.rule === rule),
  );
  if (found !== undefined) return found;
  if (item.texts.length >= ITEM_PARTS_MAX || (index ?? 0) >= ITEM_PARTS_MAX) return null;
  const text = new ItemText(rule, index);
  item.texts.push(text);
  return text;
}
