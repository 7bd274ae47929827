import { text } from '../../../codex/json.js';
import { threadsApart } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { resumeThread, startThread, startTurn, status, turnEnds } from '../steps.js';
import { asked, settled } from './asked.js';

const COMMAND = 'item/commandExecution/requestApproval';

/** An agent has another one have a third one ask: who comes later may look on there, and answer. */
export const nestedAgents: Scenario = {
  name: 'nested-agents',
  long: true,
  covers: [COMMAND],
  config: () => ({ tables: ['[agents]', 'max_depth = 3'] }),
  freedoms: threadsApart,
  async run({ clients: { a, b, c, d }, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const parent = await startThread(a, work);
    await startTurn(a, parent, 'spawn spawn run true');
    const request = await asked([a, b, c], COMMAND);
    const innermost = text(request.params, 'threadId');
    await d.connect();
    await resumeThread(d, [a, b, c, d], { threadId: innermost, excludeTurns: true });
    await d.request(COMMAND);
    await b.call('thread/unsubscribe', { threadId: innermost });
    await settled([a, c, d], innermost, () => d.answer(request, { decision: 'accept' }));
    b.answer(request, { decision: 'decline' });
    await turnEnds([a, c, d], innermost);
    await status([b], innermost, 'idle');
    await turnEnds([a], parent);
    await status([b, c, d], parent, 'idle');
    await settle();
    await d.call('thread/read', { threadId: innermost, includeTurns: true });
    await b.call('thread/loaded/list', {});
  },
};
