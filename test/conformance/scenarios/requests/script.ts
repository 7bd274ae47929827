import { isList, member } from '../../../codex/json.js';
import type { Script } from '../../../codex/model.js';
import type { ModelRequest } from '../../../codex/model-request.js';

/**
 * What the model does, by what the user says: the first of the list at once, the next when the tools of the one
 * before have given their output. When there is none left it says that it is done.
 */
export function scripted(lines: Readonly<Record<string, readonly Script[]>>): Script {
  return async (turn) => {
    const steps = lines[turn.request.text] ?? [];
    const step = steps[roundsSince(turn.request)];
    if (step) await step(turn);
    else turn.say('Done ', 'with that.');
  };
}

/** How often the tools have given their output since the user spoke. Outputs in a row are of one answer. */
function roundsSince({ body }: ModelRequest): number {
  const input = member(body, 'input');
  const items = isList(input) ? input : [];
  const from = items.findLastIndex((item) => member(item, 'role') === 'user');
  const outputs = items
    .slice(from + 1)
    .map((item) => JSON.stringify(member(item, 'type') ?? null).endsWith('_output"'));
  return outputs.filter((is, index) => is && outputs[index - 1] !== true).length;
}

/** The number in the output of a command that is still running, by which its terminal is written to. */
export function sessionOf({ output }: ModelRequest): number {
  return Number(/session ID (\d+)/.exec(output ?? '')?.[1]);
}
