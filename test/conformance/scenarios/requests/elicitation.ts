import { member } from '../../../codex/json.js';
import { mcpServer } from '../../../codex/mcp.js';
import type { ModelTurn } from '../../../codex/model-turn.js';
import type { Scenario } from '../../scenario.js';
import { startTurn } from '../steps.js';
import { answeredEach, ended, interruptedOpen, refusedByAll, sharedThread } from './asked.js';
import { scripted } from './script.js';

const ELICITATION = 'mcpServer/elicitation/request';

/** A tool of an MCP server wants a form filled in, and a page opened; three are asked, and the first answer counts. */
export const elicitation: Scenario = {
  name: 'elicitation',
  covers: [ELICITATION, 'mcpServer/startupStatus/updated'],
  config: () => ({ tables: mcpServer('paint') }),
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
      settle,
    } = stage;
    model.script = scripted({
      form: [uses('ask')],
      page: [uses('visit')],
      break: [uses('break')],
      plain: [
        (turn) => turn.call('echo', { text: 'hello' }, 'mcp__paint'),
        (turn) => turn.call('count', { to: 2 }, 'mcp__paint'),
      ],
    });
    const threadId = await sharedThread(
      stage,
      {},
      async () =>
        await stage.clients.a.notification(
          'mcpServer/startupStatus/updated',
          (params) => member(params, 'status') === 'ready',
        ),
    );

    await startTurn(c, threadId, 'plain');
    await ended([a, b, c], [d], threadId);
    await settle();

    const late = { action: 'accept', content: { colour: 'green' }, _meta: null };
    await answeredEach(stage, threadId, ELICITATION, {
      late,
      answers: [
        ['form', { action: 'accept', content: { colour: 'red' }, _meta: null }],
        ['form', { action: 'decline', content: null, _meta: null }],
        ['page', { action: 'accept', content: null, _meta: null }],
        ['page', { action: 'cancel', content: null, _meta: null }],
        // The wrong shape.
        ['form', { action: 'perhaps' }],
        // Not of the server, but whether its tool may be called.
        ['break', { action: 'decline', content: null, _meta: null }],
        ['break', { action: 'accept', content: null, _meta: { persist: 'session' } }],
      ],
    });

    // Nobody is asked for that tool any more.
    await startTurn(a, threadId, 'break');
    await ended([a, b, c], [d], threadId);
    await settle();

    await refusedByAll(stage, threadId, ELICITATION, 'form');
    await interruptedOpen(stage, threadId, ELICITATION, ['form', late]);
  },
};

function uses(tool: string): (turn: ModelTurn) => void {
  return (turn) => turn.call(tool, {}, 'mcp__paint');
}
