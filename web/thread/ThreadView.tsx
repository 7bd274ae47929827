import { useMemo, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { WatchedThread } from '../../client/api.js';
import type { Notice, ThreadState } from '../../client/types.js';
import { Folds, FoldsContext } from './folds.js';
import { FolderContext, OpenThreadContext } from './items/item.js';
import { Notices } from './Notices.js';
import { RowList } from './RowList.js';
import { NO_ROWS, rowsOf } from './rows.js';
import { Spoken } from './Spoken.js';
import { label, textOf } from './text.js';
import { useFrames } from './use-frames.js';
import './thread.css';
import './items.css';
import './markdown.css';
import './ansi.css';

/** Notices outside of any turn that are shown, the newest. */
const NOTICES_SHOWN = 3;

export interface ThreadViewProps {
  readonly thread: WatchedThread;
  readonly onOpenThread: (threadId: string) => void;
}

/** All that was said and done in a thread. Fills its parent, and scrolls in itself. */
export function ThreadView(props: ThreadViewProps): JSX.Element {
  // Another thread has places, folds and rows of its own.
  return <OneThread key={props.thread.threadId} {...props} />;
}

function OneThread({ thread, onOpenThread }: ThreadViewProps): JSX.Element {
  const state = useFrames(thread);
  const [folds] = useState(() => new Folds());
  const made = useRef(NO_ROWS);
  const rows = useMemo(() => (made.current = rowsOf(state.turns, made.current)).rows, [state.turns]);
  return (
    <FoldsContext.Provider value={folds}>
      <OpenThreadContext.Provider value={onOpenThread}>
        <FolderContext.Provider value={textOf(state.thread?.cwd)}>
          <div class="thread">
            {rows.length === 0 ? (
              <Empty state={state} />
            ) : (
              <RowList rows={rows} older={state.older} loadOlder={() => thread.loadOlder()} />
            )}
            {state.phase === 'gone' && rows.length > 0 && <Gone state={state} />}
            <Notices notices={newest(state.notices)} />
            <Spoken rows={rows} />
          </div>
        </FolderContext.Provider>
      </OpenThreadContext.Provider>
    </FoldsContext.Provider>
  );
}

/** The newest of them, each text once: the runtime says some again with each turn. */
function newest(notices: readonly Notice[]): readonly Notice[] {
  const byText = new Map(notices.map((notice) => [notice.text, notice]));
  return [...byText.values()].slice(-NOTICES_SHOWN);
}

function Empty({ state }: { state: ThreadState }): JSX.Element {
  if (state.phase === 'gone') return <Gone state={state} />;
  if (state.phase === 'joining')
    return (
      <div class="thread-empty" role="status">
        <span class="visually-hidden">Loading the thread</span>
        <div class="ghost" />
        <div class="ghost ghost-short" />
        <div class="ghost" />
      </div>
    );
  return (
    <div class="thread-empty">
      <p>Nothing has been said here yet.</p>
      <p class="soft">What you write below, and what others write elsewhere, appears here as it happens.</p>
    </div>
  );
}

function Gone({ state }: { state: ThreadState }): JSX.Element {
  return (
    <div class="thread-gone" role="status">
      <p>This thread is not there any more.</p>
      {state.error !== null && <p class="soft">{label(state.error.message) || label(state.error.reason)}</p>}
    </div>
  );
}
