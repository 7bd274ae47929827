import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, turnEnds, wholeTurn } from '../steps.js';

const APPROVAL = 'item/commandExecution/requestApproval';

/** An approval is asked of two, and of a third who comes while it is open; the first answer counts. */
export const approval: Scenario = {
  name: 'approval',
  covers: ['item/commandExecution/requestApproval', 'serverRequest/resolved'],
  freedoms: [
    {
      reason:
        'A command that is declined is completed, and the model asked again, while the status that waits no longer ' +
        'is still to be told. Seen in about one run in ten with both cores busy.',
      matches: ({ subject, text }) =>
        subject === 'thread/status/changed' && text.includes('"activeFlags":[]'),
      lane: ({ subject }) => subject,
    },
  ],
  async run({ clients: { a, b, c, d }, work, settle }) {
    await a.connect();
    await b.connect();
    const threadId = await startThread(a, work);
    await wholeTurn([a], threadId, 'first');
    await resumeThread(b, [a, b], { threadId, excludeTurns: true });
    await c.connect({});
    await d.connect();

    await startTurn(a, threadId, 'run true');
    await a.request(APPROVAL);
    const first = await b.request(APPROVAL);
    await settle();
    b.answer(first, { decision: 'accept' });
    for (const client of [a, b]) await client.notification('serverRequest/resolved', of(threadId));
    a.answer(first, { decision: 'decline' });
    await turnEnds([a, b], threadId);
    await status([c, d], threadId, 'idle');
    await settle();

    await startTurn(b, threadId, 'run echo open');
    const second = await a.request(APPROVAL);
    await b.request(APPROVAL);
    await resumeThread(c, [a, b, c, d], { threadId, excludeTurns: true });
    await c.request(APPROVAL);
    await c.call('thread/read', { threadId });
    // The same one once more, to the one that asks.
    await resumeThread(b, [a, b, c, d], { threadId, excludeTurns: true });
    await b.request(APPROVAL);
    // With another type of id it is no answer to it.
    a.answer({ ...second, id: JSON.stringify(second.id) }, { decision: 'decline' });
    await settle();
    c.answer(second, { decision: 'accept' });
    for (const client of [a, b, c]) await client.notification('serverRequest/resolved', of(threadId));
    await turnEnds([a, b, c], threadId);
    await status([d], threadId, 'idle');
    await settle();

    // Declined, by one of those that were asked.
    await startTurn(a, threadId, 'run false');
    for (const client of [b, c]) await client.request(APPROVAL);
    a.answer(await a.request(APPROVAL), { decision: 'decline' });
    await turnEnds([a, b, c], threadId);
    await status([d], threadId, 'idle');
    await settle();
    // Nobody can answer it: no, then.
    await startTurn(a, threadId, 'run false');
    for (const client of [a, b, c]) {
      client.reject(await client.request(APPROVAL), { code: -32000, message: 'I cannot' });
    }
    await turnEnds([a, b, c], threadId);
    await status([d], threadId, 'idle');
    await settle();
    // Cancelled: the turn ends with it.
    await startTurn(a, threadId, 'run false');
    for (const client of [a, b]) await client.request(APPROVAL);
    c.answer(await c.request(APPROVAL), { decision: 'cancel' });
    await turnEnds([a, b, c], threadId);
    await status([d], threadId, 'idle');
  },
};
