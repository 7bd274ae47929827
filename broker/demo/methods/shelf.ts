import { noRollout, RequestError } from '../errors.js';
import { isLoaded, isMaterialized } from '../thread.js';
import { family, unloadThread } from '../threads.js';
import { readable, stored } from './find.js';
import type { Method, Methods } from './method.js';

const archive: Method = (demo, params, answer) => {
  const thread = stored(demo, params);
  if (thread.meta.archived) throw noRollout(thread.meta.id);
  const members = family(demo, thread);
  for (const member of members) {
    unloadThread(demo, member);
    member.meta.archived = true;
    demo.save(member);
  }
  answer({});
  for (const { meta } of members) demo.notify('thread/archived', { threadId: meta.id });
};

const unarchive: Method = (demo, params, answer) => {
  const id = params.threadId('session');
  const thread = demo.threads.get(id);
  if (thread !== undefined && isLoaded(thread)) {
    throw new RequestError(`thread ${id} already has an active writer`);
  }
  if (thread?.meta.archived !== true) throw new RequestError(`no archived rollout found for thread id ${id}`);
  thread.meta.archived = false;
  demo.save(thread);
  answer({ thread: demo.view(thread) });
  demo.notify('thread/unarchived', { threadId: id });
};

const remove: Method = (demo, params, answer) => {
  const thread = stored(demo, params, 'thread');
  const members = family(demo, thread);
  for (const member of members) unloadThread(demo, member);
  const forks = [...demo.threads.values()].filter(({ meta }) => meta.forkedFromId === thread.meta.id);
  if (forks.some(({ meta }) => !meta.ephemeral)) {
    throw new RequestError(`cannot delete thread ${thread.meta.id}: forked history still references it`);
  }
  for (const { meta } of members) {
    demo.threads.delete(meta.id);
    demo.store.delete(meta.id);
  }
  answer({});
  for (const { meta } of members) demo.notify('thread/deleted', { threadId: meta.id });
};

/** A thread that is on no disk is gone once nobody watches it. */
const unsubscribe: Method = (demo, params, answer) => {
  const thread = demo.threads.get(params.threadId());
  if (thread === undefined || !isLoaded(thread)) return answer({ status: 'notLoaded' });
  const status = thread.subscribed ? 'unsubscribed' : 'notSubscribed';
  thread.subscribed = false;
  answer({ status });
  const lasting = isMaterialized(thread) && !thread.meta.ephemeral;
  if (lasting || thread.turn !== null) return;
  unloadThread(demo, thread);
  demo.threads.delete(thread.meta.id);
};

const setName: Method = (demo, params, answer) => {
  const name = params.text('name').trim();
  const thread = stored(demo, params, 'thread');
  if (name === '') throw new RequestError('thread name must not be empty');
  thread.meta.name = name;
  demo.save(thread);
  answer({});
  demo.notify('thread/name/updated', { threadId: thread.meta.id, threadName: name });
};

const updateMetadata: Method = (demo, params, answer) => {
  const thread = stored(demo, params, 'thread');
  const git = params.inner('gitInfo');
  if (git !== null) {
    const before = thread.meta.gitInfo ?? { sha: null, branch: null, originUrl: null };
    thread.meta.gitInfo = {
      sha: git.textOr('sha', before.sha),
      branch: git.textOr('branch', before.branch),
      originUrl: git.textOr('originUrl', before.originUrl),
    };
  }
  demo.save(thread);
  answer({ thread: demo.view(thread, [], true) });
};

const updateReadState: Method = (demo, params, answer) => {
  const { meta } = readable(demo, params);
  const unread = params.inner('operation')?.word('type', ['read', 'unread']) === 'unread';
  const turnId = meta.readState.firstUnread?.turnId ?? null;
  const firstUnread = unread && turnId !== null ? { type: 'turn' as const, turnId } : null;
  meta.readState = { firstUnread, revision: demo.ids.uuid() };
  const { readState } = meta;
  demo.notify('thread/readState/changed', { threadId: meta.id, readState });
  answer({ readState });
};

export const shelfMethods: Methods = {
  'thread/archive': archive,
  'thread/unarchive': unarchive,
  'thread/delete': remove,
  'thread/unsubscribe': unsubscribe,
  'thread/name/set': setName,
  'thread/metadata/update': updateMetadata,
  'thread/readState/update': updateReadState,
};
