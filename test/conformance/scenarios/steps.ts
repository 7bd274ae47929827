import { member, text, type Json } from '../../codex/json.js';
import type { Client } from '../client.js';

/** What a person typed. */
export function typed(words: string): Json {
  return [{ type: 'text', text: words }];
}

/** Starts a thread and resolves with its id once the client has been told of it. */
export async function startThread(
  client: Client,
  work: string,
  options: { readonly [name: string]: Json } = {},
): Promise<string> {
  const result = await client.call('thread/start', { cwd: work, ...options });
  const threadId = text(result, 'thread', 'id');
  await client.notification('thread/started', (params) => member(params, 'thread', 'id') === threadId);
  return threadId;
}

/** Resumes a thread. Everybody is told of its goal then, by a task that is not that of the answer. */
export async function resumeThread(
  client: Client,
  everybody: readonly Client[],
  params: { readonly threadId: string; readonly [name: string]: Json },
): Promise<void> {
  await client.call('thread/resume', params);
  for (const each of everybody) await each.notification('thread/goal/cleared', of(params.threadId));
}

/** Starts a turn and resolves with its id once it has been accepted. */
export async function startTurn(client: Client, threadId: string, words: string): Promise<string> {
  return text(await client.call('turn/start', { threadId, input: typed(words) }), 'turn', 'id');
}

/** Starts a turn and resolves with its id once each of these subscribers has seen its end. */
export async function wholeTurn(
  subscribers: readonly [Client, ...Client[]],
  threadId: string,
  words: string,
): Promise<string> {
  const turnId = await startTurn(subscribers[0], threadId, words);
  await turnEnds(subscribers, threadId);
  return turnId;
}

/** The next turn of the thread has ended, for each of these subscribers. */
export async function turnEnds(subscribers: readonly Client[], threadId: string): Promise<void> {
  for (const client of subscribers) await client.notification('turn/completed', of(threadId));
}

/** The thread has that status (`idle`, `active`, `notLoaded`), for each of these clients. */
export async function status(clients: readonly Client[], threadId: string, type: string): Promise<void> {
  const matches = (params: Json): boolean =>
    of(threadId)(params) && member(params, 'status', 'type') === type;
  for (const client of clients) await client.notification('thread/status/changed', matches);
}

/** Whether a notification is about that thread. */
export function of(threadId: string): (params: Json) => boolean {
  return (params) => member(params, 'threadId') === threadId;
}
