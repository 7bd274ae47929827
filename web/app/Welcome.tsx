import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Refusal } from '../state/session.js';
import { readFragment } from './credential.js';

interface GateProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** A page without threads: what stands in the way, and what to do about it. */
export function Gate({ title, children }: GateProps) {
  return (
    <main class="gate">
      <div class="gate-body">
        <img src="/icons/icon.svg" alt="" width="56" height="56" />
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

/** No token was given. */
export function Welcome({ onToken }: { readonly onToken: (token: string) => void }) {
  return (
    <Gate title="Threadcast">
      <p>
        One coding agent, many screens. To come in, this page needs a link from the machine that runs the
        broker.
      </p>
      <WaysIn />
      <TokenForm onToken={onToken} />
    </Gate>
  );
}

function WaysIn() {
  return (
    <ul class="ways">
      <li>
        On the same machine: <code>threadcast --open</code> opens this page with its token.
      </li>
      <li>
        On a phone: <code>threadcast pair</code> shows a code to scan.
      </li>
    </ul>
  );
}

const REFUSALS: Readonly<Record<Refusal, { readonly title: string; readonly text: string }>> = {
  token: {
    title: 'This token is not good',
    text: 'It is not, or no longer, the token of this broker. Open a new link:',
  },
  revoked: {
    title: 'This device was signed out',
    text: 'Its token was taken back while the page was open: it was replaced, or the device was revoked. Open a new link:',
  },
  code: {
    title: 'This code was used, or is too old',
    text: 'A pairing code is good once, and for two minutes. Make another one:',
  },
  forbidden: {
    title: 'This address is not allowed',
    text: 'The broker does not expect to be reached under this name. It is told so when it is started:',
  },
  tooMany: {
    title: 'Too many wrong tokens',
    text: 'Tokens that were not good have come from here, one after the other. Wait a minute, or open a new link:',
  },
  absent: {
    title: 'The broker is not there',
    text: 'Nothing answers under this address. Start it on its machine, or look at the network between it and here:',
  },
};

interface RefusedProps {
  readonly why: Refusal;
  readonly onToken: (token: string) => void;
  readonly onAgain: () => void;
}

/** There is no way in: why, and what to type. */
export function Refused({ why, onToken, onAgain }: RefusedProps) {
  const { title, text } = REFUSALS[why];
  return (
    <Gate title={title}>
      <p role="alert">{text}</p>
      {why === 'absent' || why === 'forbidden' ? <Start why={why} /> : <WaysIn />}
      {why === 'absent' || why === 'tooMany' ? (
        <button type="button" class="button primary" onClick={onAgain}>
          Try again
        </button>
      ) : (
        why !== 'forbidden' && <TokenForm onToken={onToken} />
      )}
    </Gate>
  );
}

function Start({ why }: { readonly why: 'absent' | 'forbidden' }) {
  const command = why === 'absent' ? 'threadcast' : `threadcast --public-url ${location.origin}`;
  return (
    <p class="command">
      <code>{command}</code>
    </p>
  );
}

/** For a browser that links do not open in: an installed page has a storage of its own. */
function TokenForm({ onToken }: { readonly onToken: (token: string) => void }) {
  const [typed, setTyped] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    if (typed.trim() !== '') onToken(typed.trim());
  };
  return (
    <form class="form" onSubmit={submit}>
      <div class="field">
        <label for="token">Or paste the link or the token</label>
        <input
          id="token"
          class="input"
          type="password"
          autocomplete="off"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </div>
      <button class="button primary" disabled={typed.trim() === ''}>
        Come in
      </button>
    </form>
  );
}

/** What was pasted as what a link says: a link, a token alone, or a pairing code. */
export function fragmentOf(pasted: string): ReturnType<typeof readFragment> {
  const at = pasted.indexOf('#');
  return at === -1 ? { token: pasted, pair: null, thread: null } : readFragment(pasted.slice(at));
}
