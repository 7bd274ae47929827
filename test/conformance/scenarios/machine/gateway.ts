import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { isObject, member, text, type Json } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { agree, Backend, type Pages } from './backend.js';
import { refusals, told } from './steps.js';

const CHANGED = 'account/gatewayOAuth/changed';

const pages: Pages = {
  'POST /token': { access_token: 'token', refresh_token: 'again', token_type: 'Bearer', expires_in: 3600 },
};

/**
 * A provider behind a gateway that wants a login in a browser. The login belongs to the client that asked for it,
 * which alone is told where to go; how it goes, all are told. It ends with its client.
 */
export const gateway: Scenario = {
  name: 'gateway',
  long: true,
  covers: ['account/gatewayOAuth/login', 'account/gatewayOAuth/cancel', 'account/gatewayOAuth/read', CHANGED],
  freedoms: [
    {
      reason:
        'That nobody has logged in yet is found out by a task of its own, before or after clients are there.',
      matches: ({ subject, text: whole }) => subject === CHANGED && whole.includes('"status":"notReady"'),
      lane: () => null,
    },
    {
      reason:
        'A login is answered by a task of its own, before or after the cancel and what all are told. Seen in one run in ten.',
      matches: ({ subject }) => /^answer to account\/gatewayOAuth\/(login|cancel)$/.test(subject),
      lane: ({ subject }) => subject,
    },
    {
      reason: 'Where to go, and that it has begun, is told by two tasks. Seen in one run in four.',
      matches: ({ subject, body }) => subject === CHANGED && tellsWhere(member(body, 'params') ?? null),
      lane: ({ subject }) => subject,
    },
  ],
  async prepare(folders) {
    const port = await freePort();
    await Backend.prepare(folders, pages, (toml, url) =>
      [
        toml.replace('model_provider = "mock"', 'model_provider = "gate"'),
        '[model_providers.gate]',
        'name = "Gate"',
        `base_url = "${url}/v1"`,
        'wire_api = "responses"',
        '[model_providers.gate.gateway_oauth]',
        `authorization_url = "${url}/authorize"`,
        `token_url = "${url}/token"`,
        'client_id = "client-1"',
        'credentials_store = "file"',
        `redirect_port = ${port}`,
        '',
      ].join('\n'),
    );
  },
  async run({ clients: { a, b, c }, root, home, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    await a.call('account/gatewayOAuth/read', {});
    await settle();
    const first = a.ask('account/gatewayOAuth/login', {});
    await a.notification(CHANGED, tellsWhere);
    await becomes([a, b, c], 'started');
    await refusals(b, [
      ['account/gatewayOAuth/login', {}],
      ['account/gatewayOAuth/cancel', null],
      ['account/gatewayOAuth/read', { modelProvider: 'no such provider' }],
    ]);
    await a.call('account/gatewayOAuth/cancel');
    await a.answered(first);
    await becomes([a, b, c], 'failed');
    await settle();

    // It ends with its client.
    c.ask('account/gatewayOAuth/login', {});
    await becomes([a, b], 'started');
    await c.disconnect();
    await becomes([a, b], 'failed');
    await settle();
    await isFree(await redirectPort(home));

    const second = b.ask('account/gatewayOAuth/login', {});
    await agree(text(await b.notification(CHANGED, tellsWhere), 'authUrl'));
    await b.answered(second);
    await becomes([a, b], 'succeeded');
    await settle();
    await a.call('account/gatewayOAuth/read', {});
    await a.call('account/logout');
    await told([a, b], 'account/updated');
    await settle();
    Backend.of({ root }).stop();
  },
};

function tellsWhere(params: Json): boolean {
  return isObject(params) && typeof params['authUrl'] === 'string';
}

async function becomes(clients: readonly Client[], status: string): Promise<void> {
  const matches = (params: Json): boolean => member(params, 'status') === status && !tellsWhere(params);
  for (const client of clients) await client.notification(CHANGED, matches);
}

/** A port that nobody has: the gateway sends the browser back to one that is in Codex's config. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** The port that the browser is sent back to. */
async function redirectPort(home: string): Promise<number> {
  const toml = await readFile(path.join(home, 'config.toml'), 'utf8');
  return Number(/redirect_port = (\d+)/.exec(toml)?.[1]);
}

/** Resolves once nobody listens there: the server lets go of it a little after the end of a login. */
async function isFree(port: number): Promise<void> {
  for (;;) {
    const server = createServer().listen(port, '127.0.0.1');
    const isListening = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isListening) continue;
    server.close();
    await once(server, 'close');
    return;
  }
}
