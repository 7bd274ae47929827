import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, turnEnds, typed, wholeTurn } from '../steps.js';

/** The three answers of `thread/unsubscribe`, and what is heard after it: nothing of the thread's own. */
export const unsubscribe: Scenario = {
  name: 'unsubscribe',
  covers: ['thread/unsubscribe'],
  async run({ clients: { a, b, c }, model, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect();
    const threadId = await startThread(a, work);
    await wholeTurn([a], threadId, 'first');
    await resumeThread(b, [a, b, c], { threadId, excludeTurns: true });
    await settle();

    await c.call('thread/unsubscribe', { threadId });
    await c.call('thread/unsubscribe', { threadId: '00000000-0000-7000-8000-000000000000' });
    await c.refused('thread/unsubscribe', { threadId: 'no id' });
    await c.refused('thread/unsubscribe', {});
    await b.call('thread/unsubscribe', { threadId });
    await b.call('thread/unsubscribe', { threadId });
    await wholeTurn([a], threadId, 'without b');
    await status([b, c], threadId, 'idle');
    await settle();

    // In the middle of a turn, and with an approval open.
    await resumeThread(b, [a, b, c], { threadId, excludeTurns: true });
    const held = model.hold('half');
    await startTurn(a, threadId, 'half');
    const turn = await held;
    turn.say('Both. ');
    for (const client of [a, b]) await client.notification('item/agentMessage/delta');
    await b.call('thread/unsubscribe', { threadId });
    turn.say('One. ');
    turn.finish();
    await turnEnds([a], threadId);
    await status([b, c], threadId, 'idle');
    await settle();
    await resumeThread(b, [a, b, c], { threadId, excludeTurns: true });
    await startTurn(a, threadId, 'run true');
    const asked = await a.request('item/commandExecution/requestApproval');
    await b.request('item/commandExecution/requestApproval');
    await b.call('thread/unsubscribe', { threadId });
    a.answer(asked, { decision: 'accept' });
    await turnEnds([a], threadId);
    await status([b, c], threadId, 'idle');
    await settle();

    // Nobody is subscribed: the thread stays loaded, and goes on.
    await a.call('thread/unsubscribe', { threadId });
    await a.call('thread/loaded/list', {});
    await c.call('turn/start', { threadId, input: typed('for nobody') });
    await status([a, b, c], threadId, 'idle');
    await a.call('thread/name/set', { threadId, name: 'Still here' });
    for (const client of [a, b, c]) await client.notification('thread/name/updated', of(threadId));
    await settle();
    await resumeThread(a, [a, b, c], { threadId });
    await wholeTurn([a], threadId, 'back');
  },
};
