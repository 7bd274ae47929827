import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import type { Client, WatchedList } from '../../client/api.js';
import { useKeys, moveFocus } from '../state/keys.js';
import { useObservable, useSelected } from '../state/observe.js';
import { openList, useRoute } from '../state/route.js';
import { titleOf } from '../state/thread-words.js';
import { useWho, WhoContext } from '../state/who.js';
import { ConnectionBar } from './ConnectionBar.js';
import { WorkplaceContext } from './context.js';
import type { Workplace } from './context.js';
import { KeysDialog } from './Keys.js';
import { NewThreadDialog } from './NewThread.js';
import { Sidebar } from './Sidebar.js';
import { ThreadPage } from './ThreadPage.js';
import { Gate } from './Welcome.js';

interface WorkspaceProps {
  readonly client: Client;
  readonly isKept: boolean;
  readonly tools: Omit<Workplace, 'client'>;
}

/** The page of somebody who is in: the list, a thread, and the connection below both. */
export function Workspace({ client, isKept, tools }: WorkspaceProps) {
  const workplace = useMemo(() => ({ ...tools, client }), [client, tools]);
  const list = useAllThreads(client);
  const who = useWho(client);
  return (
    <WorkplaceContext.Provider value={workplace}>
      <ConnectionBar client={client} />
      {!isKept && (
        <p class="strip" role="status">
          This browser keeps nothing: when the page is reloaded the link is needed again.
        </p>
      )}
      <WhoContext.Provider value={who}>
        {list !== null && <Panes client={client} list={list} tools={tools} />}
      </WhoContext.Provider>
    </WorkplaceContext.Provider>
  );
}

/** One list for all that has to know the threads: it is told of every change. */
function useAllThreads(client: Client): WatchedList | null {
  const [list, setList] = useState<WatchedList | null>(null);
  useLayoutEffect(() => {
    const all = client.list();
    setList(all);
    return () => all.close();
  }, [client]);
  return list;
}

interface PanesProps extends Pick<WorkspaceProps, 'client' | 'tools'> {
  readonly list: WatchedList;
}

function Panes({ client, list, tools: { notices } }: PanesProps) {
  const openId = useRoute();
  const [dialog, setDialog] = useState<'new' | 'keys' | null>(null);
  const { threads } = useObservable(list);
  const mayChange = useSelected(client.connection, ({ role }) => role === 'controller');
  const hasBeenIn = useHasBeenIn(client);
  const open = threads.find(({ id }) => id === openId);
  const openTitle = open === undefined ? null : titleOf(open);
  useEffect(() => notices.update(threads, openTitle), [notices, threads, openTitle]);
  // Signed out, nothing of it stays in the title, the badge or a notification.
  useEffect(() => () => notices.update([], null), [notices]);
  usePageKeys({ mayChange, show: setDialog });
  if (!hasBeenIn) return <NotThereYet client={client} />;
  const close = (): void => setDialog(null);
  return (
    <div class="panes" data-open={openId !== null}>
      <Sidebar
        list={list}
        openId={openId}
        mayChange={mayChange}
        onNew={() => setDialog('new')}
        onKeys={() => setDialog('keys')}
      />
      {openId === null ? (
        <Nothing mayChange={mayChange} />
      ) : (
        <ThreadPage key={openId} threadId={openId} threads={threads} />
      )}
      {dialog === 'new' && <NewThreadDialog threads={threads} onClose={close} />}
      {dialog === 'keys' && <KeysDialog onClose={close} />}
    </div>
  );
}

interface PageKeys {
  readonly mayChange: boolean;
  readonly show: (dialog: 'new' | 'keys') => void;
}

const ROWS = '.list-row-link';
const WAITING = '.request[data-status="open"] :is(button, input, select)';

const next = (): void => moveFocus(ROWS, 1);
const previous = (): void => moveFocus(ROWS, -1);
const focusOn = (selector: string): void => document.querySelector<HTMLElement>(selector)?.focus();

function usePageKeys({ mayChange, show }: PageKeys): void {
  useKeys({
    j: next,
    ArrowDown: next,
    k: previous,
    ArrowUp: previous,
    '/': () => focusOn('#search'),
    c: () => focusOn('#composer'),
    r: () => focusOn(WAITING),
    '?': () => show('keys'),
    Escape: openList,
    ...(mayChange ? { n: () => show('new') } : {}),
  });
}

/** Whether there ever was a connection: until then there is nothing to show. */
function useHasBeenIn(client: Client): boolean {
  const isIn = useSelected(client.connection, ({ status }) => status === 'live' || status === 'catchingUp');
  const [hasBeenIn, setHasBeenIn] = useState(isIn);
  useLayoutEffect(() => {
    if (isIn) setHasBeenIn(true);
  }, [isIn]);
  return hasBeenIn || isIn;
}

function NotThereYet({ client }: { readonly client: Client }) {
  const status = useSelected(client.connection, (state) => state.status);
  if (status === 'closed') return <Closed />;
  if (status !== 'waiting') return <div class="panes" aria-busy="true" />;
  return (
    <Gate title="The broker cannot be reached">
      <p>
        Nothing answers under this address. Start it on its machine, or look at the network between it and
        here. This page goes on by itself when it is there.
      </p>
      <p class="command">
        <code>threadcast</code>
      </p>
    </Gate>
  );
}

/** It does not try again by itself. */
function Closed() {
  return (
    <Gate title="This page is not connected">
      <p>The bar says why. Load the page anew when that is mended.</p>
    </Gate>
  );
}

function Nothing({ mayChange }: { readonly mayChange: boolean }) {
  return (
    <main class="nothing">
      <p>
        Choose a thread
        {mayChange && (
          <>
            , or press <kbd>n</kbd> for a new one
          </>
        )}
        .
      </p>
    </main>
  );
}
