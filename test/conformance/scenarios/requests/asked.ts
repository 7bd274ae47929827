import type { Json } from '../../../codex/json.js';
import type { Client, ServerRequest } from '../../client.js';
import type { Freedom } from '../../lanes.js';
import type { Stage } from '../../scenario.js';
import { of, resumeThread, startThread, startTurn, status, turnEnds } from '../steps.js';

/**
 * A thread of `a` that `b` and `c` look on, who is a plain client, while `d` is there and does not. It has one turn
 * behind it. `begun`: what is to be waited for when it has begun.
 */
export async function sharedThread(
  { clients: { a, b, c, d }, work, settle }: Stage,
  options: { readonly [name: string]: Json } = {},
  begun: () => Promise<unknown> = async () => await Promise.resolve(),
): Promise<string> {
  await a.connect();
  await b.connect();
  await c.connect({});
  await d.connect();
  const threadId = await startThread(a, work, options);
  await begun();
  await startTurn(a, threadId, 'hello');
  await ended([a], [b, c, d], threadId);
  for (const client of [b, c]) {
    await resumeThread(client, [a, b, c, d], { threadId, excludeTurns: true });
  }
  await settle();
  return threadId;
}

/** All of these have been asked; what they were asked, the same for all. */
export async function asked(clients: readonly [Client, ...Client[]], method: string): Promise<ServerRequest> {
  const [first, ...others] = clients;
  const request = await first.request(method);
  for (const client of others) await client.request(method);
  return request;
}

/** One answers, and all of these are told that the request is settled. */
export async function settled(
  clients: readonly Client[],
  threadId: string,
  answer: () => void,
): Promise<void> {
  answer();
  for (const client of clients) await client.notification('serverRequest/resolved', of(threadId));
}

/** The turn has ended for its subscribers, and the others know that the thread is idle. */
export async function ended(
  subscribers: readonly Client[],
  others: readonly Client[],
  threadId: string,
): Promise<void> {
  await turnEnds(subscribers, threadId);
  await status(others, threadId, 'idle');
}

/** For a scenario in which commands are declined. */
export const flagsApart: Freedom = {
  reason:
    'A command that is declined is completed, and the model asked again, while the status that waits no longer is ' +
    'still to be told. Seen in about one run in ten with both cores busy.',
  matches: ({ subject, text }) => subject === 'thread/status/changed' && text.includes('"activeFlags":[]'),
  lane: ({ subject }) => subject,
};

/** For a scenario that needs features still under development: it is not said of them, before the answer or after. */
export const QUIET = { suppress_unstable_features_warning: true };

/** An answer that says that it cannot be answered. */
export const REFUSAL: Json = { code: -32000, message: 'I cannot' };

/** Words of the user that bring a request, and what it is answered with. */
type Answer = readonly [words: string, answer: Json];

/** Each request is put to all who look on; one answers, and another does so too late. */
export async function answeredEach(
  { clients: { a, b, c, d }, settle }: Stage,
  threadId: string,
  method: string,
  { answers, late }: { readonly answers: readonly Answer[]; readonly late: Json },
): Promise<void> {
  for (const [words, answer] of answers) {
    await startTurn(a, threadId, words);
    const request = await asked([a, b, c], method);
    await settle();
    await settled([a, b, c], threadId, () => c.answer(request, answer));
    b.answer(request, late);
    await ended([a, b, c], [d], threadId);
    await settle();
  }
}

/** Nobody of those who look on can answer it. */
export async function refusedByAll(
  { clients: { a, b, c, d }, settle }: Stage,
  threadId: string,
  method: string,
  words: string,
): Promise<void> {
  await startTurn(a, threadId, words);
  const request = await asked([a, b, c], method);
  await settled([a, b, c], threadId, () => {
    for (const client of [a, b, c]) client.reject(request, REFUSAL);
  });
  await ended([a, b, c], [d], threadId);
  await settle();
}

/** One comes while it is open, is asked too, and interrupts the turn. What is answered then comes too late. */
export async function interruptedOpen(
  { clients: { a, b, c, d }, settle }: Stage,
  threadId: string,
  method: string,
  [words, late]: Answer,
): Promise<void> {
  const turnId = await startTurn(c, threadId, words);
  const request = await asked([a, b, c], method);
  await resumeThread(d, [a, b, c, d], { threadId, excludeTurns: true });
  await d.request(method);
  await d.call('turn/interrupt', { threadId, turnId });
  for (const client of [a, b, c, d]) await client.notification('serverRequest/resolved', of(threadId));
  await ended([a, b, c, d], [], threadId);
  a.answer(request, late);
  await settle();
}
