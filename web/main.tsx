import { render } from 'preact';
import { connect } from '../client/index.js';
import type { Client } from '../client/api.js';
import { App } from './app/App.js';
import { addressOf, Credentials, readFragment } from './app/credential.js';
import { browserSurface } from './state/browser-surface.js';
import { Drafts } from './state/drafts.js';
import { newId } from './state/ids.js';
import { Kept } from './state/kept.js';
import { Notices } from './state/notices.js';
import { Outgoing } from './state/outgoing.js';
import { Session } from './state/session.js';
import { Theme } from './state/theme.js';
import { update } from './state/update.js';

/** Of this page, as others see it. */
const VERSION = '1';

function connectTo(token: string | null): Client {
  const url = new URL('/', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  return connect({
    url: url.href,
    token,
    clientInfo: { name: 'threadcast-web', version: VERSION, title: 'Browser' },
    kind: 'person',
  });
}

function start(root: HTMLElement): void {
  const fragment = readFragment(location.hash);
  // At once: nobody is to read it from the address bar, and it is not to stay in the history.
  if (fragment.token !== null || fragment.pair !== null)
    history.replaceState(null, '', addressOf(fragment.thread));
  const [session, device] = [new Kept(() => sessionStorage), new Kept(() => localStorage)];
  const way = new Session({
    fetch: async (path, init) => await fetch(path, init),
    credentials: new Credentials(session, device),
    connect: connectTo,
  });
  const tools = {
    drafts: new Drafts(session),
    outgoing: new Outgoing(newId),
    notices: new Notices(browserSurface()),
    theme: new Theme(device, matchMedia('(prefers-color-scheme: dark)'), document.documentElement),
  };
  void way.begin(fragment);
  render(<App session={way} tools={tools} />, root);
  void update.register();
}

const root = document.getElementById('app');
if (root !== null) start(root);
