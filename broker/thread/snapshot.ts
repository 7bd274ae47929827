import { isObject } from '../../protocol/messages.js';
import { runtimeNotifications } from '../../protocol/notifications.js';
import { parseObject } from '../framing/json-bytes.js';
import { itemSoFar } from './fill-in.js';
import type { Fold } from './fold.js';
import type { FoldedTurn } from './folded-turn.js';

type Json = Record<string, unknown>;

/** A page of turns as the runtime answers it, newest first. */
export interface TurnsPage {
  readonly data: readonly Json[];
  readonly nextCursor: unknown;
  readonly backwardsCursor: unknown;
}

/** What a thread without turns has. */
export const NO_TURNS: TurnsPage = { data: [], nextCursor: null, backwardsCursor: null };

/** Reads the result of `thread/turns/list`; null where it is something else. */
export function readTurnsPage(result: unknown): TurnsPage | null {
  if (!isObject(result) || !Array.isArray(result['data'])) return null;
  const data = result['data'].filter(isObject);
  return {
    data,
    nextCursor: result['nextCursor'] ?? null,
    backwardsCursor: result['backwardsCursor'] ?? null,
  };
}

/**
 * A thread as it is at the newest entry of its log, shaped like the result of `thread/resume`. `base` is such a
 * result without turns; `page` what the runtime said of the turns, a while ago; the fold is laid over both, for it
 * alone knows what has happened since, and what has not happened yet as far as clients have been told.
 */
export function snapshotOf(base: Buffer, page: TurnsPage, fold: Fold): Json {
  const snapshot = parseObject(base) ?? {};
  const thread = isObject(snapshot['thread']) ? snapshot['thread'] : {};
  for (const [method, line] of fold.latest) applyLatest(method, paramsOf(line), snapshot, thread);
  const turns = page.data.toReversed().filter((turn) => !isAhead(turn, fold));
  for (const folded of fold.turns.values()) layOver(turns, folded);
  thread['turns'] = turns;
  // Its turns stand in `thread.turns`; the cursors lead to the older ones.
  const { nextCursor, backwardsCursor } = page;
  return {
    ...snapshot,
    thread,
    initialTurnsPage: { data: [], nextCursor, backwardsCursor },
    threadcast: { latest: keptOf(fold) },
  };
}

/** As they were told, for whoever folds them as if they came now. */
function keptOf(fold: Fold): Json[] {
  return [...fold.kept].flatMap((line) => {
    const { method, params } = parseObject(line) ?? {};
    return method === undefined ? [] : [{ method, params }];
  });
}

/** How the latest of each method shows in what `thread/resume` answers. */
function applyLatest(method: string, params: Json, snapshot: Json, thread: Json): void {
  switch (method) {
    case runtimeNotifications.threadStatusChanged:
      thread['status'] = params['status'];
      return;
    case runtimeNotifications.threadNameUpdated:
      thread['name'] = params['threadName'] ?? null;
      return;
    case runtimeNotifications.threadSettingsUpdated:
      Object.assign(snapshot, settingsOf(params['threadSettings']));
  }
}

/** Changed settings in the words of `thread/resume`. */
export function settingsOf(settings: unknown): Json {
  if (!isObject(settings)) return {};
  const { sandboxPolicy, effort, ...same } = settings;
  // What they do not say stays as it was.
  return {
    ...same,
    ...(sandboxPolicy === undefined ? {} : { sandbox: sandboxPolicy }),
    ...(effort === undefined ? {} : { reasoningEffort: effort }),
  };
}

function isAhead(turn: Json, fold: Fold): boolean {
  return turn['status'] === 'inProgress' && !fold.mayRunUnseen && !fold.turns.has(String(turn['id']));
}

function layOver(turns: Json[], folded: FoldedTurn): void {
  const at = turns.findIndex((turn) => turn['id'] === folded.id);
  const known = turns[at] ?? {};
  const told = paramsOf(folded.completed ?? folded.started)['turn'];
  const items = itemsOf(folded, known);
  const running = folded.completed === null ? { status: 'inProgress' } : {};
  const turn = {
    id: folded.id,
    ...known,
    ...(isObject(told) ? told : {}),
    ...running,
    items,
    itemsView: 'full',
  };
  if (at === -1) turns.push(turn);
  else turns[at] = turn;
}

/** The items of a turn: those of its fold, with what the page has besides where the fold does not have all. */
function itemsOf(folded: FoldedTurn, known: Json): Json[] {
  const own = new Map<unknown, Json>();
  for (const item of folded.items.values()) {
    const soFar = itemSoFar(item);
    if (soFar !== null) own.set(item.id, item.completed === null ? inProgress(soFar) : soFar);
  }
  const listed = folded.whole || !Array.isArray(known['items']) ? [] : known['items'].filter(isObject);
  const items = listed.map((item) => {
    const mine = own.get(item['id']);
    own.delete(item['id']);
    return mine ?? item;
  });
  return [...items, ...own.values()];
}

/** Many items have no status of their own. */
function inProgress(item: Json): Json {
  const known = item['threadcast'];
  return { ...item, threadcast: { ...(isObject(known) ? known : {}), inProgress: true } };
}

function paramsOf(line: Buffer | null): Json {
  const params = line === null ? null : parseObject(line)?.['params'];
  return isObject(params) ? params : {};
}
