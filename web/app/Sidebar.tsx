import type { WatchedList } from '../../client/api.js';
import { useObservable } from '../state/observe.js';
import { useWorkplace } from './context.js';
import { BellIcon, KeysIcon, ThemeIcon } from './icons.js';
import { ThreadList } from './ThreadList.js';
import { UpdateLine } from './UpdateLine.js';

interface SidebarProps {
  readonly list: WatchedList;
  readonly openId: string | null;
  readonly mayChange: boolean;
  readonly onNew: () => void;
  readonly onKeys: () => void;
}

/** The list of threads, and what concerns the whole page. */
export function Sidebar({ list, openId, mayChange, onNew, onKeys }: SidebarProps) {
  const { theme } = useWorkplace();
  const choice = useObservable(theme);
  const themeLabel = `Colours: ${choice}`;
  return (
    <nav class="sidebar" aria-label="Threads">
      <ThreadList all={list} openId={openId} mayChange={mayChange} onNew={onNew} />
      <UpdateLine />
      <div class="sidebar-foot">
        <NoticesButton />
        <span class="grow" />
        <button
          type="button"
          class="icon-button keys-button"
          aria-label="Keys"
          title="Keys (?)"
          onClick={onKeys}
        >
          <KeysIcon />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={themeLabel}
          title={themeLabel}
          onClick={() => theme.next()}
        >
          <ThemeIcon />
        </button>
      </div>
    </nav>
  );
}

/** Asks the browser for notifications: it does so after a click only. */
function NoticesButton() {
  const { notices } = useWorkplace();
  const permission = useObservable(notices);
  if (permission === 'absent') return null;
  if (permission === 'granted') return <span class="foot-note">You are told when you are needed</span>;
  if (permission === 'denied')
    return <span class="foot-note">Notifications are blocked in this browser</span>;
  return (
    <button type="button" class="button mild small" onClick={() => void notices.ask()}>
      <BellIcon /> Tell me when I am needed
    </button>
  );
}
