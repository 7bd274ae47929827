import type { Json } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, turnEnds, wholeTurn } from '../steps.js';
import { settingsApart } from './settings-apart.js';
import { warnedApart } from './warned-apart.js';

const UPDATED = 'thread/settings/updated';
const NOBODY = '00000000-0000-7000-8000-000000000000';

/**
 * The settings of a thread are changed by subscribers and by outsiders, between turns and in the middle of one; some
 * changes are for the running turn alone. Who does not know of it, or does not want to, is not told.
 */
export const settings: Scenario = {
  name: 'settings',
  covers: ['thread/settings/update', 'turn/settings/update', UPDATED],
  features: ['step_model_switching'],
  freedoms: [settingsApart, warnedApart],
  async run({ clients: { a, b, c, d }, model, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    await d.connect({ experimentalApi: true, optOutNotificationMethods: [UPDATED] });
    const threadId = await startThread(a, work, { model: 'gpt-5.5' });
    const update = async (client: Client, changes: { readonly [name: string]: Json }): Promise<void> => {
      await client.call('thread/settings/update', { threadId, ...changes });
    };
    // Before the first turn as well.
    await update(b, { effort: 'low' });
    await a.notification(UPDATED, of(threadId));
    await wholeTurn([a], threadId, 'first');
    for (const each of [c, d]) await resumeThread(each, [a, b, c, d], { threadId, excludeTurns: true });
    await settle();

    await update(b, { model: 'gpt-6-sol', approvalPolicy: 'never', personality: 'friendly' });
    await a.notification(UPDATED, of(threadId));
    await update(d, { serviceTier: 'fast', summary: 'detailed' });
    await a.notification(UPDATED, of(threadId));
    await update(a, { serviceTier: null, approvalsReviewer: 'auto_review' });
    await a.notification(UPDATED, of(threadId));
    // Nothing changes.
    await update(a, {});
    await update(a, { approvalPolicy: 'never' });
    await settle();

    const held = model.hold('long');
    const turnId = await startTurn(c, threadId, 'long');
    const turn = await held;
    await update(d, { effort: 'high', model: 'gpt-6-luna' });
    await a.notification(UPDATED, of(threadId));
    await b.call('turn/settings/update', { threadId, turnId, effort: 'medium', summary: 'concise' });
    await settle();
    await b.call('turn/settings/update', { threadId, turnId: NOBODY, effort: 'low' });
    await c.refused('turn/settings/update', { threadId, turnId, effort: 'low' });
    turn.say('So be it.');
    turn.finish();
    await turnEnds([a, c, d], threadId);
    await status([b], threadId, 'idle');
    await b.call('turn/settings/update', { threadId, turnId, effort: 'low' });
    await b.call('thread/read', { threadId });
    await resumeThread(b, [a, b, c, d], { threadId, excludeTurns: true });
    await settle();

    await c.refused('thread/settings/update', { threadId, effort: 'low' });
    await b.refused('thread/settings/update', { threadId: NOBODY, effort: 'low' });
    await b.refused('thread/settings/update', { threadId, effort: 5 });
    await b.refused('thread/settings/update', { threadId, sandboxPolicy: { type: 'no such policy' } });
  },
};
