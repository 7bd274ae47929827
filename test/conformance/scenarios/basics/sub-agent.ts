import { text } from '../../../codex/json.js';
import { threadsApart } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { startThread, startTurn, status, turnEnds, typed } from '../steps.js';

/** An agent spawns another. Whoever was there then sees all of the child and may answer its approval. */
export const subAgent: Scenario = {
  name: 'sub-agent',
  covers: [],
  freedoms: threadsApart,
  async run({ clients: { a, b, c, d }, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const parent = await startThread(a, work);
    await startTurn(a, parent, 'spawn run true');
    const asked = await b.request('item/commandExecution/requestApproval');
    const child = text(asked.params, 'threadId');
    for (const other of [a, c]) await other.request('item/commandExecution/requestApproval');

    await d.connect();
    await d.call('thread/read', { threadId: child });
    await d.call('thread/list', {});
    b.answer(asked, { decision: 'accept' });
    await turnEnds([a, b, c], child);
    await status([d], child, 'idle');
    await turnEnds([a], parent);
    await status([b, c, d], parent, 'idle');
    await settle();

    await b.call('thread/read', { threadId: child, includeTurns: true });
    await a.call('thread/read', { threadId: parent, includeTurns: true });
    await b.call('thread/unsubscribe', { threadId: child });
    await d.call('thread/unsubscribe', { threadId: child });
    await c.call('turn/start', { threadId: child, input: typed('hello child') });
    await turnEnds([a, c], child);
    await status([b, d], child, 'idle');
  },
};
