import { text } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import { lastStatusUntold } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, wholeTurn } from '../steps.js';

const NOBODY = '00000000-0000-7000-8000-000000000000';

/**
 * A client that is not subscribed takes back the last turn of a thread, and is subscribed by that; everybody is told.
 * Then a subscriber
 * takes back one that runs and waits for an approval, and it goes on from before that.
 */
export const revert: Scenario = {
  name: 'revert',
  covers: ['thread/revert', 'thread/reverted', 'thread/readState/update', 'thread/readState/changed'],
  freedoms: [lastStatusUntold],
  async run({ clients: { a, b, c, d }, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    await d.connect();
    const threadId = await startThread(a, work);
    const first = await wholeTurn([a], threadId, 'first');
    const second = await wholeTurn([a], threadId, 'second');
    const third = await wholeTurn([a], threadId, 'third');
    await resumeThread(d, [a, b, c, d], { threadId, excludeTurns: true });
    await settle();

    await b.call('thread/revert', { threadId, beforeTurnId: third });
    for (const each of [a, b, c, d]) await each.notification('thread/reverted', of(threadId));
    await settle();
    await c.call('thread/turns/list', { threadId });
    await wholeTurn([a, b, d], threadId, 'third, again');
    await status([c], threadId, 'idle');
    await settle();

    // The turn that is taken back still runs, and waits for an approval.
    const running = await startTurn(d, threadId, 'run true');
    for (const each of [a, b, d]) await each.request('item/commandExecution/requestApproval');
    await settle();
    await a.call('thread/revert', { threadId, beforeTurnId: running });
    for (const each of [a, b, c, d]) await each.notification('thread/reverted', of(threadId));
    await settle();

    await d.call('thread/revert', { threadId, beforeTurnId: second });
    for (const each of [a, b, c, d]) await each.notification('thread/reverted', of(threadId));
    await settle();
    await readState([a, b, c, d], threadId);
    await settle();
    for (const each of [b, c]) await each.call('thread/unsubscribe', { threadId });
    await wholeTurn([a, d], threadId, 'second, again');
    await status([b, c], threadId, 'idle');

    await b.refused('thread/revert', { threadId, beforeTurnId: third });
    await b.call('thread/unsubscribe', { threadId });
    await b.refused('thread/revert', { threadId: NOBODY, beforeTurnId: first });
    await b.refused('thread/revert', { threadId });
  },
};

/** What was read by one is read for all that are subscribed and know of it. */
async function readState(
  [a, b, c, d]: readonly [Client, Client, Client, Client],
  threadId: string,
): Promise<void> {
  const changed = async (): Promise<void> => {
    for (const each of [a, b, d]) await each.notification('thread/readState/changed', of(threadId));
  };
  const update = async (client: Client, type: string, expectedRevision: string): Promise<string> => {
    const params = { threadId, operation: { type }, expectedRevision };
    return text(await client.call('thread/readState/update', params), 'readState', 'revision');
  };
  const start = text(await b.call('thread/read', { threadId }), 'readState', 'revision');
  const read = await update(b, 'unread', start);
  await changed();
  await update(a, 'read', read);
  await changed();
  await c.refused('thread/readState/update', {
    threadId,
    operation: { type: 'read' },
    expectedRevision: read,
  });
  await b.refused('thread/readState/update', {
    threadId,
    operation: { type: 'read' },
    expectedRevision: read,
  });
  await b.refused('thread/readState/update', { threadId, operation: { type: 'x' }, expectedRevision: read });
  await b.refused('thread/readState/update', {
    threadId: NOBODY,
    operation: { type: 'read' },
    expectedRevision: 'x',
  });
}
