import { useEffect } from 'preact/hooks';
import { useObservable } from '../state/observe.js';
import type { Session } from '../state/session.js';
import { Guard } from '../thread/Guard.js';
import { addressOf, readFragment } from './credential.js';
import { fragmentOf, Gate, Refused, Welcome } from './Welcome.js';
import { Workspace } from './Workspace.js';
import type { Workplace } from './context.js';

interface AppProps {
  readonly session: Session;
  readonly tools: Omit<Workplace, 'client'>;
}

/** The way in, then the threads. */
export function App({ session, tools }: AppProps) {
  const state = useObservable(session);
  useLinks(session);
  const paste = (pasted: string): void => void session.begin(fragmentOf(pasted));
  switch (state.kind) {
    case 'opening':
      return <Gate title="Threadcast">{<p role="status">Opening…</p>}</Gate>;
    case 'welcome':
      return <Welcome onToken={paste} />;
    case 'refused':
      return <Refused why={state.why} onToken={paste} onAgain={() => void session.again()} />;
    case 'open':
      return (
        <Guard of={state.client} instead={() => <Broken />}>
          <Workspace key={state.client} client={state.client} isKept={state.isKept} tools={tools} />
        </Guard>
      );
  }
}

/** Better than an empty page, or one that stands still. */
function Broken() {
  return (
    <Gate title="This page has failed">
      <p role="alert">
        The broker has said something that this page cannot show. Nothing is lost by loading it anew.
      </p>
      <button type="button" class="button primary" onClick={() => location.reload()}>
        Reload
      </button>
    </Gate>
  );
}

/** A link that is opened in a page that is open already: its credential leaves the address bar, too. */
function useLinks(session: Session): void {
  useEffect(() => {
    const changed = (): void => {
      const fragment = readFragment(location.hash);
      if (fragment.token === null && fragment.pair === null) return;
      history.replaceState(null, '', addressOf(fragment.thread));
      void session.begin(fragment);
    };
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, [session]);
}
