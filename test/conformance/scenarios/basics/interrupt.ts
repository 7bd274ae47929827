import { usageUntold } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, turnEnds, typed, wholeTurn } from '../steps.js';

const APPROVAL = 'item/commandExecution/requestApproval';

/** Turns are interrupted while text streams, while an approval is open, by an outsider, and too late; one is steered. */
export const interrupt: Scenario = {
  name: 'interrupt',
  covers: ['turn/interrupt', 'turn/steer'],
  freedoms: [usageUntold],
  async run({ clients: { a, b, c }, model, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const threadId = await startThread(a, work);
    await wholeTurn([a], threadId, 'first');
    await resumeThread(b, [a, b, c], { threadId, excludeTurns: true });
    await settle();

    const held = model.hold('talk');
    const turnId = await startTurn(a, threadId, 'talk');
    const turn = await held;
    turn.say('Half a ');
    for (const client of [a, b]) await client.notification('item/agentMessage/delta');
    await b.refused('turn/interrupt', { threadId, turnId: 'another' });
    await c.refused('turn/interrupt', { threadId });
    await c.call('turn/interrupt', { threadId, turnId });
    await turnEnds([a, b], threadId);
    await status([c], threadId, 'idle');
    turn.finish();
    await b.refused('turn/interrupt', { threadId, turnId });
    await settle();

    const asking = await startTurn(b, threadId, 'run true');
    await b.request(APPROVAL);
    const open = await a.request(APPROVAL);
    await a.call('turn/interrupt', { threadId, turnId: asking });
    await turnEnds([a, b], threadId);
    for (const client of [a, b]) await client.notification('serverRequest/resolved', of(threadId));
    a.answer(open, { decision: 'accept' });
    await settle();

    const steered = model.hold('go');
    const steering = await startTurn(a, threadId, 'go');
    const going = await steered;
    for (const client of [a, b]) await client.notification('item/completed', of(threadId));
    await b.refused('turn/steer', { threadId, input: typed('left'), expectedTurnId: 'another' });
    await b.call('turn/steer', { threadId, input: typed('left'), expectedTurnId: steering });
    going.say('Going.');
    going.finish();
    await turnEnds([a, b], threadId);
    await status([c], threadId, 'idle');
    await a.refused('turn/steer', { threadId, input: typed('late'), expectedTurnId: steering });
    // Not as a page: its cursors count what was written down, and of the usage it is open whether that was.
    await a.call('thread/read', { threadId, includeTurns: true });
  },
};
