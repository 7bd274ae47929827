import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, wholeTurn } from '../steps.js';

/** Clients that do not want to hear of some things: exact names, the greeting and requests' traces included. */
export const optOut: Scenario = {
  name: 'opt-out',
  covers: [],
  async run({ clients: { a, b, c, d }, work, settle }) {
    await a.connect();
    await b.connect({
      experimentalApi: true,
      optOutNotificationMethods: [
        'item/agentMessage/delta',
        'thread/status/changed',
        'serverRequest/resolved',
        'item/',
      ],
    });
    await c.connect({
      optOutNotificationMethods: ['configWarning', 'remoteControl/status/changed', 'thread/started'],
    });
    await d.connect({
      experimentalApi: true,
      optOutNotificationMethods: [
        'deprecationNotice',
        'thread/goal/cleared',
        'thread/tokenUsage/updated',
        'no/such',
      ],
    });
    const threadId = await startThread(a, work);
    for (const client of [b, d]) await client.notification('thread/started');
    await wholeTurn([a], threadId, 'first');
    await status([c, d], threadId, 'idle');
    await settle();

    await resumeThread(b, [a, b, c], { threadId });
    await resumeThread(d, [a, b, c], { threadId });
    await settle();
    await wholeTurn([b, a, d], threadId, 'second');
    await status([c], threadId, 'idle');
    await settle();

    await startTurn(a, threadId, 'run true');
    for (const client of [a, d]) await client.request('item/commandExecution/requestApproval');
    b.answer(await b.request('item/commandExecution/requestApproval'), { decision: 'accept' });
    for (const client of [a, b, d]) await client.notification('turn/completed', of(threadId));
    await status([c], threadId, 'idle');
    await a.call('thread/name/set', { threadId, name: 'A name' });
    for (const client of [a, b, c, d]) await client.notification('thread/name/updated', of(threadId));
  },
};
