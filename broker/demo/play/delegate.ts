import type { AgentState, ItemBody } from '../items.js';
import { RUNNING_TURNS_MAX, THREADS_MAX } from '../limits.js';
import type { StepOf, SubAgent } from '../scenes/step.js';
import { createThread, newTurn } from '../threads.js';
import type { Turn } from '../turn.js';
import type { RunTurn } from './index.js';

type Call = Extract<ItemBody, { readonly type: 'collabAgentToolCall' }>;
const EFFORT = 'medium';

/**
 * Starts sub-agents and waits for them. Each is a thread of its own, which the client is told of by its status
 * only, with a turn that works for the root of ours.
 */
export async function delegate(turn: Turn, { agents }: StepOf<'delegate'>, runTurn: RunTurn): Promise<void> {
  const started: Turn[] = [];
  for (const agent of agents) {
    await turn.beat();
    const subTurn = spawn(turn, agent, runTurn);
    if (subTurn !== null) started.push(subTurn);
    turn.usage();
  }
  await waitFor(turn, started);
  turn.usage();
}

function spawn(turn: Turn, { nickname, prompt, steps }: SubAgent, runTurn: RunTurn): Turn | null {
  const { demo, thread } = turn;
  const id = turn.ids.item('call');
  const call = { ...agentCall(turn, id, 'spawnAgent'), prompt, reasoningEffort: EFFORT };
  const startedAtMs = turn.start({ ...call, model: '' });
  if (demo.threads.size >= THREADS_MAX || demo.runningTurns >= RUNNING_TURNS_MAX) {
    turn.complete({ ...call, model: '', status: 'failed' }, startedAtMs);
    return null;
  }
  const { id: parentThreadId, sessionId, settings } = thread.meta;
  const lineage = { parentThreadId, sessionId, threadSource: 'subagent', agentNickname: nickname };
  const child = createThread(demo, {
    ...lineage,
    preview: prompt,
    settings: { ...settings, effort: EFFORT },
  });
  demo.setStatus(child, { type: 'idle' });
  const receiverThreadIds = [child.meta.id];
  const agentsStates = { [child.meta.id]: { status: 'pendingInit', message: null } as const };
  const { model } = settings;
  turn.complete({ ...call, status: 'completed', receiverThreadIds, model, agentsStates }, startedAtMs);
  const subTurn = newTurn(demo, child, { about: prompt, rootTurnId: turn.facts.rootTurnId });
  const content = [{ type: 'text', text: prompt, text_elements: [] }];
  void runTurn(subTurn, { content, clientId: null }, steps);
  return subTurn;
}

async function waitFor(turn: Turn, agents: readonly Turn[]): Promise<void> {
  const receiverThreadIds = agents.map(({ thread }) => thread.meta.id);
  const call = { ...agentCall(turn, turn.ids.item('call'), 'wait'), receiverThreadIds };
  const startedAtMs = turn.start(call);
  await Promise.race([turn.over, Promise.all(agents.map(({ over }) => over))]);
  const states = agents.map((agent) => [agent.thread.meta.id, stateOf(agent)] as const);
  turn.complete({ ...call, status: 'completed', agentsStates: Object.fromEntries(states) }, startedAtMs);
}

function stateOf({ facts, lastText }: Turn): AgentState {
  if (facts.status === 'failed') return { status: 'errored', message: facts.error?.message ?? null };
  return { status: facts.status === 'completed' ? 'completed' : 'interrupted', message: lastText };
}

function agentCall({ thread }: Turn, id: string, tool: Call['tool']): Call {
  const before = { type: 'collabAgentToolCall', id, tool, status: 'inProgress' } as const;
  const nothing = { prompt: null, model: null, reasoningEffort: null, agentsStates: {} };
  return { ...before, senderThreadId: thread.meta.id, receiverThreadIds: [], ...nothing };
}
