import { list, object, same, text, without } from './message.js';
import type { Json } from './message.js';
import { soFar } from './thread-state.js';
import type { ItemState, ThreadState, TurnState } from './thread-state.js';

/** How many turns a snapshot has at least, where there are as many. */
const TURNS_MIN = 20;

/** What is wrong with a snapshot; null where it is exactly the state. */
export function wrongInSnapshot(snapshot: Json, threadId: string, state: ThreadState): string | null {
  const thread = object(snapshot, 'thread');
  if (text(thread, 'id') !== threadId) return `it is of ${text(thread, 'id')}`;
  const shown = list(thread, 'turns');
  const all = [...state.turns.values()];
  if (shown.length > all.length || shown.length < Math.min(TURNS_MIN, all.length)) {
    return `it has ${shown.length} turns of ${all.length}`;
  }
  const newest = all.slice(all.length - shown.length);
  for (const [index, turn] of newest.entries()) {
    const wrong = wrongInTurn(shown[index] ?? {}, turn);
    if (wrong !== null) return `turn ${turn.id}: ${wrong}`;
  }
  return null;
}

type Latest = ThreadState['latest'];

/** What is wrong with what it has besides: it must have what its log has told, and may have what was told before. */
export function wrongInLatest(snapshot: Json, held: Latest, all: Latest): string | null {
  const shown = new Map<string, Json>();
  for (const one of list(object(snapshot, 'threadcast'), 'latest')) shown.set(text(one, 'method'), one);
  for (const [method, message] of held) {
    if (!shown.has(method)) return `without ${JSON.stringify(message)}`;
  }
  for (const [method, { params }] of shown) {
    const due = all.get(method)?.params;
    const told = without(object({ params }, 'params'), 'connectionId');
    if (!same(told, due)) return `with ${method} ${JSON.stringify(told)}, not ${JSON.stringify(due)}`;
  }
  return null;
}

function wrongInTurn(shown: Json, turn: TurnState): string | null {
  if (text(shown, 'id') !== turn.id) return `${text(shown, 'id')} is in its place`;
  if (text(shown, 'status') !== turn.status) return `it is ${text(shown, 'status')}, not ${turn.status}`;
  const items = list(shown, 'items');
  const seen = new Set(items.map((item) => text(item, 'id')));
  if (seen.size < items.length) return `an item is in it twice: ${JSON.stringify(items)}`;
  for (const item of items) {
    const wrong = wrongInItem(item, turn.items.get(text(item, 'id')));
    if (wrong !== null) return wrong;
  }
  for (const [id, item] of turn.items) {
    // What was not done when its turn ended, the runtime forgets.
    if (!seen.has(id) && (item.done || turn.status === 'inProgress')) return `item ${id} is missing`;
  }
  return null;
}

function wrongInItem(shown: Json, item: ItemState | undefined): string | null {
  if (item === undefined) return `item ${text(shown, 'id')} is none of its`;
  const due = item.done ? item.item : soFar(item);
  // What items have no member for, the broker puts into one of its own.
  const differs = !same(without(shown, 'threadcast'), due);
  return differs ? `an item is ${JSON.stringify(shown)}, not ${JSON.stringify(due)}` : null;
}
