import { useEffect, useState } from 'preact/hooks';
import type { WatchedList } from '../../client/api.js';
import type { ThreadListState } from '../../client/types.js';
import { SEARCH_REST_MS } from '../limits.js';
import { useClock } from '../state/clock.js';
import { useObservable } from '../state/observe.js';
import { useWorkplace } from './context.js';
import { PlusIcon, SearchIcon } from './icons.js';
import { ThreadRow } from './ThreadRow.js';

interface ThreadListProps {
  /** All threads, most recent first. */
  readonly all: WatchedList;
  readonly openId: string | null;
  readonly mayChange: boolean;
  readonly onNew: () => void;
}

/** The threads, and how to find one. */
export function ThreadList({ all, openId, mayChange, onNew }: ThreadListProps) {
  const [typed, setTyped] = useState('');
  const found = useSearch(typed.trim());
  return (
    <>
      <div class="list-head">
        <label class="search">
          <SearchIcon />
          <input
            id="search"
            type="search"
            placeholder="Search"
            aria-label="Search threads"
            autocomplete="off"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              setTyped('');
              event.currentTarget.blur();
            }}
          />
        </label>
        {mayChange && (
          <button
            type="button"
            class="icon-button accent"
            aria-label="New thread"
            title="New thread (n)"
            onClick={onNew}
          >
            <PlusIcon />
          </button>
        )}
      </div>
      <Rows
        key={found === null ? 'all' : 'found'}
        list={found ?? all}
        openId={openId}
        mayChange={mayChange}
        isSearch={found !== null}
      />
    </>
  );
}

/** The threads that hold what was typed, once the typing rests; null where nothing was. */
function useSearch(searchTerm: string): WatchedList | null {
  const { client } = useWorkplace();
  const [found, setFound] = useState<WatchedList | null>(null);
  useEffect(() => {
    if (searchTerm === '') return setFound(null);
    let list: WatchedList | null = null;
    const timer = setTimeout(() => {
      list = client.list({ searchTerm });
      setFound(list);
    }, SEARCH_REST_MS);
    return () => {
      clearTimeout(timer);
      list?.close();
    };
  }, [client, searchTerm]);
  return found;
}

interface RowsProps extends Pick<ThreadListProps, 'openId' | 'mayChange'> {
  readonly list: WatchedList;
  readonly isSearch: boolean;
}

function Rows({ list, openId, mayChange, isSearch }: RowsProps) {
  const state = useObservable(list);
  const now = useClock();
  const { threads, more } = state;
  return (
    <div class="list-scroll">
      <ul class="rows" aria-busy={state.phase === 'loading'}>
        {threads.map((thread) => (
          <ThreadRow
            key={thread.id}
            thread={thread}
            isOpen={thread.id === openId}
            now={now}
            mayChange={mayChange}
          />
        ))}
      </ul>
      {threads.length === 0 && <p class="list-empty">{emptyWords(state, isSearch)}</p>}
      {more !== 'none' && (
        <button
          type="button"
          class="button mild list-more"
          disabled={more === 'loading'}
          onClick={() => void list.loadMore().catch(() => {})}
        >
          {more === 'loading' ? 'Loading…' : 'Show more'}
        </button>
      )}
    </div>
  );
}

function emptyWords({ phase }: ThreadListState, isSearch: boolean): string {
  if (phase === 'loading') return 'Loading…';
  return isSearch ? 'No thread has that in it.' : 'No threads yet. Start one with +.';
}
