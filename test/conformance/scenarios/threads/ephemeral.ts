import { text } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { startThread, startTurn, status, turnEnds, typed, wholeTurn } from '../steps.js';

/** Threads that are not kept on disk, new and forked. They run like others; nobody can come to them later. */
export const ephemeral: Scenario = {
  name: 'ephemeral',
  long: true,
  covers: ['thread/start', 'thread/fork', 'thread/unsubscribe'],
  async run({ clients: { a, b, c }, model, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const threadId = await startThread(a, work, { ephemeral: true });
    await wholeTurn([a], threadId, 'first');
    await status([b, c], threadId, 'idle');
    const held = model.hold('long');
    await startTurn(a, threadId, 'long');
    const turn = await held;
    await b.refused('thread/resume', { threadId, excludeTurns: true });
    await b.call('thread/read', { threadId });
    await c.call('turn/start', { threadId, input: typed('from outside') });
    turn.say('Here.');
    turn.finish();
    await turnEnds([a], threadId);
    await status([b, c], threadId, 'idle');
    await settle();
    await refusals(b, threadId);
    await b.call('thread/list', {});
    await b.call('thread/loaded/list', {});

    const kept = await startThread(b, work);
    await wholeTurn([b], kept, 'kept');
    await status([a, c], kept, 'idle');
    await settle();
    await b.refused('thread/fork', { threadId: kept, ephemeral: true });
    const fork = await b.call('thread/fork', { threadId: kept, ephemeral: true, excludeTurns: true });
    const forkId = text(fork, 'thread', 'id');
    for (const each of [a, b, c]) await each.notification('thread/started');
    await settle();
    await wholeTurn([b], forkId, 'on the fork');
    await status([a, c], forkId, 'idle');
    await settle();
    await c.refused('thread/resume', { threadId: forkId, excludeTurns: true });
    await a.call('thread/unsubscribe', { threadId });
    await a.call('thread/unsubscribe', { threadId });
    await a.refused('thread/resume', { threadId, excludeTurns: true });
    await c.call('turn/start', { threadId, input: typed('unseen') });
    await status([a, b, c], threadId, 'idle');
    await a.call('thread/read', { threadId });
  },
};

async function refusals(client: Client, threadId: string): Promise<void> {
  await client.refused('thread/read', { threadId, includeTurns: true });
  await client.refused('thread/turns/list', { threadId });
  await client.refused('thread/items/list', { threadId });
  await client.refused('thread/fork', { threadId });
  await client.refused('thread/archive', { threadId });
  await client.refused('thread/delete', { threadId });
  await client.refused('thread/name/set', { threadId, name: 'No name' });
  await client.refused('thread/goal/set', { threadId, objective: 'No goal' });
  await client.refused('thread/metadata/update', { threadId, gitInfo: { branch: 'main' } });
  await client.refused('thread/queue/add', { threadId, input: typed('x'), clientUserMessageId: 'm' });
}
