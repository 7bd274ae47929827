import { member, text } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import { lastStatusUntold } from '../../lanes.js';
import type { Scenario } from '../../scenario.js';
import { startThread, status, wholeTurn } from '../steps.js';

/** A thread is forked by its owner and by an outsider, whole and from the middle; source and forks go their own ways. */
export const fork: Scenario = {
  name: 'fork',
  covers: ['thread/fork'],
  freedoms: [lastStatusUntold],
  async run({ clients: { a, b, c }, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const source = await startThread(a, work);
    await a.refused('thread/fork', { threadId: source });
    await wholeTurn([a], source, 'first');
    const second = await wholeTurn([a], source, 'second');
    await status([b, c], source, 'idle');
    await status([b, c], source, 'idle');
    await settle();

    const whole = await forkOf(a, [b, c], { threadId: source });
    const part = await forkOf(b, [a, c], { threadId: source, excludeTurns: true, beforeTurnId: second });
    const plain = await forkOf(c, [a, b], { threadId: source, excludeTurns: true });
    await settle();

    await wholeTurn([a], whole, 'on the fork');
    await status([b, c], whole, 'idle');
    await wholeTurn([b], part, 'on the part');
    await status([a, c], part, 'idle');
    await wholeTurn([c], plain, 'on the plain one');
    await status([a, b], plain, 'idle');
    await wholeTurn([a], source, 'on the source');
    await status([b, c], source, 'idle');
    await settle();

    await b.call('thread/read', { threadId: part, includeTurns: true });
    await b.call('thread/turns/list', { threadId: whole, itemsView: 'full' });
    await a.refused('thread/delete', { threadId: source });
    await a.refused('thread/fork', { threadId: '00000000-0000-7000-8000-000000000000' });
    await c.refused('thread/fork', { threadId: source, path: '/nowhere' });
  },
};

async function forkOf(
  client: Client,
  others: readonly Client[],
  params: Record<string, string | boolean>,
): Promise<string> {
  const id = text(await client.call('thread/fork', params), 'thread', 'id');
  for (const each of [client, ...others]) {
    await each.notification('thread/started', (started) => member(started, 'thread', 'id') === id);
  }
  return id;
}
