import type { Demo } from './demo.js';
import { RequestError } from './errors.js';
import { RUNNING_TURNS_MAX, THREADS_MAX } from './limits.js';
import { isMaterialized, MODEL, previewOf, type Settings, type Thread, type ThreadMeta } from './thread.js';
import { Turn } from './turn.js';

const CLIENT = 'threadcast-demo';

/** What a new thread differs in from one that a client starts without a word. */
export type ThreadSpec = Partial<
  Pick<
    ThreadMeta,
    | 'agentNickname'
    | 'createdAtMs'
    | 'ephemeral'
    | 'forkedFromId'
    | 'gitInfo'
    | 'name'
    | 'parentThreadId'
    | 'preview'
    | 'sessionId'
    | 'threadSource'
    | 'tokensUsed'
  >
> & { readonly settings?: Partial<Settings> };

const DEFAULTS: Settings = {
  cwd: process.cwd(),
  approvalPolicy: 'on-request',
  approvalsReviewer: 'user',
  sandboxPolicy: { type: 'readOnly', networkAccess: false },
  model: MODEL,
  effort: null,
  summary: null,
  mode: 'default',
  personality: null,
};

/** Adds a loaded thread. @throws {RequestError} when there are too many. */
export function createThread(demo: Demo, { settings, ...spec }: ThreadSpec): Thread {
  if (demo.threads.size >= THREADS_MAX) throw new RequestError(`there are ${THREADS_MAX} threads already`);
  const id = demo.ids.uuid();
  const nowMs = demo.clock.nowMs();
  const meta: ThreadMeta = {
    version: 1,
    id,
    sessionId: id,
    forkedFromId: null,
    parentThreadId: null,
    ephemeral: false,
    createdAtMs: nowMs,
    originator: demo.client?.name ?? CLIENT,
    threadSource: null,
    agentNickname: null,
    preview: '',
    updatedAtMs: nowMs,
    settings: { ...DEFAULTS, ...settings },
    gitInfo: null,
    name: null,
    archived: false,
    goal: null,
    readState: { firstUnread: null, revision: `initial:${id}` },
    tokensUsed: 0,
    ...spec,
  };
  return demo.add(meta, { type: 'idle' });
}

/**
 * A new turn, which has yet to be run. A thread is known by its first one, and on disk from then on.
 * @param spec.about What the user wants, in words.
 * @throws {RequestError} when one of this thread, or too many of all, are running.
 */
export function newTurn(
  demo: Demo,
  thread: Thread,
  spec: { readonly about: string; readonly rootTurnId?: string | null },
): Turn {
  if (thread.turn !== null) throw new RequestError('a turn is running already');
  if (demo.runningTurns >= RUNNING_TURNS_MAX) throw new RequestError('too many turns are running');
  if (!isMaterialized(thread)) thread.meta.preview = previewOf(spec.about);
  return new Turn(demo, thread, spec.rootTurnId ?? null);
}

/** Takes a thread out of memory, its running turn and open requests with it. */
export function unloadThread(demo: Demo, thread: Thread): void {
  thread.turn?.end('interrupted');
  thread.subscribed = false;
  thread.accepted.clear();
  if (thread.status.type !== 'notLoaded') demo.setStatus(thread, { type: 'notLoaded' });
  if (!thread.meta.ephemeral) thread.history = null;
}

/** A thread and the sub-agents below it, itself first. */
export function family(demo: Demo, root: Thread): Thread[] {
  const found = [root];
  for (const parent of found) {
    for (const thread of demo.threads.values()) {
      if (thread.meta.parentThreadId === parent.meta.id) found.push(thread);
    }
  }
  return found;
}
