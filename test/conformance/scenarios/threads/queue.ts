import { text, type Json } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, turnEnds, typed, wholeTurn } from '../steps.js';

const CHANGED = 'thread/queue/changed';
const NOBODY = '00000000-0000-7000-8000-000000000000';

/**
 * Input is queued while a turn runs, by a subscriber and by an outsider; changed, sorted and thrown away; and then
 * started by the server itself when the turn has ended, or by hand when it was interrupted.
 */
export const queue: Scenario = {
  name: 'queue',
  covers: [
    'thread/queue/add',
    'thread/queue/list',
    'thread/queue/update',
    'thread/queue/delete',
    'thread/queue/reorder',
    'thread/queue/start',
    'thread/queue/changed',
  ],
  freedoms: [
    {
      reason:
        'The queue is watched by a task of its own: that it has changed is told before or after the answer to what ' +
        'changed it, and before or after the first messages of the turn that it was for. Seen in most runs.',
      matches: ({ subject }) => subject === CHANGED,
      lane: ({ subject }) => subject,
    },
    {
      reason:
        'A turn that the queue starts runs at once: the answer comes before or after its first messages.',
      matches: ({ subject }) =>
        subject === 'answer to thread/queue/start' || subject === 'answer to thread/queue/add',
      lane: () => 'answers of the queue',
    },
  ],
  async run({ clients: { a, b, c, d }, model, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({ experimentalApi: false });
    await d.connect({ experimentalApi: true, optOutNotificationMethods: [CHANGED] });
    const threadId = await startThread(a, work);
    await wholeTurn([a], threadId, 'first');
    for (const each of [c, d]) await resumeThread(each, [a, b, c, d], { threadId, excludeTurns: true });
    await settle();
    const subscribers = [a, c, d] as const;

    const held = model.hold('long');
    await startTurn(a, threadId, 'long');
    const turn = await held;
    const one = await add([a], b, threadId, 'one');
    const two = await add([a], a, threadId, 'two');
    const three = await add([a], d, threadId, 'three');
    await sortOut(a, b, threadId, [one, two, three]);
    await c.refused('thread/queue/list', { threadId });
    await b.refused('thread/queue/start', { threadId });
    await settle();

    turn.say('Done.');
    turn.finish();
    for (let turns = 0; turns < 3; turns += 1) {
      await turnEnds(subscribers, threadId);
      await status([b], threadId, 'idle');
    }
    await b.call('thread/queue/list', { threadId });
    await settle();
    await afterInterrupt(a, [b, c, d], threadId, model.hold('stop me'));
    await settle();

    await a.refused('thread/queue/start', { threadId });
    await b.refused('thread/queue/add', { threadId: NOBODY, input: typed('x'), clientUserMessageId: 'm' });
    await b.refused('thread/queue/list', { threadId: 'no id' });
    await b.refused('thread/queue/add', { threadId, input: typed('x') });
    await b.refused('thread/queue/add', { threadId, input: [], clientUserMessageId: 'm' });
    await b.refused('thread/queue/update', { threadId, queuedSubmissionId: NOBODY, input: typed('x') });
    await b.refused('thread/queue/start', { threadId, queuedSubmissionId: NOBODY });
  },
};

/** Queues these words; those that watch the queue are told. */
async function add(
  watchers: readonly Client[],
  client: Client,
  threadId: string,
  words: string,
): Promise<string> {
  const params = { threadId, input: typed(words), clientUserMessageId: `message ${words}` };
  const result = await client.call('thread/queue/add', params);
  for (const each of watchers) await each.notification(CHANGED, of(threadId));
  return text(result, 'queuedSubmission', 'id');
}

/** Three are queued: the last is to be the first, the first has other words, and the second goes. */
async function sortOut(
  a: Client,
  b: Client,
  threadId: string,
  ids: readonly [string, string, string],
): Promise<void> {
  const [one, two, three] = ids;
  const page = await a.call('thread/queue/list', { threadId, limit: 2 });
  await b.call('thread/queue/list', { threadId, cursor: text(page, 'nextCursor') });
  await changes(a, b, 'thread/queue/reorder', { threadId, queuedSubmissionIds: [three, one, two] });
  await changes(a, a, 'thread/queue/update', {
    threadId,
    queuedSubmissionId: one,
    input: typed('one, again'),
  });
  await changes(a, b, 'thread/queue/delete', { threadId, queuedSubmissionId: two });
  await b.call('thread/queue/delete', { threadId, queuedSubmissionId: two });
  await a.refused('thread/queue/reorder', { threadId, queuedSubmissionIds: [one] });
  await b.call('thread/queue/list', { threadId });
}

async function changes(watcher: Client, client: Client, method: string, params: Json): Promise<void> {
  await client.call(method, params);
  await watcher.notification(CHANGED);
}

/** An interrupt holds the queue back until somebody starts it. */
async function afterInterrupt(
  a: Client,
  [b, c, d]: readonly [Client, Client, Client],
  threadId: string,
  held: Promise<unknown>,
): Promise<void> {
  const turnId = await startTurn(a, threadId, 'stop me');
  await held;
  const left = await add([a], a, threadId, 'left over');
  await a.call('turn/interrupt', { threadId, turnId });
  await turnEnds([a, c, d], threadId);
  await status([b], threadId, 'idle');
  await b.call('thread/queue/list', { threadId });
  await b.call('thread/queue/start', { threadId, queuedSubmissionId: left });
  await turnEnds([a, c, d], threadId);
  await status([b], threadId, 'idle');
}
