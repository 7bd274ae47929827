import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, turnEnds, typed, wholeTurn } from '../steps.js';

const NOBODY = '00000000-0000-7000-8000-000000000000';

/**
 * Turns that are no talk with the model: a command of the user's own, between turns and in the middle of one, and the
 * shortening of what was said. Outsiders ask for them, and the subscribers see them.
 */
export const ownTurns: Scenario = {
  name: 'own-turns',
  long: true,
  covers: ['thread/shellCommand', 'thread/compact/start', 'item/commandExecution/outputDelta'],
  async run({ clients: { a, b, c, d }, model, work, settle }) {
    for (const client of [a, b, d]) await client.connect();
    await c.connect({});
    // What the user ran is told to the model with how long it took.
    const { script } = model;
    model.script = async (turn) =>
      turn.request.text.startsWith('<user_shell_command>') ? turn.say('I ', 'saw.') : await script(turn);
    const threadId = await startThread(a, work);
    await c.call('thread/shellCommand', { threadId, command: 'echo before the first turn' });
    await turnEnds([a], threadId);
    await status([b, c, d], threadId, 'idle');
    await wholeTurn([a], threadId, 'first');
    await resumeThread(d, [a, b, c, d], { threadId, excludeTurns: true });
    await settle();

    await b.call('thread/shellCommand', { threadId, command: 'echo hidden | wc -c; exit 3' });
    await turnEnds([a, d], threadId);
    await status([b, c], threadId, 'idle');
    await settle();
    const held = model.hold('long');
    await startTurn(a, threadId, 'long');
    const turn = await held;
    turn.say('Meanwhile ');
    for (const each of [a, d]) await each.notification('item/agentMessage/delta', of(threadId));
    await settle();
    await c.call('thread/shellCommand', { threadId, command: 'echo meanwhile' });
    for (const each of [a, d])
      await each.notification('item/completed', (item) => JSON.stringify(item).includes('userShell'));
    await settle();
    turn.finish();
    await turnEnds([a, d], threadId);
    await status([b, c], threadId, 'idle');
    await settle();

    const summary = model.hold(({ text }) => text !== 'long');
    await c.call('thread/compact/start', { threadId });
    for (const each of [a, d]) await each.notification('account/rateLimits/updated');
    const summed = await summary;
    await settle();
    await b.call('thread/read', { threadId });
    await b.refused('turn/start', { threadId, input: typed('while it is shortened') });
    summed.say('It was short.');
    summed.finish();
    await turnEnds([a, d], threadId);
    await settle();
    await wholeTurn([a, d], threadId, 'last');
    await status([b, c], threadId, 'idle');
    await b.call('thread/turns/list', { threadId, itemsView: 'full' });

    await c.refused('thread/shellCommand', { threadId, command: '' });
    await c.refused('thread/shellCommand', { threadId: NOBODY, command: 'true' });
    await c.refused('thread/shellCommand', { threadId });
    await c.refused('thread/compact/start', { threadId: NOBODY });
    await c.refused('thread/compact/start', {});
  },
};
