import type { Demo } from '../demo.js';
import { RequestError } from '../errors.js';
import { History } from '../history.js';
import { cursor, page } from '../paging.js';
import type { Params } from '../params.js';
import { collaborationModeView, isLoaded, isMaterialized, sessionView, type Thread } from '../thread.js';
import { createThread } from '../threads.js';
import { tokenUsage } from '../usage.js';
import { mustHaveTurns, open, readable, readStateOf } from './find.js';
import type { Method, Methods } from './method.js';
import { startSettings } from './settings.js';

const MODE = { multiAgentMode: 'explicitRequestOnly' };

/** Whole histories in one answer are on their way out; app-server says so before each of them. */
function deprecated(demo: Demo, instead: string): void {
  const then = 'then page with `thread/turns/list` and `thread/items/list`.';
  const summary = `Full-history hydration is deprecated for paginated threads; ${instead}, ${then}`;
  demo.notify('deprecationNotice', { summary, details: null });
}

const start: Method = (demo, params, answer) => {
  const thread = createThread(demo, {
    ephemeral: params.flag('ephemeral'),
    threadSource: params.textOr('threadSource', null),
    settings: startSettings(params),
  });
  answer({ thread: demo.view(thread), ...sessionView(thread.meta), ...MODE });
  demo.notify('thread/started', { thread: demo.view(thread) });
};

const resume: Method = (demo, params, answer) => {
  const thread = open(demo, params);
  const whole = !params.flag('excludeTurns');
  if (whole) deprecated(demo, 'use `excludeTurns: true`');
  if (whole && !isMaterialized(thread)) throw new RequestError('list_turns is not supported yet', -32601);
  const wasLoaded = isLoaded(thread);
  if (!wasLoaded) load(demo, thread, params);
  thread.subscribed = true;
  const turns = whole ? fullTurns(demo, thread) : [];
  const session = {
    ...sessionView(thread.meta),
    collaborationMode: collaborationModeView(thread.meta.settings),
  };
  answer({ thread: demo.view(thread, turns), ...session, ...MODE, ...resumePage(demo, thread, params) });
  if (whole || !wasLoaded) tellUsage(demo, thread);
  tellGoal(demo, thread);
  for (const { line } of demo.requests.ofThread(thread.meta.id)) demo.output.line(line);
};

function load(demo: Demo, thread: Thread, params: Params): void {
  thread.meta.settings = { ...thread.meta.settings, ...startSettings(params) };
  demo.setStatus(thread, { type: 'idle' });
}

/** The newest turns if they were asked for, and where to go on from. */
function resumePage(demo: Demo, thread: Thread, params: Params): object {
  const { id } = thread.meta;
  const history = demo.history(thread);
  const [turn, item] = [history.turns('notLoaded').at(-1), history.items(null).at(-1)];
  const wanted = params.inner('initialTurnsPage');
  const view = wanted?.word('itemsView', ['notLoaded', 'summary', 'full']) ?? 'summary';
  return {
    initialTurnsPage: wanted === null ? null : page(id, history.turns(view), wanted, 'turns'),
    turnsBackwardsCursor: turn === undefined ? null : cursor(id, { ...turn, inclusive: true }, 'turns'),
    itemsBackwardsCursor:
      item === undefined ? null : cursor(id, { ...item, inclusive: true }, 'itemsByCreatedAtOrdinal'),
  };
}

function fullTurns(demo: Demo, thread: Thread): object[] {
  return demo
    .history(thread)
    .turns('full')
    .map(({ value }) => value);
}

function tellUsage(demo: Demo, thread: Thread): void {
  const turnId = demo.history(thread).lastTurnId();
  if (turnId === null || thread.meta.tokensUsed === 0) return;
  const where = { threadId: thread.meta.id, turnId };
  demo.tell(thread, 'thread/tokenUsage/updated', { ...where, tokenUsage: tokenUsage(thread.meta) });
}

function tellGoal(demo: Demo, { meta: { id, goal } }: Thread): void {
  if (goal === null) demo.notify('thread/goal/cleared', { threadId: id });
  else demo.notify('thread/goal/updated', { threadId: id, turnId: null, goal });
}

const fork: Method = (demo, params, answer) => {
  const source = open(demo, params);
  const whole = !params.flag('excludeTurns');
  if (whole) deprecated(demo, 'use `excludeTurns: true`');
  const thread = copyThread(demo, source, params);
  const turns = whole ? fullTurns(demo, thread) : [];
  answer({ thread: demo.view(thread, turns), ...sessionView(thread.meta), ...MODE });
  if (whole) tellUsage(demo, thread);
  demo.notify('thread/started', { thread: demo.view(thread) });
};

function copyThread(demo: Demo, source: Thread, params: Params): Thread {
  const { id: forkedFromId, preview, name, gitInfo, tokensUsed, settings } = source.meta;
  const thread = createThread(demo, {
    forkedFromId,
    preview,
    name,
    gitInfo,
    tokensUsed,
    ephemeral: params.flag('ephemeral'),
    threadSource: params.textOr('threadSource', null),
    settings: { cwd: settings.cwd, ...startSettings(params) },
  });
  thread.history = History.read(demo.history(source).lines().join('\n'), () => {});
  const [last, before] = [params.textOr('lastTurnId', null), params.textOr('beforeTurnId', null)];
  if (last !== null) thread.history.cut(last, true);
  if (before !== null) thread.history.cut(before, false);
  if (!thread.meta.ephemeral) demo.store.replaceHistory(thread.meta.id, thread.history.lines());
  demo.save(thread);
  return thread;
}

const read: Method = (demo, params, answer) => {
  const thread = readable(demo, params);
  const whole = params.flag('includeTurns');
  if (whole) mustHaveTurns(thread, 'includeTurns');
  if (whole) deprecated(demo, 'omit `includeTurns` or set it to `false`');
  const turns = whole ? fullTurns(demo, thread) : [];
  answer({ thread: demo.view(thread, turns), readState: readStateOf(thread) });
};

export const threadMethods: Methods = {
  'thread/start': start,
  'thread/resume': resume,
  'thread/fork': fork,
  'thread/read': read,
};
