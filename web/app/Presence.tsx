import { useState } from 'preact/hooks';
import type { Thread } from '../../client/runtime-types.js';
import type { ClientPresence } from '../../client/types.js';
import { useClock } from '../state/clock.js';
import { useObservable, useSelected } from '../state/observe.js';
import { factsOf, nameOf, presentOn } from '../state/presence.js';
import type { Present } from '../state/presence.js';
import { titleOf } from '../state/thread-words.js';
import { ago } from '../state/times.js';
import { label } from '../thread/text.js';
import { useWorkplace } from './context.js';
import { Dialog } from './Dialog.js';
import { BotIcon, PeopleIcon, PersonIcon } from './icons.js';

interface PresenceProps {
  readonly threadId: string;
  readonly threads: readonly Thread[];
}

/** How many others are on the thread; who they are, once asked. */
export function PresenceButton({ threadId, threads }: PresenceProps) {
  const { client } = useWorkplace();
  const [isOpen, setOpen] = useState(false);
  const own = useSelected(client.connection, ({ connectionId }) => connectionId);
  const present = presentOn(threadId, useObservable(client.presence), own);
  const count = present.here.length;
  const words = count === 1 ? '1 other is on this thread' : `${count} others are on this thread`;
  return (
    <>
      <button
        type="button"
        class="icon-button counted"
        aria-label={words}
        title={words}
        onClick={() => setOpen(true)}
      >
        <PeopleIcon />
        {count > 0 && <span class="count">{count}</span>}
      </button>
      {isOpen && <PresenceDialog present={present} threads={threads} onClose={() => setOpen(false)} />}
    </>
  );
}

interface PresenceDialogProps {
  readonly present: Present;
  readonly threads: readonly Thread[];
  readonly onClose: () => void;
}

function PresenceDialog({ present: { here, elsewhere }, threads, onClose }: PresenceDialogProps) {
  return (
    <Dialog title="Who else is here" onClose={onClose}>
      <h3>On this thread</h3>
      {here.length === 0 ? <p class="faint">Nobody but you.</p> : <People clients={here} threads={[]} />}
      {elsewhere.length > 0 && (
        <>
          <h3>Elsewhere</h3>
          <People clients={elsewhere} threads={threads} />
        </>
      )}
    </Dialog>
  );
}

function People({
  clients,
  threads,
}: {
  readonly clients: readonly ClientPresence[];
  readonly threads: readonly Thread[];
}) {
  const now = useClock();
  return (
    <ul class="people">
      {clients.map((client) => (
        <li key={client.connectionId}>
          {client.kind === 'bot' ? <BotIcon /> : <PersonIcon />}
          <span>
            {label(nameOf(client))}
            {client.kind === 'bot' && <span class="mark">bot</span>}
            <small>
              {[label(factsOf(client)), ...placesOf(client, threads), sinceOf(client, now)]
                .filter(Boolean)
                .join(' · ')}
            </small>
          </span>
        </li>
      ))}
    </ul>
  );
}

function placesOf(client: ClientPresence, threads: readonly Thread[]): readonly string[] {
  const on = threads.filter(({ id }) => client.threads.includes(id));
  return on.slice(0, 2).map((thread) => `on “${titleOf(thread)}”`);
}

function sinceOf({ since }: ClientPresence, now: number): string {
  const words = ago(Date.parse(since) / 1000, now);
  return words === 'now' ? 'just arrived' : `for ${words}`;
}
