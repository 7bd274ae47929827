import { member } from '../../../codex/json.js';
import type { ModelTurn } from '../../../codex/model-turn.js';
import type { ScriptedModel } from '../../../codex/model.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { of, startThread, status, turnEnds, wholeTurn } from '../steps.js';

const UPDATED = 'thread/goal/updated';
const NOBODY = '00000000-0000-7000-8000-000000000000';

/**
 * A thread has a goal that is active: the server starts turns by itself until the goal is reached, paused, cleared
 * or too dear. One client is subscribed, the others set goals from outside; some turns nobody watches.
 */
export const goal: Scenario = {
  name: 'goal',
  covers: ['thread/goal/set', 'thread/goal/get', 'thread/goal/clear', UPDATED, 'thread/goal/cleared'],
  features: ['goals'],
  freedoms: [
    {
      reason:
        'What a turn has cost is counted by a task of its own, and told unless something else is told first. Seen in ' +
        'about one run in four.',
      matches: ({ subject, text }) =>
        subject === UPDATED && !text.includes('"turnId":null') && text.includes('"status":"active"'),
      lane: () => null,
    },
    {
      reason:
        'That the goal was set is told by a task of its own, before or after the answer and the first messages of ' +
        'the turn that the server starts for it. Seen in most runs.',
      matches: ({ subject }) => subject === UPDATED || subject === 'thread/goal/cleared',
      lane: () => 'goal',
    },
    {
      reason: 'The answer comes while the turn that it causes begins.',
      matches: ({ subject }) => subject === 'answer to thread/goal/set',
      lane: ({ subject }) => subject,
    },
  ],
  async run({ clients: { a, b, c, d }, model, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    await d.connect({ experimentalApi: true, optOutNotificationMethods: [UPDATED] });
    const threadId = await startThread(a, work);
    await a.refused('thread/goal/set', { threadId, objective: '' });
    await wholeTurn([a], threadId, 'first');
    for (const each of [b, c, d]) await status([each], threadId, 'idle');
    await settle();

    await reached([a, b, c, d], model, threadId);
    await settle();
    await paused([a, b, c, d], model, threadId);
    await settle();
    await unwatched([a, b, c, d], model, threadId);
    await settle();
    await refusals(b, threadId);
  },
};

type Four = readonly [Client, Client, Client, Client];

async function told(clients: readonly Client[], threadId: string, state: string): Promise<void> {
  const matches = (params: Parameters<ReturnType<typeof of>>[0]): boolean =>
    of(threadId)(params) && member(params, 'goal', 'status') === state;
  for (const client of clients) await client.notification(UPDATED, matches);
}

/** The next turn that the server starts for the goal. */
async function continued(model: ScriptedModel): Promise<ModelTurn> {
  return await model.hold(({ text: words, output }) => isGoal(words) && output === null);
}

function isGoal(words: string): boolean {
  return words.startsWith('<codex_internal_context source="goal">');
}

/** Set by an outsider; two turns of the server's own, and the second says that it is done. */
async function reached([a, b, c, d]: Four, model: ScriptedModel, threadId: string): Promise<void> {
  const [first, second] = [continued(model), continued(model)];
  await b.call('thread/goal/set', { threadId, objective: 'A clean house', status: 'active' });
  await told([a, b, c], threadId, 'active');
  const one = await first;
  await c.call('thread/goal/get', { threadId });
  one.say('Half ', 'done.');
  one.finish();
  await turnEnds([a], threadId);
  const two = await second;
  two.call('update_goal', { status: 'complete' });
  const last = model.hold(({ text: words, output }) => isGoal(words) && output !== null);
  two.finish();
  (await last).say('All ', 'done.');
  (await last).finish();
  await turnEnds([a], threadId);
  await told([a, b, c], threadId, 'complete');
  for (let turns = 0; turns < 2; turns += 1) await status([b, c, d], threadId, 'idle');
  await d.call('thread/goal/get', { threadId });
}

/** Paused while its turn runs, which goes on to its end; and then it is too dear to go on. */
async function paused([a, b, c, d]: Four, model: ScriptedModel, threadId: string): Promise<void> {
  const first = continued(model);
  await c.call('thread/goal/set', { threadId, objective: 'A clean garden', status: 'active' });
  const one = await first;
  await told([a, b, c], threadId, 'active');
  await b.call('thread/goal/set', { threadId, status: 'paused' });
  await told([a, b, c], threadId, 'paused');
  one.say('Stopping.');
  one.finish();
  await turnEnds([a], threadId);
  await status([b, c, d], threadId, 'idle');

  // What it has cost is more than it may from now on.
  await a.call('thread/goal/set', { threadId, status: 'active', tokenBudget: 1 });
  await told([a, b, c], threadId, 'budgetLimited');
}

/** With no subscriber left the server goes on; whoever comes finds the turn running. */
async function unwatched([a, b, c, d]: Four, model: ScriptedModel, threadId: string): Promise<void> {
  await b.call('thread/goal/clear', { threadId });
  for (const each of [a, b, c, d]) await each.notification('thread/goal/cleared', of(threadId));
  await a.call('thread/unsubscribe', { threadId });
  const first = continued(model);
  await c.call('thread/goal/set', { threadId, objective: 'Silence', status: 'active' });
  await told([a, b, c], threadId, 'active');
  const one = await first;
  await b.call('thread/read', { threadId });
  await b.call('thread/resume', { threadId, excludeTurns: true });
  one.say('Quiet ', 'now.');
  await b.notification('item/agentMessage/delta', of(threadId));
  await d.call('thread/goal/clear', { threadId });
  for (const each of [a, b, c, d]) await each.notification('thread/goal/cleared', of(threadId));
  one.finish();
  await turnEnds([b], threadId);
  await status([a, c, d], threadId, 'idle');
  await a.call('thread/goal/get', { threadId });
}

async function refusals(client: Client, threadId: string): Promise<void> {
  await client.refused('thread/goal/set', { threadId, status: 'active' });
  await client.refused('thread/goal/set', { threadId, objective: 'x', status: 'no such status' });
  await client.refused('thread/goal/set', { threadId, objective: 'x', tokenBudget: -1 });
  await client.refused('thread/goal/set', { threadId: NOBODY, objective: 'x' });
  await client.refused('thread/goal/get', { threadId: NOBODY });
  await client.refused('thread/goal/clear', {});
}
