import type { Demo } from '../demo.js';
import { RequestError } from '../errors.js';
import { RUNNING_TURNS_MAX } from '../limits.js';
import { runTurn } from '../play/index.js';
import { goal as scene } from '../scenes/goal.js';
import type { Goal, Thread } from '../thread.js';
import { newTurn } from '../threads.js';
import { loaded } from './find.js';
import type { Method, Methods } from './method.js';

const STATUSES = ['active', 'paused', 'blocked', 'usageLimited', 'budgetLimited', 'complete'] as const;

const set: Method = (demo, params, answer) => {
  const thread = loaded(demo, params);
  const objective = params.textOr('objective', thread.meta.goal?.objective);
  if (objective === undefined)
    throw new RequestError(`cannot update goal for thread ${thread.meta.id}: no goal exists`);
  const status = params.word('status', STATUSES) ?? 'active';
  const nowS = demo.clock.nowS();
  const before = thread.meta.goal ?? { tokensUsed: 0, timeUsedSeconds: 0, createdAt: nowS };
  const { tokensUsed, timeUsedSeconds, createdAt } = before;
  const spent = { tokenBudget: params.count('tokenBudget'), tokensUsed, timeUsedSeconds };
  const goal: Goal = { threadId: thread.meta.id, objective, status, ...spent, createdAt, updatedAt: nowS };
  thread.meta.goal = goal;
  demo.save(thread);
  answer({ goal });
  tellGoal(demo, thread, null);
  if (status === 'active' && thread.turn === null && demo.runningTurns < RUNNING_TURNS_MAX) {
    void pursue(demo, thread, goal);
  }
};

/** Works on a goal for one turn, as an agent would by itself, and has then reached it. */
async function pursue(demo: Demo, thread: Thread, before: Goal): Promise<void> {
  const turn = newTurn(demo, thread, { about: before.objective });
  const tokensBefore = thread.meta.tokensUsed;
  turn.words.set('goal', before.objective);
  await runTurn(turn, null, scene);
  const { goal } = thread.meta;
  if (goal === null || turn.facts.status !== 'completed') return;
  const tokensUsed = goal.tokensUsed + thread.meta.tokensUsed - tokensBefore;
  const timeUsedSeconds = goal.timeUsedSeconds + Math.round((turn.facts.durationMs ?? 0) / 1000);
  const updatedAt = demo.clock.nowS();
  thread.meta.goal = { ...goal, status: 'complete', tokensUsed, timeUsedSeconds, updatedAt };
  demo.save(thread);
  tellGoal(demo, thread, turn.id);
}

function tellGoal(demo: Demo, thread: Thread, turnId: string | null): void {
  const { id, goal } = thread.meta;
  demo.tell(thread, 'thread/goal/updated', { threadId: id, turnId, goal });
}

const get: Method = (demo, params, answer) => {
  answer({ goal: loaded(demo, params).meta.goal });
};

const clear: Method = (demo, params, answer) => {
  const thread = loaded(demo, params);
  const cleared = thread.meta.goal !== null;
  thread.meta.goal = null;
  demo.save(thread);
  answer({ cleared });
  if (cleared) demo.tell(thread, 'thread/goal/cleared', { threadId: thread.meta.id });
};

export const goalMethods: Methods = {
  'thread/goal/set': set,
  'thread/goal/get': get,
  'thread/goal/clear': clear,
};
