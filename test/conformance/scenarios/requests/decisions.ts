import { member } from '../../../codex/json.js';
import type { ModelTurn } from '../../../codex/model-turn.js';
import type { Scenario } from '../../scenario.js';
import { of, startTurn } from '../steps.js';
import { answeredEach, asked, ended, flagsApart, settled, sharedThread } from './asked.js';
import { scripted, sessionOf } from './script.js';

const COMMAND = 'item/commandExecution/requestApproval';
const ESCALATED = { sandbox_permissions: 'require_escalated', justification: 'to try' };

/** Each decision that there is on a command; a terminal for which there are several approvals. */
export const decisions: Scenario = {
  name: 'decisions',
  covers: [COMMAND, 'item/commandExecution/terminalInteraction', 'item/commandExecution/outputDelta'],
  freedoms: [flagsApart],
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
      settle,
    } = stage;
    model.script = scripted({
      plain: [escalated('true')],
      // The rule is proposed with it.
      rule: [(turn) => turn.call('exec_command', { cmd: 'uname -s', prefix_rule: ['uname'], ...ESCALATED })],
      ruled: [escalated('uname -m')],
      terminal: [
        (turn) => turn.call('exec_command', { cmd: TALK, tty: true, yield_time_ms: 250, ...ESCALATED }),
        writes('one\n'),
        writes('two\n'),
      ],
    });
    const threadId = await sharedThread(stage);

    const amendment = { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['uname'] } };
    await answeredEach(stage, threadId, COMMAND, {
      late: { decision: 'cancel' },
      answers: [
        // Of the wrong shape.
        ['plain', { decision: 'perhaps' }],
        ['plain', { decision: { acceptWithExecpolicyAmendment: {} } }],
        ['plain', { decision: 'acceptForSession' }],
        ['rule', { decision: amendment }],
      ],
    });
    // Nobody is asked for these any more.
    for (const words of ['plain', 'ruled']) {
      await startTurn(b, threadId, words);
      await ended([a, b, c], [d], threadId);
      await settle();
    }

    await startTurn(a, threadId, 'terminal');
    for (const answerer of [a, b, c]) {
      const request = await asked([a, b, c], COMMAND);
      await settled([a, b, c], threadId, () => answerer.answer(request, { decision: 'accept' }));
      if (member(request.params, 'kind') === 'command') continue;
      for (const client of [a, b, c]) {
        await client.notification('item/commandExecution/terminalInteraction', of(threadId));
      }
    }
    await ended([a, b, c], [d], threadId);
    await settle();
    await d.call('thread/read', { threadId, includeTurns: true });
  },
};

/** A line in, a line out, twice. Its own input is not shown. */
const TALK = 'stty -echo; read line; echo got $line; read line; echo got $line';

function escalated(cmd: string): (turn: ModelTurn) => void {
  return (turn) => turn.call('exec_command', { cmd, ...ESCALATED });
}

function writes(chars: string): (turn: ModelTurn) => void {
  return (turn) =>
    turn.call('write_stdin', { session_id: sessionOf(turn.request), chars, yield_time_ms: 250 });
}
