import type { Asked } from './history.js';
import type { Json } from './message.js';
import { itemKinds } from './runtime-items.js';
import type { Runtime } from './runtime.js';
import type { RuntimeThread, RuntimeTurn } from './runtime-thread.js';

/** Something that a runtime does by itself in a thread; `n` chooses among what is possible. */
type Act = (runtime: Runtime, thread: RuntimeThread, n: number) => void;

const begin: Act = (runtime, thread) => {
  const id = `${thread.id}.${thread.turns.length + 1}`;
  runtime.status(thread, 'active');
  thread.turns.push({ id, status: 'inProgress', items: [], running: new Map() });
  runtime.event('turn/started', {
    threadId: thread.id,
    turn: { id, items: [], itemsView: 'notLoaded', status: 'inProgress', error: null },
  });
};

const endings = ['completed', 'interrupted', 'failed'] as const;

const end = (runtime: Runtime, thread: RuntimeThread, turn: RuntimeTurn, n: number): void => {
  const status = endings[n % 3] ?? 'completed';
  turn.status = status;
  turn.running.clear();
  if (n % 2 === 0) resolveAll(runtime, thread);
  runtime.event('turn/completed', {
    threadId: thread.id,
    turn: { id: turn.id, items: [], itemsView: 'notLoaded', status, error: null },
  });
  resolveAll(runtime, thread);
  runtime.status(thread, 'idle');
};

function resolveAll(runtime: Runtime, thread: RuntimeThread): void {
  for (const asked of thread.open) resolve(runtime, thread, asked);
}

/** Says that a request is open no more. */
export function resolve(runtime: Runtime, thread: RuntimeThread, asked: Asked): void {
  if (!thread.open.delete(asked)) return;
  const params = { threadId: thread.id, requestId: asked.upstreamId };
  runtime.event('serverRequest/resolved', params, asked);
}

const beginOrEnd: Act = (runtime, thread, n) => {
  if (thread.turn === null) begin(runtime, thread, n);
  else end(runtime, thread, thread.turn, n);
};

/** What only a running turn can do; where none runs, one begins. */
const inTurn =
  (act: (runtime: Runtime, thread: RuntimeThread, turn: RuntimeTurn, n: number) => void): Act =>
  (runtime, thread, n) => {
    if (thread.turn === null) begin(runtime, thread, n);
    else act(runtime, thread, thread.turn, n);
  };

const where = (thread: RuntimeThread, turn: RuntimeTurn): Json => ({ threadId: thread.id, turnId: turn.id });

const startItem = inTurn((runtime, thread, turn, n) => {
  const id = `i${runtime.history.now}`;
  const item = itemKinds[n % itemKinds.length]?.begin(id) ?? {};
  runtime.event('item/started', { ...where(thread, turn), item });
  turn.running.set(id, { item, finished: item, parts: 0 });
});

const delta = inTurn((runtime, thread, turn, n) => {
  const running = [...turn.running.values()];
  const one = running[n % running.length];
  if (one === undefined) {
    startItem(runtime, thread, n);
    return;
  }
  const kind = itemKinds.find((each) => each.begin('')['type'] === one.item['type']);
  const make = kind?.deltas[(n >> 2) % kind.deltas.length];
  if (make === undefined) return;
  const word = ` w${runtime.history.now}${n % 5 === 0 ? ' "ä\\\n' : ''}`;
  const { method, params } = make(word, one.parts);
  if (method.endsWith('PartAdded')) one.parts += 1;
  runtime.event(method, { ...where(thread, turn), itemId: one.item['id'], ...params });
});

const completeItem = inTurn((runtime, thread, turn, n) => {
  const running = [...turn.running];
  const [id, one] = running[n % running.length] ?? [];
  if (id === undefined || one === undefined) {
    startItem(runtime, thread, n);
    return;
  }
  turn.running.delete(id);
  const item = { ...one.item, whole: `all of it, at ${runtime.history.now}` };
  turn.items.push(item);
  runtime.event('item/completed', { ...where(thread, turn), item });
});

const userMessage = inTurn((runtime, thread, turn) => says(runtime, thread, turn, {}));

function says(runtime: Runtime, thread: RuntimeThread, turn: RuntimeTurn, params: Json): void {
  const { input = [], clientUserMessageId = null } = params;
  const id = `u${runtime.history.now}`;
  const item = { type: 'userMessage', id, clientId: clientUserMessageId, content: input };
  runtime.event('item/started', { ...where(thread, turn), item });
  turn.items.push(item);
  runtime.event('item/completed', { ...where(thread, turn), item });
}

const completedTwice = inTurn((runtime, thread, turn) => {
  const item = turn.items.at(-1);
  if (item !== undefined) runtime.event('item/completed', { ...where(thread, turn), item });
});

const strayDelta = inTurn((runtime, thread, turn) => {
  const params = { ...where(thread, turn), itemId: 'never started', delta: `stray ${runtime.history.now}` };
  runtime.event('item/agentMessage/delta', params);
});

const requests = [
  ['item/commandExecution/requestApproval', 'command'],
  ['item/commandExecution/requestApproval', 'humanCommand'],
  ['item/fileChange/requestApproval', 'edit'],
  ['item/tool/requestUserInput', 'question'],
  ['currentTime/read', 'time'],
] as const;

const ask = inTurn((runtime, thread, turn, n) => {
  const [method, kind] = requests[n % requests.length] ?? requests[0];
  runtime.ask(thread, method, { ...where(thread, turn), itemId: `asked${n}`, kind });
});

const notices = [
  'thread/tokenUsage/updated',
  'warning',
  'thread/settings/updated',
  'turn/diff/updated',
  'turn/plan/updated',
  'thread/somethingNew',
] as const;

const notice: Act = (runtime, thread, n) => {
  const turnId = thread.turns.at(-1)?.id;
  runtime.event(notices[n % notices.length] ?? 'warning', {
    threadId: thread.id,
    ...(turnId === undefined ? {} : { turnId }),
    text: 'x'.repeat((n * 7) % 300),
    ...tellings(runtime),
  });
};

/** What a notice says of each kind: never the same twice. */
export function tellings({ history }: Runtime): Json {
  const { now } = history;
  return {
    diff: `+${now}`,
    plan: [{ step: `step ${now}`, status: 'inProgress' }],
    tokenUsage: { total: { totalTokens: now } },
  };
}

const lobby: Act = (runtime, thread, n) => {
  if (n % 3 === 0) {
    thread.name = `n${n}`;
    runtime.event('thread/name/updated', { threadId: thread.id, threadName: thread.name });
  }
  if (n % 3 === 1) runtime.event('account/rateLimits/updated', { rateLimits: {} });
  if (n % 3 === 2) runtime.event('project/changed', { projectId: `p${n}` });
};

const closeThread: Act = (runtime, thread, n) => {
  if (thread.turn !== null || n % 3 > 0) {
    delta(runtime, thread, n);
    return;
  }
  resolveAll(runtime, thread);
  thread.unload();
  runtime.event('thread/closed', { threadId: thread.id });
  runtime.threadGone(thread);
};

const spawn: Act = (runtime, thread, n) => {
  const child = runtime.spawn();
  if (child === null) delta(runtime, thread, n);
  else begin(runtime, child, n);
};

const likely: readonly (readonly [Act, number])[] = [
  [delta, 7],
  [startItem, 2],
  [completeItem, 2],
  [beginOrEnd, 2],
  [ask, 2],
  [notice, 2],
  [lobby, 1],
  [userMessage, 1],
  [completedTwice, 1],
  [strayDelta, 1],
  [closeThread, 1],
  [spawn, 1],
];
/** Each as often as it is likely. */
const acts = likely.flatMap(([each, times]) => Array.from({ length: times }, () => each));
export const ACTS = acts.length;

/** Does one thing in a thread that may speak; where none may, in the lobby. */
export function act(runtime: Runtime, which: number, what: number, n: number): void {
  if (!runtime.speaks) return;
  const threads = [...runtime.threads.values()].filter(({ loaded, subscribed }) => loaded && subscribed);
  const thread = threads[which % threads.length];
  if (thread === undefined) runtime.event('account/rateLimits/updated', { rateLimits: {} });
  else (acts[what % acts.length] ?? delta)(runtime, thread, n);
}

/** A user's words begin a turn, or join the one that runs. */
export function startTurn(runtime: Runtime, thread: RuntimeThread, params: Json): RuntimeTurn | null {
  if (thread.turn === null) begin(runtime, thread, 0);
  if (thread.turn !== null) says(runtime, thread, thread.turn, params);
  return thread.turn;
}

/** A user stops what runs. */
export function interruptTurn(runtime: Runtime, thread: RuntimeThread): void {
  if (thread.turn !== null) end(runtime, thread, thread.turn, endings.indexOf('interrupted'));
}

/** The end of what runs in a thread that is put away. */
export function endTurn(runtime: Runtime, thread: RuntimeThread): void {
  if (thread.turn !== null) end(runtime, thread, thread.turn, 1);
  resolveAll(runtime, thread);
}
