import type { ModelTurn } from '../../../codex/model-turn.js';
import type { Scenario } from '../../scenario.js';
import { startTurn } from '../steps.js';
import { answeredEach, ended, interruptedOpen, QUIET, refusedByAll, sharedThread } from './asked.js';
import { scripted } from './script.js';

const CHANGE = 'item/fileChange/requestApproval';

/** The model wants to change files outside the sandbox; two are asked, with each answer that there is. */
export const fileChange: Scenario = {
  name: 'file-change',
  covers: [CHANGE, 'item/fileChange/patchUpdated', 'turn/diff/updated'],
  features: ['apply_patch_streaming_events'],
  // A model that Codex knows, for only such a one is given the tool.
  config: () => ({ settings: { ...QUIET, model: 'gpt-5.5' } }),
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
      settle,
    } = stage;
    model.script = scripted({
      one: [(turn) => turn.callWithText('apply_patch', patch('one.txt', 'first'))],
      again: [(turn) => turn.callWithText('apply_patch', patch('one.txt', 'second'))],
      two: [(turn) => turn.callWithText('apply_patch', patch('two.txt', 'first'))],
      shell: [
        (turn) =>
          turn.call('exec_command', { cmd: `apply_patch <<'END'\n${patch('three.txt', 'first')}END\n` }),
      ],
      bit: [bitByBit],
    });
    const threadId = await sharedThread(stage);

    await answeredEach(stage, threadId, CHANGE, {
      late: { decision: 'cancel' },
      answers: [
        ['bit', { decision: 'accept' }],
        ['two', { decision: 'decline' }],
        ['two', { decision: 'cancel' }],
        ['shell', { decision: 'accept' }],
        // The wrong shape.
        ['two', { decision: 'perhaps' }],
        ['one', { decision: 'acceptForSession' }],
      ],
    });
    // Nobody is asked for that file any more.
    await startTurn(a, threadId, 'again');
    await ended([a, b, c], [d], threadId);
    await settle();

    await refusedByAll(stage, threadId, CHANGE, 'two');
    await interruptedOpen(stage, threadId, CHANGE, ['two', { decision: 'accept' }]);
  },
};

function patch(file: string, line: string): string {
  return `*** Begin Patch\n*** Add File: ${file}\n+${line}\n+line\n*** End Patch\n`;
}

/** The patch is streamed line by line. */
function bitByBit(turn: ModelTurn): void {
  const input = patch('four.txt', 'first');
  const item = {
    type: 'custom_tool_call',
    id: 'ctc-bit',
    call_id: 'call-bit',
    name: 'apply_patch',
    input: '',
  };
  turn.event('response.output_item.added', { output_index: 0, item });
  for (const delta of input.split(/(?<=\n)/)) {
    turn.event('response.custom_tool_call_input.delta', { item_id: item.id, call_id: item.call_id, delta });
  }
  turn.event('response.output_item.done', { output_index: 0, item: { ...item, input } });
}
