import { isObject } from '../../protocol/messages.js';
import { TURNS_LOOKED_AT, TURNS_LOOKED_AT_MAX } from '../../protocol/limits.js';
import { ownRequests } from '../../protocol/methods.js';
import { NO_TURNS_YET, Refusal } from '../requests/refusal.js';
import { lastWordsIn } from './texts.js';
import type { Ask } from '../requests/asking.js';
import type { Ended } from './turns.js';

/** A turn as the runtime lists it. */
export interface PastTurn {
  readonly turnId: string;
  /** How it ended; null while it runs. */
  readonly ended: Ended | null;
  /** All that the runtime says of it. */
  readonly turn: Readonly<Record<string, unknown>>;
}

/** What one is known by: its id, or that of the client for what was given to it. */
export interface TurnNames {
  readonly turnId: string | null;
  readonly clientUserMessageId: string;
}

/** One of the newest turns of a thread; null where none of them is it. Rejects with a `Refusal`. */
export async function findTurn(ask: Ask, threadId: string, names: TurnNames): Promise<PastTurn | null> {
  let cursor: string | null = null;
  for (let seen = 0; seen < TURNS_LOOKED_AT_MAX; seen += TURNS_LOOKED_AT) {
    const params = { threadId, limit: TURNS_LOOKED_AT, sortDirection: 'desc', itemsView: 'full', cursor };
    const page = await ask(ownRequests.turns, params).catch(noTurns);
    const turn = turnsOf(page).find((one) => isNamed(one, names));
    if (turn !== undefined) return { turnId: String(turn['id']), ended: endOf(turn), turn };
    const next: unknown = isObject(page) ? page['nextCursor'] : null;
    if (typeof next !== 'string') return null;
    cursor = next;
  }
  return null;
}

function turnsOf(page: unknown): Record<string, unknown>[] {
  return isObject(page) && Array.isArray(page['data']) ? page['data'].filter(isObject) : [];
}

function isNamed({ id, items }: PastTurn['turn'], { turnId, clientUserMessageId }: TurnNames): boolean {
  return id === turnId || itemsOf(items).some((item) => item['clientId'] === clientUserMessageId);
}

/** A thread in which nothing has been said yet has none to list. @throws {Refusal} any other error */
function noTurns(error: unknown): null {
  if (error instanceof Refusal && NO_TURNS_YET.test(error.message)) return null;
  throw error;
}

function endOf({ status, items }: PastTurn['turn']): Ended | null {
  if (status === 'inProgress') return null;
  const how = status === 'completed' || status === 'failed' ? status : 'interrupted';
  return { status: how, text: lastWordsIn(itemsOf(items)) };
}

/** Whether a turn runs in that thread. */
export async function isActive(ask: Ask, threadId: string): Promise<boolean> {
  const answer = await ask(ownRequests.readThread, { threadId });
  const thread = isObject(answer) ? answer['thread'] : null;
  const status = isObject(thread) ? thread['status'] : null;
  return isObject(status) && status['type'] === 'active';
}

function itemsOf(items: unknown): Record<string, unknown>[] {
  return Array.isArray(items) ? items.filter(isObject) : [];
}
