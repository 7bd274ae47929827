import type { Json } from './message.js';
import { text } from './message.js';
import type { Runtime } from './runtime.js';
import type { Pending } from './runtime-watch.js';
import { endTurn, interruptTurn, startTurn, tellings } from './runtime-speech.js';
import type { RuntimeThread } from './runtime-thread.js';

interface Answer {
  /** The request has come; it may be answered much later. */
  arrived?(runtime: Runtime, pending: Pending): void;
  answer(runtime: Runtime, pending: Pending): void;
}

const PAGE_TURNS = 20;

function view(thread: RuntimeThread, turns: readonly Json[]): Json {
  const status = thread.turn === null ? { type: 'idle' } : { type: 'active', activeFlags: [] };
  return { id: thread.id, name: thread.name, status, cwd: '/', model: 'm', turns };
}

function session(thread: RuntimeThread, turns: readonly Json[]): Json {
  return {
    thread: view(thread, turns),
    model: 'm',
    cwd: '/',
    approvalPolicy: 'on-request',
    sandbox: { type: 'readOnly' },
    turnsBackwardsCursor: thread.materialized ? 'back' : null,
  };
}

const notMaterialized = (id: string, what: string): string =>
  `thread ${id} is not materialized yet; ${what} is unavailable before first user message`;

/** The thread that a request is about; null once it has been refused. */
function wanted(runtime: Runtime, pending: Pending): RuntimeThread | null {
  const id = text(pending.params, 'threadId');
  const thread = runtime.threads.get(id);
  if (thread === undefined) runtime.refuse(pending, `no rollout found for thread id ${id}`);
  else if (thread.archived) runtime.refuse(pending, `session ${id} is archived. Unarchive it first.`);
  else return thread;
  return null;
}

function resume(runtime: Runtime, pending: Pending): void {
  const whole = pending.params['excludeTurns'] !== true;
  if (whole) runtime.noticeAskers();
  const thread = wanted(runtime, pending);
  if (thread === null) return;
  if (whole && !thread.materialized) {
    runtime.refuse(pending, notMaterialized(thread.id, 'thread/resume'));
    return;
  }
  const wasLoaded = thread.loaded;
  thread.loaded = true;
  thread.subscribed = true;
  if (!wasLoaded) runtime.status(thread, 'idle');
  runtime.answer(pending, session(thread, whole ? thread.listed() : []));
  if (!wasLoaded) {
    const { tokenUsage } = tellings(runtime);
    runtime.event('thread/tokenUsage/updated', { threadId: thread.id, tokenUsage });
  }
  runtime.event('thread/goal/cleared', { threadId: thread.id });
  runtime.askAgain(thread);
}

/** Some of a new thread's events come before the answer that says that it is there. */
function create(runtime: Runtime, pending: Pending, turns: RuntimeThread['turns']): void {
  const thread = runtime.newThread('new', turns);
  if (pending.params['early'] === true) {
    runtime.event('mcpServer/startupStatus/updated', { threadId: thread.id, name: 's', status: 'ready' });
  }
  runtime.answer(pending, session(thread, thread.listed()));
  runtime.event('thread/started', { thread: view(thread, []) });
}

function fork(runtime: Runtime, pending: Pending): void {
  const source = wanted(runtime, pending);
  if (source === null) return;
  const ended = source.turns.filter(({ status }) => status !== 'inProgress');
  create(
    runtime,
    pending,
    ended.map((turn) => ({ ...turn, items: [...turn.items], running: new Map() })),
  );
}

function startsTurn(runtime: Runtime, pending: Pending): void {
  const id = text(pending.params, 'threadId');
  const thread = runtime.threads.get(id);
  if (thread?.loaded !== true || !thread.subscribed) {
    runtime.refuse(pending, `thread not found: ${id}`);
    return;
  }
  const turn = startTurn(runtime, thread, pending.params);
  runtime.answer(pending, {
    turn: { id: turn?.id, items: [], itemsView: 'notLoaded', status: 'inProgress' },
  });
}

function interrupt(runtime: Runtime, pending: Pending): void {
  const thread = runtime.threads.get(text(pending.params, 'threadId'));
  const runs = thread?.turn?.id === pending.params['turnId'];
  if (thread === undefined || !runs) {
    runtime.refuse(pending, 'no active turn to interrupt');
    return;
  }
  runtime.answer(pending, {});
  interruptTurn(runtime, thread);
}

/** A page as it is when it is asked for. */
function page(runtime: Runtime, pending: Pending): void {
  const thread = runtime.threads.get(text(pending.params, 'threadId'));
  if (thread?.materialized !== true) return;
  const listed = thread.listed();
  const from = listed.findIndex(({ id }) => `before ${String(id)}` === pending.params['cursor']);
  const newestFirst = (from === -1 ? listed : listed.slice(0, from)).toReversed();
  const limit = Number(pending.params['limit'] ?? PAGE_TURNS);
  const data = newestFirst.slice(0, limit);
  const nextCursor = data.length < newestFirst.length ? `before ${String(data.at(-1)?.['id'])}` : null;
  pending.prepared = { data, nextCursor, backwardsCursor: 'back' };
}

function turnsList(runtime: Runtime, pending: Pending): void {
  const id = text(pending.params, 'threadId');
  if (pending.prepared !== null) runtime.answer(pending, pending.prepared);
  else if (!runtime.threads.has(id)) runtime.refuse(pending, `no rollout found for thread id ${id}`);
  else runtime.refuse(pending, notMaterialized(id, 'thread/turns/list'));
}

function archive(runtime: Runtime, pending: Pending): void {
  const thread = wanted(runtime, pending);
  if (thread === null) return;
  if (!thread.materialized) {
    runtime.refuse(pending, `no rollout found for thread id ${thread.id}`);
    return;
  }
  if (thread.loaded) endTurn(runtime, thread);
  thread.unload();
  thread.archived = true;
  runtime.answer(pending, {});
  runtime.event('thread/archived', { threadId: thread.id });
  runtime.threadGone(thread);
}

function unarchive(runtime: Runtime, pending: Pending): void {
  const id = text(pending.params, 'threadId');
  const thread = runtime.threads.get(id);
  if (thread?.archived !== true) {
    runtime.refuse(pending, `no archived rollout found for thread id ${id}`);
    return;
  }
  thread.archived = false;
  runtime.answer(pending, { thread: view(thread, []) });
  runtime.event('thread/unarchived', { threadId: id });
}

/** The broker lets a thread go: from here on it is told nothing about it. */
function unsubscribe(runtime: Runtime, pending: Pending): void {
  const thread = runtime.threads.get(text(pending.params, 'threadId'));
  runtime.answer(pending, { status: thread?.loaded === true ? 'unsubscribed' : 'notLoaded' });
  // Some versions unload it at once, some much later.
  if (thread?.loaded !== true || thread.subscribed || pending.id % 2 === 0) return;
  thread.unload();
  runtime.status(thread, 'notLoaded');
}

function initialize(runtime: Runtime, pending: Pending): void {
  runtime.answer(pending, { userAgent: 'scripted/1 (Test; x) term (threadcast; 0)', codexHome: '/h' });
  for (const method of ['configWarning', 'configWarning', 'remoteControl/status/changed']) {
    runtime.history.greetings.push(runtime.event(method, { summary: method }));
  }
}

/** What the runtime answers to each method that it knows. */
export const answers: Readonly<Record<string, Answer>> = {
  initialize: { answer: initialize },
  'thread/loaded/list': {
    answer: (runtime, pending) => runtime.answer(pending, { data: [], nextCursor: null }),
  },
  'thread/resume': { answer: resume },
  'thread/start': { answer: (runtime, pending) => create(runtime, pending, []) },
  'thread/fork': { answer: fork },
  'thread/turns/list': { arrived: page, answer: turnsList },
  'thread/unsubscribe': {
    arrived: (runtime, { params, mark }) => {
      const thread = runtime.threads.get(text(params, 'threadId'));
      if (thread === undefined) return;
      runtime.unsubscribed(thread, mark);
      thread.subscribed = false;
    },
    answer: unsubscribe,
  },
  'thread/archive': { answer: archive },
  'thread/unarchive': { answer: unarchive },
  'turn/start': {
    arrived: (runtime, pending) => {
      const running = runtime.threads.get(text(pending.params, 'threadId'))?.turn ?? null;
      pending.prepared = { running: running?.id };
    },
    answer: startsTurn,
  },
  'turn/interrupt': { answer: interrupt },
};
