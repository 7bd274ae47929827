import type { Ids } from '../ids.js';
import { commandExecution, type CommandFacts, type Process, shellCommand } from '../items.js';
import type { Step, StepOf } from '../scenes/step.js';
import type { Turn } from '../turn.js';
import { askApproval, isAllowed } from './approval.js';

export function commandFacts({ script, actions }: StepOf<'run'>, ids: Ids, cwd: string): CommandFacts {
  const unknown = [{ type: 'unknown', command: script }] as const;
  return { id: ids.item('call'), command: shellCommand(script), cwd, actions: actions ?? unknown };
}

/** Shows a command and its output, piece by piece. Nothing is run. */
export async function run(turn: Turn, step: StepOf<'run'>): Promise<readonly Step[] | undefined> {
  const facts = commandFacts(step, turn.ids, turn.thread.meta.settings.cwd);
  const by = { processId: String(10_000 + turn.ids.below(90_000)) };
  if (step.reason !== undefined && !isAllowed(turn.thread, facts.command)) {
    return runIfApproved(turn, step, facts, by);
  }
  const startedAtMs = turn.start(commandExecution(facts, by, 'inProgress'));
  await finish(turn, step, { facts, by, startedAtMs });
  return undefined;
}

async function runIfApproved(
  turn: Turn,
  step: StepOf<'run'>,
  facts: CommandFacts,
  by: Process,
): Promise<readonly Step[] | undefined> {
  turn.setStatus('waitingOnApproval');
  const startedAtMs = turn.start(commandExecution(facts, 'agent', 'inProgress'));
  const params = approvalParams(turn, step, facts, startedAtMs);
  const verdict = await askApproval(turn, 'item/commandExecution/requestApproval', params, facts.command);
  if (verdict === 'accepted') {
    turn.setStatus();
    await finish(turn, step, { facts, by, startedAtMs });
    return undefined;
  }
  const status = verdict === 'failed' ? 'failed' : 'declined';
  turn.complete(commandExecution(facts, 'agent', status), startedAtMs, false);
  turn.setStatus();
  turn.usage();
  return verdict === 'cancelled' ? turn.cancel() : (step.declined ?? []);
}

function approvalParams(turn: Turn, step: StepOf<'run'>, facts: CommandFacts, startedAtMs: number): object {
  const { id, command, cwd, actions } = facts;
  const argv = /[^\w\s./:=@-]/.test(step.script) ? ['/bin/bash', '-lc', step.script] : step.script.split(' ');
  return {
    kind: 'command',
    ...turn.where,
    itemId: id,
    startedAtMs,
    environmentId: 'local',
    reason: step.reason ?? null,
    command,
    cwd,
    commandActions: actions,
    proposedExecpolicyAmendment: argv,
    availableDecisions: [
      'accept',
      { acceptWithExecpolicyAmendment: { execpolicy_amendment: argv } },
      'cancel',
    ],
  };
}

interface Running {
  readonly facts: CommandFacts;
  readonly by: Process;
  readonly startedAtMs: number;
}

/** The output and the end of a command that was let go. */
async function finish(turn: Turn, step: StepOf<'run'>, { facts, by, startedAtMs }: Running): Promise<void> {
  for (const delta of step.output) {
    await turn.beat(OUTPUT_EVENTS);
    turn.tell('item/commandExecution/outputDelta', { ...turn.where, itemId: facts.id, delta });
  }
  const exitCode = step.exitCode ?? 0;
  const durationMs = turn.demo.clock.nowMs() - startedAtMs;
  const end = { aggregatedOutput: step.output.join('') || null, exitCode, durationMs };
  const status = exitCode === 0 ? 'completed' : 'failed';
  turn.complete(commandExecution(facts, by, status, end), startedAtMs);
  turn.usage();
}

/** A line of output takes longer than a word. */
const OUTPUT_EVENTS = 6;
