import { member, type Json } from '../../../codex/json.js';
import type { Script } from '../../../codex/model.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { of, startThread, status, turnEnds, startTurn } from '../steps.js';

const STARTED = 'item/autoApprovalReview/started';
const COMPLETED = 'item/autoApprovalReview/completed';
const REVIEW = 'thread/guardianReview';
const NOBODY = '00000000-0000-7000-8000-000000000000';

/**
 * Approvals are given by a reviewer, a model, and not by people. Whoever asks for a review of what a thread would do
 * is subscribed to that thread by it, also when the review is refused.
 */
export const guardian: Scenario = {
  name: 'guardian',
  covers: [
    REVIEW,
    'thread/approveGuardianDeniedAction',
    'thread/inject_items',
    STARTED,
    COMPLETED,
    'guardianWarning',
  ],
  async run({ clients: { a, b, c, d }, model, work, settle }) {
    for (const client of [a, b, d]) await client.connect();
    await c.connect({});
    const reviewer = { outcome: 'deny' };
    model.script = reviewed(reviewer, model.script);
    const threadId = await startThread(a, work, { approvalsReviewer: 'auto_review' });
    await startTurn(a, threadId, 'run echo x');
    await a.notification(STARTED, of(threadId));
    const denied = await a.notification(COMPLETED, of(threadId));
    await a.notification('guardianWarning', of(threadId));
    await turnEnds([a], threadId);
    await status([b, c, d], threadId, 'idle');
    await settle();

    // What was denied may be done after all.
    await c.call('thread/approveGuardianDeniedAction', { threadId, event: deniedEvent(denied) });
    await c.refused('thread/approveGuardianDeniedAction', { threadId, event: { id: 'x' } });
    await c.refused('thread/approveGuardianDeniedAction', { threadId: NOBODY, event: deniedEvent(denied) });
    await settle();

    reviewer.outcome = 'allow';
    await b.refused(REVIEW, { threadId });
    await c.call('thread/inject_items', { threadId, items: [commandCall('call_77')] });
    await d.call(REVIEW, { threadId });
    await settle();
    await c.refused(REVIEW, { threadId });
    await b.refused(REVIEW, { threadId: NOBODY });
    await b.refused(REVIEW, {});
    await c.refused('thread/inject_items', { threadId, items: [{ type: 'message' }] });
    await c.refused('thread/inject_items', { threadId, items: [] });
    await c.refused('thread/inject_items', { threadId: NOBODY, items: [commandCall('call_78')] });
    await settle();
    await watched([a, b, d], c, threadId);
  },
};

/** Those that asked for a review see what goes on. */
async function watched(
  subscribers: readonly [Client, ...Client[]],
  other: Client,
  threadId: string,
): Promise<void> {
  await startTurn(subscribers[0], threadId, 'hello');
  await turnEnds(subscribers, threadId);
  await status([other], threadId, 'idle');
  for (const each of subscribers.slice(1)) await each.call('thread/unsubscribe', { threadId });
}

/** The reviewer says what it is told to say; the agent goes on as usual. */
function reviewed(reviewer: { readonly outcome: string }, script: Script): Script {
  return async (turn) => {
    if (!turn.request.text.startsWith('The following is the Codex agent history')) return await script(turn);
    const assessment = { risk_level: 'low', user_authorization: 'high', rationale: 'So it is.', ...reviewer };
    return turn.say(JSON.stringify(assessment));
  };
}

/** The review in the words in which the runtime wants it back. */
function deniedEvent(completed: Json): Json {
  return {
    id: member(completed, 'reviewId') ?? null,
    turn_id: member(completed, 'turnId') ?? null,
    status: 'denied',
    action: {
      type: 'command',
      source: 'unified_exec',
      command: member(completed, 'action', 'command') ?? null,
      cwd: member(completed, 'action', 'cwd') ?? null,
    },
  };
}

/** A command that the agent would run. */
function commandCall(callId: string): Json {
  const args = { cmd: 'echo y', sandbox_permissions: 'require_escalated', justification: 'to see it' };
  return { type: 'function_call', name: 'exec_command', call_id: callId, arguments: JSON.stringify(args) };
}
