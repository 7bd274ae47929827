import type { Demo } from '../demo.js';
import { RequestError } from '../errors.js';
import { page, pageEntries } from '../paging.js';
import type { Params } from '../params.js';
import { isLoaded, isMaterialized, isSubAgent, PROVIDER, type Thread } from '../thread.js';
import { mustHaveTurns, readable, readStateOf } from './find.js';
import type { Method, Methods } from './method.js';

const SORT_KEYS = ['created_at', 'updated_at', 'recency_at', 'section_position'] as const;
const INTERACTIVE = ['cli', 'vscode'];

/** Where a page of threads begins: after this time, or after this thread of this time. */
interface Place {
  readonly ms: number;
  readonly id: string | null;
}

function parsePlace(text: string): Place {
  const [time = '', id = null] = text.split('|');
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw new RequestError(`invalid cursor: ${text}`);
  return { ms, id };
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** The threads of one page, and the cursors around them. */
function threadPage(threads: readonly Thread[], params: Params): { shown: Thread[]; cursors: object } {
  const created = (params.word('sortKey', SORT_KEYS) ?? 'created_at') === 'created_at';
  const sign = params.word('sortDirection', ['asc', 'desc']) === 'asc' ? 1 : -1;
  const placeOf = ({ meta }: Thread): { readonly ms: number; readonly id: string } => {
    return { ms: created ? meta.createdAtMs : meta.updatedAtMs, id: meta.id };
  };
  const compare = (a: Place, b: Place): number => {
    if (a.ms !== b.ms || a.id === null || b.id === null) return sign * (a.ms - b.ms);
    return sign * (a.id < b.id ? -1 : Number(a.id > b.id));
  };
  const cursor = params.textOr('cursor', null);
  const from = cursor === null ? null : parsePlace(cursor);
  const rest = threads
    .filter((thread) => from === null || compare(placeOf(thread), from) > 0)
    .toSorted((a, b) => compare(placeOf(a), placeOf(b)));
  const shown = rest.slice(0, pageEntries(params));
  const [first, last] = [shown[0], shown.at(-1)];
  const end = shown.length < rest.length && last !== undefined ? placeOf(last) : null;
  const nextCursor = end === null ? null : `${iso(end.ms)}|${end.id}`;
  // One millisecond aside, so that going back from here begins with the first thread itself.
  const backwardsCursor = first === undefined ? null : iso(placeOf(first).ms + sign);
  return { shown, cursors: { nextCursor, backwardsCursor } };
}

/** What the filters of `thread/list` and `thread/search` leave, each a test that a thread must pass. */
function filters(demo: Demo, params: Params): ((thread: Thread) => boolean)[] {
  const archived = params.flag('archived');
  const kinds = params.texts('sourceKinds');
  const cwds = params.texts('cwd', true);
  const providers = params.texts('modelProviders');
  const originators = params.texts('originators');
  const excluded = params.texts('excludedThreadIds');
  const parent = params.textOr('parentThreadId', null);
  const ancestor = params.textOr('ancestorThreadId', null);
  const byLineage = parent !== null || ancestor !== null;
  const nowhere = ['sectionId', 'projectId', 'attachedToThreadId'].some(
    (name) => params.textOr(name, null) !== null,
  );
  return [
    (thread) => !nowhere && isMaterialized(thread) && !thread.meta.ephemeral,
    ({ meta }) => meta.archived === archived,
    (thread) => byLineage || isOfKind(thread, kinds),
    ({ meta }) => parent === null || meta.parentThreadId === parent,
    (thread) => ancestor === null || ancestors(demo, thread).includes(ancestor),
    ({ meta }) => cwds.length === 0 || cwds.includes(meta.settings.cwd),
    () => providers.length === 0 || providers.includes(PROVIDER),
    ({ meta }) => originators.length === 0 || originators.includes(meta.originator),
    ({ meta }) => !excluded.includes(meta.id),
  ];
}

function isOfKind(thread: Thread, kinds: readonly string[]): boolean {
  const own = isSubAgent(thread) ? ['subAgent', 'subAgentThreadSpawn'] : ['vscode'];
  return own.some((kind) => (kinds.length === 0 ? INTERACTIVE : kinds).includes(kind));
}

function ancestors(demo: Demo, thread: Thread): string[] {
  const ids: string[] = [];
  for (let id = thread.meta.parentThreadId; id !== null;) {
    ids.push(id);
    id = demo.threads.get(id)?.meta.parentThreadId ?? null;
  }
  return ids;
}

function matching(demo: Demo, params: Params): Thread[] {
  const tests = filters(demo, params);
  return [...demo.threads.values()].filter((thread) => tests.every((test) => test(thread)));
}

/** Where a text occurs in what is known about a thread. */
function found({ meta }: Thread, term: string): string | undefined {
  return [meta.name ?? '', meta.preview].find((text) => text.includes(term));
}

const list: Method = (demo, params, answer) => {
  const term = params.textOr('searchTerm', '');
  const threads = matching(demo, params).filter((thread) => found(thread, term) !== undefined);
  const { shown, cursors } = threadPage(threads, params);
  const data = shown.map((thread) => demo.view(thread, [], true));
  const states = shown.map((thread) => [thread.meta.id, readStateOf(thread)] as const);
  const readStates = Object.fromEntries(states.filter(([, state]) => state !== null));
  answer({ data, readStates, ...cursors });
};

const search: Method = (demo, params, answer) => {
  const term = params.text('searchTerm');
  const hits = matching(demo, params).filter((thread) => found(thread, term) !== undefined);
  const { shown, cursors } = threadPage(hits, params);
  const data = shown.map((thread) => ({ thread: demo.view(thread, [], true), snippet: found(thread, term) }));
  answer({ data, ...cursors });
};

const loadedList: Method = (demo, params, answer) => {
  const after = params.textOr('cursor', null);
  const ids = [...demo.threads.values()].filter(isLoaded).map(({ meta }) => meta.id);
  const rest = after === null ? ids : ids.slice(ids.indexOf(after) + 1);
  const limit = params.count('limit') ?? rest.length;
  const data = rest.slice(0, Math.max(limit, 1));
  answer({ data, nextCursor: data.length < rest.length ? (data.at(-1) ?? null) : null });
};

const turnsList: Method = (demo, params, answer) => {
  const thread = readable(demo, params);
  mustHaveTurns(thread, 'thread/turns/list');
  const view = params.word('itemsView', ['notLoaded', 'summary', 'full']) ?? 'summary';
  answer(page(thread.meta.id, demo.history(thread).turns(view), params, 'turns'));
};

const itemsList: Method = (demo, params, answer) => {
  const thread = readable(demo, params);
  mustHaveTurns(thread, 'thread/items/list');
  const items = demo.history(thread).items(params.textOr('turnId', null));
  answer(page(thread.meta.id, items, params, 'itemsByCreatedAtOrdinal'));
};

export const listMethods: Methods = {
  'thread/list': list,
  'thread/search': search,
  'thread/loaded/list': loadedList,
  'thread/turns/list': turnsList,
  'thread/items/list': itemsList,
};
