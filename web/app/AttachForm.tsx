import { useState } from 'preact/hooks';
import type { Thread } from '../../client/runtime-types.js';
import { titleOf } from '../state/thread-words.js';
import { useWorkplace } from './context.js';
import { Problem } from './Problem.js';
import { useTask } from './use-task.js';

interface AttachFormProps {
  readonly threadId: string;
  readonly threads: readonly Thread[];
  readonly hasParent: boolean;
}

/** Attaches another thread, as a child, or as the parent where there is none. */
export function AttachForm({ threadId, threads, hasParent }: AttachFormProps) {
  const { client } = useWorkplace();
  const [other, setOther] = useState('');
  const [as, setAs] = useState<'child' | 'parent'>('child');
  const [deliverReplies, setDeliverReplies] = useState(false);
  const task = useTask();
  const attach = (event: Event): void => {
    event.preventDefault();
    const ends =
      as === 'child'
        ? { parentThreadId: threadId, childThreadId: other }
        : { parentThreadId: other, childThreadId: threadId };
    task.run(async () => {
      await client.call('thread/attachment/create', { ...ends, deliverReplies });
      setOther('');
    });
  };
  return (
    <form class="form attach" onSubmit={attach}>
      <div class="attach-row">
        <select
          class="input"
          aria-label="Thread"
          value={other}
          onChange={(event) => setOther(event.currentTarget.value)}
        >
          <option value="">Attach a thread…</option>
          {threads
            .filter(({ id }) => id !== threadId)
            .map((thread) => (
              <option key={thread.id} value={thread.id}>
                {titleOf(thread)}
              </option>
            ))}
        </select>
        <select
          class="input"
          aria-label="As"
          value={as}
          onChange={(event) => setAs(event.currentTarget.value === 'parent' ? 'parent' : 'child')}
        >
          <option value="child">as a child</option>
          {!hasParent && <option value="parent">as the parent</option>}
        </select>
        <button class="button" disabled={other === '' || task.isBusy}>
          Attach
        </button>
      </div>
      <label class="option">
        <input
          type="checkbox"
          checked={deliverReplies}
          onChange={(event) => setDeliverReplies(event.currentTarget.checked)}
        />
        <span>Send replies on to the thread that has asked</span>
      </label>
      <Problem text={task.error} />
    </form>
  );
}
