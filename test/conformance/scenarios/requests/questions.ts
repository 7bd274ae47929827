import type { Json } from '../../../codex/json.js';
import type { ModelTurn } from '../../../codex/model-turn.js';
import type { Scenario } from '../../scenario.js';
import { startTurn, typed } from '../steps.js';
import { asked, ended, interruptedOpen, QUIET, refusedByAll, settled, sharedThread } from './asked.js';
import { scripted } from './script.js';

const QUESTION = 'item/tool/requestUserInput';

/** The model asks the user something, and plans; several are asked, and the first answer counts. */
export const questions: Scenario = {
  name: 'questions',
  covers: [QUESTION, 'item/plan/delta', 'turn/plan/updated', 'thread/settings/updated'],
  features: ['default_mode_request_user_input'],
  config: () => ({ settings: QUIET, tables: ['[tools.update_plan]', 'enabled = true'] }),
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
      settle,
    } = stage;
    model.script = scripted({
      ask: [ask],
      plan: [
        ask,
        (turn) =>
          turn.say('First.\n', '<proposed_plan>\n', '- one\n', '- two\n', '</proposed_plan>\n', 'Fine?'),
      ],
      list: [
        (turn) => turn.call('update_plan', { explanation: 'So', plan: [step('one', 'in_progress')] }),
        (turn) => turn.call('update_plan', { plan: [step('one', 'completed'), step('two', 'pending')] }),
      ],
    });
    const threadId = await sharedThread(stage);

    await startTurn(c, threadId, 'list');
    await ended([a, b, c], [d], threadId);
    await settle();

    const collaborationMode = {
      mode: 'plan',
      settings: { model: 'mock-model', reasoning_effort: null, developer_instructions: null },
    };
    await b.call('turn/start', { threadId, input: typed('plan'), collaborationMode });
    const planned = await asked([a, b, c], QUESTION);
    await settled([a, b, c], threadId, () =>
      a.answer(planned, { answers: { colour: { answers: ['Red'] } } }),
    );
    b.answer(planned, { answers: { colour: { answers: ['Green'] } } });
    await ended([a, b, c], [d], threadId);
    await settle();

    const mode = { ...collaborationMode, mode: 'default' };
    await a.call('turn/start', { threadId, input: typed('ask'), collaborationMode: mode });
    const wrong = await asked([a, b, c], QUESTION);
    await settled([a, b, c], threadId, () => c.answer(wrong, { colour: 'Red' }));
    await ended([a, b, c], [d], threadId);
    await settle();

    await refusedByAll(stage, threadId, QUESTION, 'ask');
    await interruptedOpen(stage, threadId, QUESTION, ['ask', { answers: {} }]);
  },
};

function ask(turn: ModelTurn): void {
  turn.call('request_user_input', {
    questions: [
      {
        id: 'colour',
        header: 'Colour',
        question: 'Which colour?',
        options: [
          { label: 'Red', description: 'Warm' },
          { label: 'Green', description: 'Cold' },
        ],
      },
    ],
  });
}

function step(name: string, status: string): Json {
  return { step: name, status };
}
