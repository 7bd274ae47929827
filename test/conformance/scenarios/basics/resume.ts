import { text } from '../../../codex/json.js';
import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, turnEnds, wholeTurn } from '../steps.js';

const NO_SUCH_THREAD = '00000000-0000-7000-8000-000000000000';

/** A thread is resumed while idle, by a latecomer, again, and after its only watcher has gone. */
export const resume: Scenario = {
  name: 'resume',
  covers: ['thread/resume', 'deprecationNotice', 'thread/goal/cleared'],
  async run({ clients: { a, b, c }, model, work, settle }) {
    await a.connect();
    await b.connect();
    const threadId = await startThread(a, work);
    await b.refused('thread/resume', { threadId });
    await wholeTurn([a], threadId, 'first');
    await status([b], threadId, 'idle');
    await settle();

    await resumeThread(b, [a, b], { threadId });
    await settle();
    await wholeTurn([b, a], threadId, 'second');
    await wholeTurn([a, b], threadId, 'third');
    await settle();

    await c.connect();
    await c.call('thread/loaded/list', {});
    await resumeThread(c, [a, b, c], { threadId, excludeTurns: true });
    await wholeTurn([c, a, b], threadId, 'fourth');
    await resumeThread(c, [a, b, c], { threadId, excludeTurns: true, initialTurnsPage: { limit: 2 } });
    await settle();

    const held = model.hold('watched by one');
    await startTurn(c, threadId, 'watched by one');
    const turn = await held;
    for (const client of [a, b, c]) await client.notification('item/completed', of(threadId));
    await b.disconnect();
    await a.call('thread/unsubscribe', { threadId });
    turn.say('Only c ', 'hears it.');
    turn.finish();
    await turnEnds([c], threadId);
    await status([a], threadId, 'idle');
    await settle();
    await b.connect();
    await resumeThread(b, [a, b, c], { threadId });
    await wholeTurn([b, c], threadId, 'back again');
    await status([a], threadId, 'idle');
    await settle();

    await b.refused('thread/resume', { threadId: NO_SUCH_THREAD });
    await b.refused('thread/resume', { threadId: 'no id' });
    await b.refused('thread/resume', {});
    const read = await b.call('thread/read', { threadId });
    await resumeThread(b, [a, b, c], { threadId, path: text(read, 'thread', 'path'), excludeTurns: true });
  },
};
