import type { Demo } from '../demo.js';
import { noRollout, RequestError, threadNotFound, threadNotLoaded } from '../errors.js';
import type { Params } from '../params.js';
import { isLoaded, isMaterialized, isSubAgent, type ReadState, type Thread } from '../thread.js';

/** The thread to read from, loaded or not. */
export function readable(demo: Demo, params: Params): Thread {
  const id = params.threadId();
  const thread = demo.threads.get(id);
  if (thread === undefined) throw threadNotLoaded(id);
  return thread;
}

/** The thread to work on: it must be loaded. */
export function loaded(demo: Demo, params: Params): Thread {
  const id = params.threadId();
  const thread = demo.threads.get(id);
  if (thread === undefined || !isLoaded(thread)) throw threadNotFound(id);
  return thread;
}

/** The thread whose file is meant. */
export function stored(demo: Demo, params: Params, what: 'thread' | 'session' = 'session'): Thread {
  const id = params.threadId(what);
  const thread = demo.threads.get(id);
  if (thread === undefined || thread.meta.ephemeral) throw noRollout(id);
  return thread;
}

/** The thread to go on with, or to fork. */
export function open(demo: Demo, params: Params): Thread {
  const id = params.threadId('session');
  const thread = demo.threads.get(id);
  if (thread === undefined || (thread.meta.ephemeral && !isLoaded(thread))) throw noRollout(id);
  if (!thread.meta.archived) return thread;
  const how = `Run \`codex unarchive ${id}\` to unarchive it first.`;
  throw new RequestError(`session ${id} is archived. ${how}`);
}

/** Throws unless the thread has turns that `what` can show. */
export function mustHaveTurns(thread: Thread, what: string): void {
  const { id, ephemeral } = thread.meta;
  if (ephemeral) throw new RequestError(`ephemeral threads do not support ${what}`);
  if (isMaterialized(thread)) return;
  const why = `${what} is unavailable before first user message`;
  throw new RequestError(`thread ${id} is not materialized yet; ${why}`);
}

/** Who reads a sub-agent is not kept. */
export function readStateOf(thread: Thread): ReadState | null {
  return isSubAgent(thread) ? null : thread.meta.readState;
}
