import { lastStatusUntold } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, turnEnds, typed, wholeTurn } from '../steps.js';

/** A thread is named, given a goal, archived, taken out again and deleted; everybody is told, and what it refuses. */
export const archive: Scenario = {
  name: 'archive',
  covers: [
    'thread/archive',
    'thread/unarchive',
    'thread/delete',
    'thread/name/set',
    'thread/goal/set',
    'thread/goal/get',
    'thread/goal/clear',
    'thread/archived',
    'thread/unarchived',
    'thread/deleted',
    'thread/name/updated',
    'thread/goal/updated',
  ],
  freedoms: [lastStatusUntold],
  async run({ clients: { a, b, c }, model, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const everybody = [a, b, c];
    const threadId = await startThread(a, work);
    await wholeTurn([a], threadId, 'first');
    await status([b, c], threadId, 'idle');

    await b.call('thread/name/set', { threadId, name: 'Spring cleaning' });
    for (const client of everybody) await client.notification('thread/name/updated', of(threadId));
    await a.call('thread/goal/set', { threadId, objective: 'A clean house', status: 'paused' });
    for (const client of everybody) await client.notification('thread/goal/updated', of(threadId));
    await c.call('thread/goal/get', { threadId });
    await c.call('thread/goal/clear', { threadId });
    for (const client of everybody) await client.notification('thread/goal/cleared', of(threadId));
    await settle();

    await b.call('thread/archive', { threadId });
    for (const client of everybody) await client.notification('thread/archived', of(threadId));
    await a.refused('thread/resume', { threadId });
    await a.refused('turn/start', { threadId, input: typed('too late') });
    await a.call('thread/unsubscribe', { threadId });
    await a.call('thread/read', { threadId, includeTurns: true });
    await a.call('thread/list', { archived: true });
    await a.call('thread/list', {});
    await a.refused('thread/archive', { threadId });

    await c.call('thread/unarchive', { threadId });
    for (const client of everybody) await client.notification('thread/unarchived', of(threadId));
    await c.refused('thread/unarchive', { threadId });
    await settle();
    await resumeThread(b, everybody, { threadId });
    await resumeThread(a, everybody, { threadId, excludeTurns: true });
    await wholeTurn([a, b], threadId, 'second');
    await status([c], threadId, 'idle');
    await settle();

    const held = model.hold('running');
    await startTurn(a, threadId, 'running');
    const turn = await held;
    turn.say('Not ');
    for (const client of [a, b]) await client.notification('item/agentMessage/delta');
    await b.call('thread/delete', { threadId });
    await turnEnds([a, b], threadId);
    for (const client of everybody) await client.notification('thread/deleted', of(threadId));
    turn.finish();
    await c.refused('thread/read', { threadId });
    await a.call('thread/unsubscribe', { threadId });
    await a.refused('thread/name/set', { threadId, name: 'Nothing' });
    await a.refused('thread/delete', { threadId });
  },
};
