import { list, object, text } from './message.js';
import type { Json, Message } from './message.js';

/** An item of a turn. `parts` is what came to it while it was in progress, by the place where it belongs. */
export interface ItemState {
  readonly started: Message | null;
  item: Json;
  done: boolean;
  readonly parts: Map<string, string[]>;
}

export interface TurnState {
  readonly id: string;
  status: string;
  readonly items: Map<string, ItemState>;
}

/** Where the deltas of each method go: the member of the item, and the member of the params that numbers its part. */
const deltas: Readonly<
  Record<string, { readonly to: string; readonly index?: string; readonly from?: string }>
> = {
  'item/agentMessage/delta': { to: 'text' },
  'item/plan/delta': { to: 'text' },
  'item/reasoning/summaryPartAdded': { to: 'summary', index: 'summaryIndex' },
  'item/reasoning/summaryTextDelta': { to: 'summary', index: 'summaryIndex' },
  'item/reasoning/textDelta': { to: 'content', index: 'contentIndex' },
  'item/commandExecution/outputDelta': { to: 'aggregatedOutput' },
  'item/fileChange/outputDelta': { to: '(output)' },
  'item/fileChange/patchUpdated': { to: 'changes', from: 'changes' },
  'item/mcpToolCall/progress': { to: '(progress)', from: 'message' },
};

const TOKEN_USAGE = 'thread/tokenUsage/updated';
const LATEST: ReadonlySet<string> = new Set([
  TOKEN_USAGE,
  'turn/plan/updated',
  'turn/diff/updated',
  'broker/turn/origin',
]);

/** The methods that change an item in progress. */
export const isDelta = (method: string): boolean => method in deltas;

/** The place that a delta is for, and what it brings; null for any other message. */
export function deltaOf({
  method,
  params,
}: Message): { readonly part: string; readonly value: string } | null {
  const rule = deltas[method ?? ''];
  if (rule === undefined) return null;
  const part = rule.index === undefined ? rule.to : `${rule.to}/${String(params?.[rule.index])}`;
  const from = params?.[rule.from ?? 'delta'];
  return { part, value: typeof from === 'string' ? from : from === undefined ? '' : JSON.stringify(from) };
}

/**
 * What the events of a thread add up to, put together in the plainest way there is: the yardstick for what the
 * broker keeps.
 */
export class ThreadState {
  readonly turns = new Map<string, TurnState>();
  /** The latest of what has no place in them: of the thread, and of the turn that began last. By method. */
  readonly latest = new Map<string, Message>();

  /** @param turns As the runtime lists them, oldest first. */
  constructor(turns: readonly Json[]) {
    for (const turn of turns) {
      const items = list(turn, 'items').map((item) => [text(item, 'id'), finished(item)] as const);
      this.turns.set(text(turn, 'id'), {
        id: text(turn, 'id'),
        status: text(turn, 'status'),
        items: new Map(items),
      });
    }
  }

  apply(message: Message): void {
    const { method, params } = message;
    const turn = object(params, 'turn');
    const isKept = LATEST.has(method ?? '') && (method === TOKEN_USAGE || text(params, 'turnId') !== '');
    if (isKept) this.latest.set(method ?? '', message);
    if (method === 'turn/started') {
      for (const [name, { params: about }] of this.latest)
        if (name !== TOKEN_USAGE && about?.['turnId'] !== text(turn, 'id')) this.latest.delete(name);
      this.turns.set(text(turn, 'id'), { id: text(turn, 'id'), status: 'inProgress', items: new Map() });
    } else if (method === 'turn/completed') {
      const known = this.turns.get(text(turn, 'id'));
      if (known !== undefined) known.status = text(turn, 'status');
    } else this.#applyToItem(message);
  }

  /** The items that are in progress in a turn that runs. */
  *inProgress(): Iterable<ItemState> {
    for (const turn of this.turns.values()) {
      if (turn.status !== 'inProgress') continue;
      for (const item of turn.items.values()) if (!item.done) yield item;
    }
  }

  #applyToItem(message: Message): void {
    const { method, params } = message;
    const items = this.turns.get(text(params, 'turnId'))?.items;
    const item = object(params, 'item');
    const id = text(item, 'id');
    if (items === undefined) return;
    if (method === 'item/started') items.set(id, { started: message, item, done: false, parts: new Map() });
    else if (method === 'item/completed') items.set(id, finished(item));
    else this.#applyDelta(items.get(text(params, 'itemId')), message);
  }

  #applyDelta(item: ItemState | undefined, message: Message): void {
    const delta = deltaOf(message);
    if (delta === null || item === undefined || item.done) return;
    const values = item.parts.get(delta.part) ?? [];
    if (delta.part === 'changes') values.length = 0;
    values.push(delta.value);
    item.parts.set(delta.part, values);
  }
}

/** An item in progress as it would be listed, its text so far in its place. */
export function soFar({ item, parts }: ItemState): Json {
  const shown: Record<string, unknown> = { ...item };
  for (const [part, values] of parts) {
    const [name = '', index] = part.split('/');
    if (name === 'changes') shown[name] = JSON.parse(values.at(-1) ?? 'null') as unknown;
    else if (index !== undefined) shown[name] = withPart(shown[name], Number(index), values.join(''));
    else if (!name.startsWith('(')) shown[name] = text(shown, name) + values.join('');
  }
  return shown;
}

function withPart(parts: unknown, index: number, value: string): string[] {
  const all = Array.isArray(parts) ? [...(parts as string[])] : [];
  while (all.length <= index) all.push('');
  all[index] += value;
  return all;
}

function finished(item: Json): ItemState {
  return { started: null, item, done: true, parts: new Map() };
}
