import type { History } from './history.js';
import { object, text } from './message.js';
import type { Runtime } from './runtime.js';
import type { Pending, Said } from './runtime-watch.js';

export const ORIGIN = 'broker/turn/origin';

/** What the broker says in the place of a runtime that has died: all that was open is over. */
export function sayLastWords(history: History, runtime: Runtime): void {
  const after = history.now;
  const open = [...runtime.threads.values()].flatMap((thread) => [...thread.open]);
  for (const asked of open.sort((one, other) => one.openedAt - other.openedAt)) {
    const params = { threadId: asked.threadId, requestId: asked.upstreamId };
    history.event('serverRequest/resolved', params, { after, resolves: asked });
  }
  for (const thread of runtime.threads.values()) {
    if (thread.turn === null || !thread.subscribed) continue;
    const turn = { id: thread.turn.id, status: 'failed' };
    history.event('turn/completed', { threadId: thread.id, turn }, { after });
    history.event('thread/status/changed', { threadId: thread.id, status: { type: 'idle' } }, { after });
  }
}

/** What the broker says of its own accord when an answer has come. */
export function sayMore(history: History, pending: Pending, said: Said): void {
  sayClosed(history, pending, said);
  sayOrigin(history, pending, said);
}

/** Who has started a turn: not of one that ran when it was asked for, and once. */
function sayOrigin(history: History, { method, mark, params, prepared }: Pending, { result }: Said): void {
  const turnId = text(object(result ?? {}, 'turn'), 'id');
  if (method !== 'turn/start' || turnId === '' || turnId === prepared?.['running']) return;
  const threadId = text(params, 'threadId');
  const isTold = history
    .log(threadId)
    .some(({ message }) => message.method === ORIGIN && message.params?.['turnId'] === turnId);
  const [clientName = ''] = mark.split(':');
  if (!isTold) history.event(ORIGIN, { threadId, turnId, clientName }, { after: history.now });
}

/** A thread that the next runtime cannot bring back is closed, in the broker's words. */
function sayClosed(history: History, { method, mark, params }: Pending, said: Said): void {
  // With the settings that a thread had, only what was watched when the runtime died is resumed.
  const isRecovery = mark === '' && method === 'thread/resume' && params['model'] !== undefined;
  if (!isRecovery || said.result !== null) return;
  const threadId = String(params['threadId']);
  history.event('thread/closed', { threadId }, { after: history.now });
  history.gone(threadId);
}
