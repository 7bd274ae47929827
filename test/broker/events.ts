import type { StatusResult } from '../../protocol/schemas.js';
import { settled } from '../support/in-memory.js';
import type { MemoryClient, Message } from '../support/in-memory.js';

/** What a runtime says of a thread in which a turn runs, in the members and the order that Codex has. */

export function turnStarted(threadId = 't1', id = 'turn', more: object = {}): object {
  return { method: 'turn/started', params: { threadId, turn: { id, status: 'inProgress', ...more } } };
}

export function turnCompleted(threadId = 't1', id = 'turn'): object {
  return { method: 'turn/completed', params: { threadId, turn: { id, status: 'completed', items: [] } } };
}

export function itemStarted(threadId = 't1', id = 'item', turnId = 'turn'): object {
  const item = { type: 'agentMessage', id, text: '' };
  return { method: 'item/started', params: { item, threadId, turnId } };
}

export function itemCompleted(text: string, threadId = 't1', id = 'item', turnId = 'turn'): object {
  const item = { type: 'agentMessage', id, text };
  return { method: 'item/completed', params: { item, threadId, turnId } };
}

export const APPROVAL = 'item/commandExecution/requestApproval';

export function approval(id: number | string, more: object = {}, threadId = 't1'): object {
  return { method: APPROVAL, id, params: { threadId, turnId: 'turn', itemId: 'item', ...more } };
}

export function resolved(requestId: number | string, threadId = 't1'): object {
  return { method: 'serverRequest/resolved', params: { threadId, requestId } };
}

export const OBSERVER = { experimentalApi: true, extensions: { threadcast: { role: 'observer' } } };

/** Asks to join; the answer where there is one already. */
export async function join(
  client: MemoryClient,
  since: unknown = null,
  threadId: unknown = 't1',
): Promise<Message | undefined> {
  const id = client.request('broker/thread/join', { threadId, since });
  await settled();
  return client.answerTo(id);
}

/** What the broker says of itself; this answer is taken back out of what the client got. */
export async function statusOf(client: MemoryClient): Promise<StatusResult> {
  const id = client.request('broker/status');
  await settled();
  const at = client.received.findIndex((message) => message.id === id && message.method === undefined);
  const [answer] = client.received.splice(at, 1);
  return answer?.result as StatusResult;
}
