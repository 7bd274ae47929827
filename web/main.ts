/**
 * The first script: it connects, and asks for the thread in the address, while the rest of the page is still on its way.
 */
import { connect } from '../client/index.js';
import type { Client } from '../client/api.js';
import { addressOf, Credentials, readFragment } from './app/credential.js';
import { EARLY_MS } from './limits.js';
import { Kept } from './state/kept.js';
import { Session } from './state/session.js';
import { screenName } from './state/screen-name.js';
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
    clientInfo: { name: 'threadcast-web', version: VERSION, title: screenName() },
    kind: 'person',
  });
}

async function start(root: HTMLElement): Promise<void> {
  const page = import('./app/mount.js');
  const fragment = readFragment(location.hash);
  // At once: nobody is to read it from the address bar, or come back to it. (What the browser notes of visits keeps it.)
  if (fragment.token !== null || fragment.pair !== null)
    history.replaceState(null, '', addressOf(fragment.thread));
  const storages = { session: new Kept(() => sessionStorage), device: new Kept(() => localStorage) };
  const way = new Session({
    fetch: async (path, init) => await fetch(path, init),
    credentials: new Credentials(storages.session, storages.device),
    connect: connectTo,
  });
  void way.begin(fragment);
  const { state } = way;
  const awaited =
    state.kind === 'open' && fragment.thread !== null ? state.client.watch(fragment.thread) : null;
  (await page).mount(root, way, storages);
  setTimeout(() => awaited?.close(), EARLY_MS);
  void update.register();
}

const root = document.getElementById('app');
if (root !== null) void start(root);
