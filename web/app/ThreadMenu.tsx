import { useState } from 'preact/hooks';
import type { Thread } from '../../client/runtime-types.js';
import { titleOf } from '../state/thread-words.js';
import { useWorkplace } from './context.js';
import { Dialog } from './Dialog.js';
import { MoreIcon } from './icons.js';
import { Menu } from './Menu.js';
import { Problem } from './Problem.js';
import { useTask } from './use-task.js';

/** What can be done with a thread as a whole. */
export function ThreadMenu({ thread }: { readonly thread: Thread }) {
  const { client } = useWorkplace();
  const [isRenaming, setRenaming] = useState(false);
  const archiving = useTask();
  const archive = (): void =>
    archiving.run(async () => await client.call('thread/archive', { threadId: thread.id }));
  return (
    <>
      <Menu
        label={`More about ${titleOf(thread)}`}
        icon={<MoreIcon />}
        entries={[
          { label: 'Rename…', run: () => setRenaming(true) },
          { label: 'Archive', run: archive },
        ]}
      />
      {isRenaming && <RenameDialog thread={thread} onClose={() => setRenaming(false)} />}
      {archiving.error !== null && (
        <Dialog title="It was not archived" onClose={archiving.clear}>
          <p>{archiving.error}</p>
        </Dialog>
      )}
    </>
  );
}

function RenameDialog({ thread, onClose }: { readonly thread: Thread; readonly onClose: () => void }) {
  const { client } = useWorkplace();
  const [name, setName] = useState(thread.name ?? '');
  const task = useTask();
  const rename = (event: Event): void => {
    event.preventDefault();
    task.run(async () => {
      await client.call('thread/name/set', { threadId: thread.id, name: name.trim() });
      onClose();
    });
  };
  return (
    <Dialog title="Rename the thread" onClose={onClose}>
      <form class="form" onSubmit={rename}>
        <input
          class="input"
          aria-label="Name"
          autofocus
          maxLength={200}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button class="button primary" disabled={name.trim() === '' || task.isBusy}>
          Rename
        </button>
        <Problem text={task.error} />
      </form>
    </Dialog>
  );
}
