import { arch, hostname } from 'node:os';
import { OPT_OUT_METHODS_MAX } from '../limits.js';
import { RequestError } from '../errors.js';
import { APP_SERVER_VERSION } from '../thread.js';
import type { Method } from './method.js';

const WARNING =
  'This is the demo runtime of Threadcast: it speaks the protocol, but no model is behind it and nothing is run or written. Type `help` to see what it can show.';

/** Nobody tells demo installations apart. */
const INSTALLATION_ID = '00000000-0000-4000-8000-000000000000';

/** The first request of a client, and the only one that may come before it is known. */
export const initialize: Method = (demo, params, answer) => {
  if (demo.client !== null) throw new RequestError('Already initialized');
  const info = params.inner('clientInfo');
  if (info === null) throw new RequestError('Invalid request: missing field `clientInfo`');
  const [name, version] = [info.text('name'), info.text('version')];
  const optOut = params.inner('capabilities')?.texts('optOutNotificationMethods') ?? [];
  demo.client = { name, optOut: new Set(optOut.slice(0, OPT_OUT_METHODS_MAX)) };
  answer({
    userAgent: `${name}/${APP_SERVER_VERSION} (Threadcast demo; ${arch()}) node (${name}; ${version})`,
    codexHome: demo.store.dir,
    platformFamily: process.platform === 'win32' ? 'windows' : 'unix',
    platformOs: process.platform === 'darwin' ? 'macos' : process.platform,
  });
  demo.notify('configWarning', { summary: WARNING, details: null });
  const installation = { installationId: INSTALLATION_ID, environmentId: null };
  demo.notify('remoteControl/status/changed', {
    status: 'disabled',
    serverName: hostname(),
    ...installation,
  });
};
