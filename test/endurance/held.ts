import { isList, member, type Json as JsonValue } from '../codex/json.js';
import { Refused, type WireClient } from '../delivery/wire-client.js';
import { list, same, text, type Json } from '../sim/message.js';
import type { ThreadState, TurnState } from '../sim/thread-state.js';

/** What the server says of a thread, all of it, oldest first. */
export async function truthOf(judge: WireClient, threadId: string): Promise<readonly JsonValue[]> {
  const turns: JsonValue[] = [];
  let cursor: JsonValue = null;
  do {
    const page: JsonValue = await judge
      .call('thread/turns/list', { threadId, cursor, limit: 100, itemsView: 'full' })
      .catch(noneYet);
    const data = member(page, 'data');
    turns.unshift(...(isList(data) ? data.toReversed() : []));
    cursor = member(page, 'nextCursor') ?? null;
  } while (cursor !== null);
  return turns;
}

/** A thread that was started, and in which nobody has spoken: it has no list of its turns. */
function noneYet(error: unknown): JsonValue {
  if (error instanceof Refused && /is not materialized yet/.test(error.message)) return {};
  throw error;
}

/** Where what a client holds is not what the server says, in sentences. */
export function differencesOf(held: ThreadState, truth: readonly JsonValue[]): readonly string[] {
  const turns = truth as readonly unknown[] as readonly Json[];
  const known = turns.findIndex((turn) => held.turns.has(text(turn, 'id')));
  if (known === -1) return turns.length === 0 ? [] : [`none of ${turns.length} turns is held`];
  const theirs = turns.slice(known);
  const missing = theirs.filter((turn) => !held.turns.has(text(turn, 'id')));
  const ids = new Set(theirs.map((turn) => text(turn, 'id')));
  const unknown = [...held.turns.keys()].filter((id) => !ids.has(id));
  return [
    ...missing.map((turn) => `turn ${text(turn, 'id')} is not held`),
    ...unknown.map((id) => `turn ${id} is held, and the server has none`),
    ...theirs.flatMap((turn) => inTurn(held.turns.get(text(turn, 'id')), turn)),
  ];
}

/**
 * The server's list and its notifications do not agree on everything, with nothing between: a command that is declined
 * is told of and listed nowhere; of a turn that is interrupted it is left open how it has ended, and what was in
 * progress is an item of it or not, completed or not. Such things are let off.
 */
function inTurn(held: TurnState | undefined, turn: Json): readonly string[] {
  if (held === undefined) return [];
  const at = `turn ${held.id}`;
  const interrupted = held.status === 'interrupted';
  const theirs = list(turn, 'items');
  const ids = new Set(theirs.map((item) => text(item, 'id')));
  const kept = [...held.items.values()].filter(({ done, item }) => done && item['status'] !== 'declined');
  const status = text(turn, 'status');
  return [
    ...(interrupted || held.status === status ? [] : [`${at} is ${held.status}, the server says ${status}`]),
    ...kept
      .filter(({ item }) => !interrupted && !ids.has(text(item, 'id')))
      .map(({ item }) => `${at}: the server has no ${JSON.stringify(item)}`),
    ...theirs.flatMap((item) => {
      const own = held.items.get(text(item, 'id'));
      if (interrupted && own?.done !== true) return [];
      return same(own?.item, item)
        ? []
        : [`${at}: held ${JSON.stringify(own?.item)}, the server says ${JSON.stringify(item)}`];
    }),
  ];
}
