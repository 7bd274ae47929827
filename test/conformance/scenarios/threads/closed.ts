import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, status, wholeTurn } from '../steps.js';

/**
 * Threads that are unloaded soon after nobody watches them any more: everybody is told. One that is not kept on disk
 * is gone with that; the other is loaded again when it is asked for.
 */
export const closed: Scenario = {
  name: 'closed',
  covers: ['thread/unsubscribe', 'thread/closed'],
  config: () => ({ settings: { thread_unload_delay_secs: 1 } }),
  // The shortest grace of its own: the runtime's comes on top.
  options: ['--grace-ms', '1000'],
  async run({ clients: { a, b, c, d }, work, settle }) {
    for (const client of [a, b]) await client.connect();
    await c.connect({});
    await d.connect({ optOutNotificationMethods: ['thread/closed'] });
    const threadId = await startThread(a, work);
    await wholeTurn([a], threadId, 'kept');
    await resumeThread(b, [a, b, c, d], { threadId, excludeTurns: true });
    await settle();

    await a.call('thread/unsubscribe', { threadId });
    await b.call('thread/unsubscribe', { threadId });
    for (const each of [a, b, c]) await each.notification('thread/closed', of(threadId));
    await settle();
    await c.call('thread/unsubscribe', { threadId });
    await c.call('thread/read', { threadId });
    await resumeThread(c, [a, b, c, d], { threadId, excludeTurns: true });
    await wholeTurn([c], threadId, 'again');
    await status([a, b, d], threadId, 'idle');
    await settle();

    const fleeting = await startThread(a, work, { ephemeral: true });
    await wholeTurn([a], fleeting, 'not kept');
    await status([b, c, d], fleeting, 'idle');
    await settle();
    // A client that goes away leaves the thread as one that unsubscribes does.
    await a.disconnect();
    for (const each of [b, c]) await each.notification('thread/closed', of(fleeting));
    await b.refused('thread/read', { threadId: fleeting });
    await b.call('thread/unsubscribe', { threadId: fleeting });
  },
};
