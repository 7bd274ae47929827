import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { WatchedThread } from '../../client/api.js';
import type { Thread } from '../../client/runtime-types.js';
import { isWaiting } from '../../client/types.js';
import { Requests } from '../requests/Requests.js';
import { useSelected } from '../state/observe.js';
import { openThread, threadLink } from '../state/route.js';
import { titleOf } from '../state/thread-words.js';
import { ThreadView } from '../thread/ThreadView.js';
import { Composer } from './Composer.js';
import { useWorkplace } from './context.js';
import { OutgoingMessages } from './Outgoing.js';
import { ThreadHeader } from './ThreadHeader.js';

interface ThreadPageProps {
  readonly threadId: string;
  /** All threads that are known: for the names of others. */
  readonly threads: readonly Thread[];
}

/** One thread: what happens in it, what it asks, and what one says to it. */
export function ThreadPage({ threadId, threads }: ThreadPageProps) {
  const { client, outgoing } = useWorkplace();
  const [thread, setThread] = useState<WatchedThread | null>(null);
  useLayoutEffect(() => {
    const watched = client.watch(threadId);
    setThread(watched);
    return () => {
      watched.close();
      outgoing.left(threadId);
    };
  }, [client, threadId]);
  if (thread === null) return null;
  return <WatchedPage thread={thread} threads={threads} />;
}

function WatchedPage({
  thread,
  threads,
}: {
  readonly thread: WatchedThread;
  readonly threads: readonly Thread[];
}) {
  const { client, outgoing } = useWorkplace();
  const phase = useSelected(thread, (state) => state.phase);
  const role = useSelected(client.connection, (state) => state.role);
  useEffect(() => {
    const changed = (): void => outgoing.arrived(thread.state.turns);
    return thread.subscribe(changed);
  }, [thread, outgoing]);
  const main = useRef<HTMLElement>(null);
  return (
    <main ref={main} class="thread-page" data-phase={phase}>
      <ThreadHeader thread={thread} threads={threads} />
      {phase === 'gone' ? <Gone thread={thread} /> : <ThreadView thread={thread} onOpenThread={openThread} />}
      <div class="dock">
        <WaitingChildren threadId={thread.threadId} threads={threads} />
        <Requests thread={thread} />
        <OutgoingMessages thread={thread} />
        {role === 'observer' ? (
          <p class="dock-note">
            You are looking on: this device was paired as an observer, and cannot write or answer.
          </p>
        ) : (
          phase !== 'gone' && <Composer thread={thread} />
        )}
      </div>
    </main>
  );
}

function Gone({ thread }: { readonly thread: WatchedThread }) {
  const error = useSelected(thread, (state) => state.error);
  return (
    <div class="gone" role="alert">
      <h2>{error?.reason === 'threadArchived' ? 'This thread is archived' : 'This thread is not there'}</h2>
      <p>{error?.message ?? 'It was deleted or archived, or never was.'}</p>
      <a class="button" href="#">
        All threads
      </a>
    </div>
  );
}

/** A sub-agent asks in a thread of its own, which nobody may be looking at. */
function WaitingChildren({ threadId, threads }: ThreadPageProps) {
  const waiting = threads.filter((thread) => thread.parentThreadId === threadId && isWaiting(thread));
  if (waiting.length === 0) return null;
  return (
    <ul class="waiting-children">
      {waiting.map((thread) => (
        <li key={thread.id}>
          <a href={threadLink(thread.id)}>{titleOf(thread)}, an agent of this thread, waits for you</a>
        </li>
      ))}
    </ul>
  );
}
