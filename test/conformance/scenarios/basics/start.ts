import type { Scenario } from '../../scenario.js';
import { startThread, startTurn, status, turnEnds, typed, wholeTurn } from '../steps.js';

/** One client starts a thread and turns on it; two others, who asked for nothing, are told that it is there. */
export const start: Scenario = {
  name: 'start',
  covers: [
    'thread/start',
    'turn/start',
    'thread/list',
    'thread/read',
    'thread/turns/list',
    'thread/items/list',
    'thread/loaded/list',
    'initialize',
    'configWarning',
    'remoteControl/status/changed',
    'thread/started',
    'thread/status/changed',
    'thread/readState/changed',
    'thread/tokenUsage/updated',
    'account/rateLimits/updated',
    'turn/started',
    'turn/completed',
    'item/started',
    'item/completed',
    'item/agentMessage/delta',
    'item/reasoning/summaryPartAdded',
    'item/reasoning/summaryTextDelta',
    'error',
    'warning',
  ],
  async run({ clients: { a, b, c }, model, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const threadId = await startThread(a, work);
    for (const other of [b, c]) await other.notification('thread/started');

    const held = model.hold('count');
    await startTurn(a, threadId, 'count');
    const turn = await held;
    turn.think('First ', 'one.');
    await a.notification('item/reasoning/summaryTextDelta');
    turn.say('One ');
    await a.notification('item/agentMessage/delta');
    await b.call('thread/read', { threadId, includeTurns: true });
    turn.say('two ');
    await a.notification('item/agentMessage/delta');
    turn.finish();
    await turnEnds([a], threadId);
    await status([b, c], threadId, 'idle');
    await settle();

    await b.call('thread/read', { threadId, includeTurns: false });
    await b.call('thread/read', { threadId, includeTurns: true });
    await c.call('thread/turns/list', { threadId });
    await c.call('thread/turns/list', { threadId, itemsView: 'full', limit: 1 });
    await c.call('thread/items/list', { threadId });
    await b.call('thread/list', {});
    await b.call('thread/list', { limit: 1, searchTerm: 'nothing like it' });

    // A client that is not subscribed may start a turn, and is not subscribed by it.
    await c.call('turn/start', { threadId, input: typed('from outside'), clientUserMessageId: 'message-1' });
    await turnEnds([a], threadId);
    await status([b, c], threadId, 'idle');
    await wholeTurn([a], threadId, 'fail');
    await status([b, c], threadId, 'systemError');
    await settle();

    const second = await startThread(b, work, { approvalPolicy: 'never', sandbox: 'read-only' });
    for (const other of [a, c]) await other.notification('thread/started');
    await wholeTurn([b], second, 'hello');
    await status([a, c], second, 'idle');
    await b.refused('turn/start', {
      threadId: '00000000-0000-7000-8000-000000000000',
      input: typed('nobody'),
    });
  },
};
