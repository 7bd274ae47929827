import { lastStatusUntold, usageUntold } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startTurn, typed } from '../steps.js';
import { asked, ended, settled, sharedThread } from './asked.js';
import { scripted } from './script.js';

const COMMAND = 'item/commandExecution/requestApproval';

/** What becomes of an open request: more input joins its turn, its client goes and comes, its thread is put away. */
export const openRequestEnds: Scenario = {
  name: 'open-request-ends',
  long: true,
  covers: [COMMAND, 'turn/steer', 'thread/archive', 'thread/unarchive', 'thread/delete'],
  freedoms: [lastStatusUntold, usageUntold],
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
      settle,
    } = stage;
    model.script = scripted({ one: [(turn) => turn.run('true')] });
    const everybody = [a, b, c, d];
    const threadId = await sharedThread(stage);

    // More input joins the turn; who was asked goes, comes again, or looks on no more.
    const turnId = await startTurn(a, threadId, 'one');
    const open = await asked([a, b, c], COMMAND);
    await settle();
    await d.call('turn/start', { threadId, input: typed('and more') });
    await c.call('turn/steer', { threadId, input: typed('and still more'), expectedTurnId: turnId });
    await settle();
    await a.disconnect();
    for (const client of [b, c]) await client.call('thread/unsubscribe', { threadId });
    await settle();
    await a.connect();
    await resumeThread(a, everybody, { threadId, excludeTurns: true });
    const again = await a.request(COMMAND);
    await d.call('thread/read', { threadId, includeTurns: true });
    await settled([a], threadId, () => a.answer(again, { decision: 'accept' }));
    c.answer(open, { decision: 'decline' });
    await ended([a], [b, c, d], threadId);
    await settle();

    // Its only client goes: the thread waits, and is interrupted from outside.
    const alone = await startTurn(a, threadId, 'one');
    await a.request(COMMAND);
    await settle();
    await a.disconnect();
    await b.call('turn/interrupt', { threadId, turnId: alone });
    await ended([], [b, c, d], threadId);
    await settle();
    await a.connect();
    await resumeThread(a, everybody, { threadId, excludeTurns: true });
    await settle();

    // Archived, and deleted, while it is open.
    await startTurn(a, threadId, 'one');
    const archived = await a.request(COMMAND);
    await settle();
    await d.call('thread/archive', { threadId });
    for (const client of everybody) await client.notification('thread/archived', of(threadId));
    a.answer(archived, { decision: 'accept' });
    await settle();
    await d.call('thread/unarchive', { threadId });
    for (const client of everybody) await client.notification('thread/unarchived', of(threadId));
    await resumeThread(b, everybody, { threadId });
    await settle();
    await startTurn(c, threadId, 'one');
    const deleted = await b.request(COMMAND);
    await settle();
    await d.call('thread/delete', { threadId });
    for (const client of everybody) await client.notification('thread/deleted', of(threadId));
    b.answer(deleted, { decision: 'accept' });
  },
};
