import { useState } from 'preact/hooks';
import type { Thread } from '../../client/runtime-types.js';
import { openThread } from '../state/route.js';
import { useWorkplace } from './context.js';
import { Dialog } from './Dialog.js';
import { Problem } from './Problem.js';
import { useTask } from './use-task.js';

interface NewThreadProps {
  /** For the folders that others are in. */
  readonly threads: readonly Thread[];
  readonly onClose: () => void;
}

/** Starts a thread in a folder. */
export function NewThreadDialog({ threads, onClose }: NewThreadProps) {
  const { client } = useWorkplace();
  const folders = [...new Set(threads.map(({ cwd }) => cwd))];
  const [cwd, setCwd] = useState(folders[0] ?? '');
  const task = useTask();
  const start = (event: Event): void => {
    event.preventDefault();
    task.run(async () => {
      const thread = await client.startThread(cwd.trim() === '' ? {} : { cwd: cwd.trim() });
      openThread(thread.threadId);
      onClose();
      // The page of the thread watches it by now: it is not left in between.
      setTimeout(() => thread.close());
    });
  };
  return (
    <Dialog title="New thread" onClose={onClose}>
      <form class="form" onSubmit={start}>
        <div class="field">
          <label for="new-thread-folder">Folder on the machine of the agent</label>
          <input
            id="new-thread-folder"
            class="input"
            autofocus
            list="new-thread-folders"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder="Where the broker was started"
            value={cwd}
            onInput={(event) => setCwd(event.currentTarget.value)}
          />
          <datalist id="new-thread-folders">
            {folders.map((folder) => (
              <option key={folder} value={folder} />
            ))}
          </datalist>
        </div>
        <button class="button primary" disabled={task.isBusy}>
          {task.isBusy ? 'Starting…' : 'Start'}
        </button>
        <Problem text={task.error} />
      </form>
    </Dialog>
  );
}
