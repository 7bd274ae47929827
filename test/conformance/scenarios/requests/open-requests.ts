import assert from 'node:assert/strict';
import { threadsApart } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn } from '../steps.js';
import { asked, ended, settled, sharedThread } from './asked.js';
import { scripted } from './script.js';

const COMMAND = 'item/commandExecution/requestApproval';

/** Several requests are open at once, on two threads and on one; each has an id of its own. */
export const openRequests: Scenario = {
  name: 'open-requests',
  covers: [COMMAND, 'serverRequest/resolved'],
  freedoms: threadsApart,
  async run(stage) {
    const {
      clients: { a, b, c, d },
      model,
      work,
      settle,
    } = stage;
    model.script = scripted({ one: [(turn) => turn.run('true')] });
    const first = await sharedThread(stage);
    const second = await startThread(b, work);
    await startTurn(b, second, 'hello');
    await ended([b], [a, c, d], second);
    await resumeThread(c, [a, b, c, d], { threadId: second, excludeTurns: true });
    await settle();

    // One on each of two threads, answered the other way round.
    await startTurn(a, first, 'one');
    const ofFirst = await asked([a, b, c], COMMAND);
    await startTurn(b, second, 'one');
    const ofSecond = await asked([b, c], COMMAND);
    await settle();
    await settled([b, c], second, () => c.answer(ofSecond, { decision: 'accept' }));
    await ended([b, c], [a, d], second);
    await settled([a, b, c], first, () => {
      // Of one that was not asked, and with the same words of one that was.
      d.answer(ofFirst, { decision: 'accept' });
      c.answer(ofFirst, { decision: 'accept' });
    });
    await ended([a, b, c], [d], first);
    await settle();

    // Two on one thread; one is settled, and the other goes with the turn.
    const held = model.hold('two');
    const both = await startTurn(a, first, 'two');
    const turn = await held;
    turn.run('true');
    const earlier = await asked([a, b, c], COMMAND);
    turn.run('echo two');
    const later = await asked([a, b, c], COMMAND);
    turn.finish();
    await resumeThread(d, [a, b, c, d], { threadId: first, excludeTurns: true });
    for (const request of [earlier, later]) assert.deepEqual((await d.request(COMMAND)).id, request.id);
    await d.call('thread/unsubscribe', { threadId: first });
    await settle();
    await settled([a, b, c], first, () => a.answer(later, { decision: 'accept' }));
    await settle();
    await d.call('turn/interrupt', { threadId: first, turnId: both });
    for (const client of [a, b, c]) await client.notification('serverRequest/resolved', of(first));
    await ended([a, b, c], [d], first);
    c.answer(earlier, { decision: 'accept' });
    await settle();
  },
};
