import { useEffect, useState } from 'preact/hooks';
import type { WatchedThread } from '../../client/api.js';
import type { Thread } from '../../client/runtime-types.js';
import type { Attachment } from '../../protocol/attachments.js';
import { threadLink } from '../state/route.js';
import { useSelected } from '../state/observe.js';
import { titleOf } from '../state/thread-words.js';
import { label } from '../thread/text.js';
import { AttachForm } from './AttachForm.js';
import { AttachmentMessages } from './AttachmentMessages.js';
import { useWorkplace } from './context.js';
import { Dialog } from './Dialog.js';
import { SendForm } from './SendForm.js';
import { Problem } from './Problem.js';
import { useTask } from './use-task.js';

interface AttachmentsProps {
  readonly thread: WatchedThread;
  readonly threads: readonly Thread[];
  readonly mayChange: boolean;
  readonly onClose: () => void;
}

/** The threads that this one is attached to, and what was sent along. */
export function AttachmentsDialog({ thread, threads, mayChange, onClose }: AttachmentsProps) {
  const { threadId } = thread;
  const edges = useEdges(thread);
  const parents = edges.filter(({ childThreadId }) => childThreadId === threadId);
  const children = edges.filter(({ parentThreadId }) => parentThreadId === threadId);
  const nameOf = (id: string): string => {
    const known = threads.find((each) => each.id === id);
    return known === undefined ? id : titleOf(known);
  };
  return (
    <Dialog title="Attached threads" onClose={onClose}>
      <h3>Parent</h3>
      <Edges edges={parents} threadId={threadId} nameOf={nameOf} mayChange={mayChange} none="None." />
      <h3>Children</h3>
      <Edges edges={children} threadId={threadId} nameOf={nameOf} mayChange={mayChange} none="None." />
      {mayChange && <AttachForm threadId={threadId} threads={threads} hasParent={parents.some(isActive)} />}
      <AttachmentMessages thread={thread} nameOf={nameOf} />
    </Dialog>
  );
}

const isActive = ({ state }: Attachment): boolean => state === 'active';

/** All edges of a thread: listed once, then as the thread is told of them. */
function useEdges(thread: WatchedThread): readonly Attachment[] {
  const { client } = useWorkplace();
  const { threadId } = thread;
  const told = useSelected(thread, ({ attachments }) => attachments);
  const [listed, setListed] = useState<readonly Attachment[]>([]);
  useEffect(() => {
    let isCurrent = true;
    const states = ['active', 'archived'] as const;
    const list = async (): Promise<void> => {
      const [up, down] = await Promise.all([
        client.call('thread/attachments/list', { childThreadId: threadId, states }),
        client.call('thread/attachments/list', { parentThreadId: threadId, states }),
      ]);
      if (isCurrent) setListed([...up.data, ...down.data]);
    };
    // What is told meanwhile is newer than the list; where there is none the dialog shows what is told.
    void list().catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [client, threadId]);
  const byId = new Map([...listed, ...told].map((edge) => [edge.attachmentId, edge]));
  return [...byId.values()].filter(({ state }) => state !== 'detached');
}

interface EdgesProps {
  readonly edges: readonly Attachment[];
  readonly threadId: string;
  readonly mayChange: boolean;
  readonly none: string;
  readonly nameOf: (threadId: string) => string;
}

function Edges({ edges, none, ...rest }: EdgesProps) {
  if (edges.length === 0) return <p class="faint">{none}</p>;
  return (
    <ul class="edges">
      {edges.map((edge) => (
        <Edge key={edge.attachmentId} edge={edge} {...rest} />
      ))}
    </ul>
  );
}

function Edge({
  edge,
  threadId,
  mayChange,
  nameOf,
}: Omit<EdgesProps, 'edges' | 'none'> & { readonly edge: Attachment }) {
  const { client } = useWorkplace();
  const [isWriting, setWriting] = useState(false);
  const detaching = useTask();
  const isParent = edge.childThreadId === threadId;
  const other = isParent ? edge.parentThreadId : edge.childThreadId;
  const name = label(isParent ? null : edge.displayName) || nameOf(other);
  const { attachmentId } = edge;
  return (
    <li>
      <div class="edge">
        <a href={threadLink(other)}>{name}</a>
        {edge.roleLabel !== null && <span class="mark">{label(edge.roleLabel)}</span>}
        {edge.state === 'archived' && <span class="mark">archived</span>}
        {mayChange && edge.state === 'active' && (
          <span class="edge-actions">
            <button
              type="button"
              class="button small"
              aria-expanded={isWriting}
              onClick={() => setWriting(!isWriting)}
            >
              Send…
            </button>
            <button
              type="button"
              class="button small mild"
              disabled={detaching.isBusy}
              onClick={() =>
                detaching.run(async () => await client.call('thread/attachment/delete', { attachmentId }))
              }
            >
              Detach
            </button>
          </span>
        )}
      </div>
      <Problem text={detaching.error} />
      {isWriting && (
        <SendForm
          attachmentId={attachmentId}
          from={isParent ? 'child' : 'parent'}
          to={name}
          onDone={() => setWriting(false)}
        />
      )}
    </li>
  );
}
