import { isObject } from '../../protocol/messages.js';
import { runtimeNotifications } from '../../protocol/notifications.js';
import { parseObject } from '../framing/json-bytes.js';
import type { Fold } from './fold.js';
import type { FoldedItem } from './folded-turn.js';
import type { ItemText } from './item-text.js';

/** One frame of a fill-in. */
export interface FillInLine {
  readonly method: string;
  readonly line: Buffer;
}

/**
 * What a client that comes in mid-turn has to be told beside the answer of the runtime, which has no items in
 * progress: each from its start, with its text so far as one delta of its own kind.
 */
export function* fillIn(fold: Fold): Iterable<FillInLine> {
  for (const { turn, item } of fold.inProgress()) {
    if (item.started === null) continue;
    yield { method: runtimeNotifications.itemStarted, line: item.started };
    const started = parseObject(item.started) ?? {};
    const params = started['params'];
    const threadId = isObject(params) ? params['threadId'] : undefined;
    const ids = { threadId, turnId: turn.id, itemId: item.id };
    for (const text of item.texts) yield* linesOf(text, ids, started['emittedAtMs']);
  }
}

function* linesOf(text: ItemText, ids: object, emittedAtMs: unknown): Iterable<FillInLine> {
  const { method, begunBy, rule, index } = text;
  const end = `}${emittedAtMs === undefined ? '' : `,"emittedAtMs":${JSON.stringify(emittedAtMs)}`}}`;
  const start = (of: string): string =>
    `{"method":${JSON.stringify(of)},"params":${JSON.stringify(ids).slice(0, -1)}`;
  const which = rule.index === null || index === null ? '' : `,${JSON.stringify(rule.index)}:${index}`;
  if (begunBy !== null) yield { method: begunBy, line: Buffer.from(start(begunBy) + which + end) };
  if (method === null) return;
  for (const value of text.values.length > 0 ? text.values : [text.json]) {
    yield {
      method,
      line: Buffer.from(`${start(method)},${JSON.stringify(rule.from)}:${value}${which}${end}`),
    };
  }
}

/** An item of a turn as the runtime would show it now: its texts so far in their places. */
export function itemSoFar({ started, completed, texts }: FoldedItem): Record<string, unknown> | null {
  const params = parseObject(completed ?? started ?? NOTHING)?.['params'];
  const item = isObject(params) ? params['item'] : null;
  if (!isObject(item)) return null;
  for (const text of texts) addTo(item, text);
  return item;
}

const NOTHING = Buffer.alloc(0);

function addTo(item: Record<string, unknown>, text: ItemText): void {
  const { rule, index } = text;
  if (rule.to === null) {
    const known = item['threadcast'];
    const so =
      rule.does === 'append' ? { output: valueOf(text.json) } : { progress: text.values.map(valueOf) };
    item['threadcast'] = { ...(isObject(known) ? known : {}), ...so };
  } else if (rule.does === 'replace') item[rule.to] = valueOf(text.values.at(-1) ?? 'null');
  else if (rule.index === null) item[rule.to] = stringOf(item[rule.to]) + stringOf(valueOf(text.json));
  else {
    const known = item[rule.to];
    const parts: unknown[] = Array.isArray(known) ? [...known] : [];
    const at = index ?? 0;
    while (parts.length <= at) parts.push('');
    parts[at] = stringOf(parts[at]) + stringOf(valueOf(text.json));
    item[rule.to] = parts;
  }
}

/** A value that was kept as JSON text; null where it is none after all. */
function valueOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
