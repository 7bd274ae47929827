import { commandExecution, shellCommand } from '../items.js';
import type { StepOf } from '../scenes/step.js';
import type { Turn } from '../turn.js';

const OUTPUT = 'The demo runs no commands.\n';

/** A command that the user typed: answered at once, since nothing is run. */
export function shell(turn: Turn, { script }: StepOf<'shell'>): void {
  const { cwd } = turn.thread.meta.settings;
  const actions = [{ type: 'unknown', command: script }] as const;
  const facts = { id: turn.ids.uuid(), command: shellCommand(script), cwd, actions };
  const startedAtMs = turn.start(commandExecution(facts, 'userShell', 'inProgress'));
  turn.tell('item/commandExecution/outputDelta', { ...turn.where, itemId: facts.id, delta: OUTPUT });
  const end = { aggregatedOutput: OUTPUT, exitCode: 0, durationMs: 0 };
  turn.complete(commandExecution(facts, 'userShell', 'completed', end), startedAtMs);
}
