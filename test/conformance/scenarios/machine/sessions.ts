import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from '../../../codex/json.js';
import type { Folders } from '../../../codex/server.js';
import type { Scenario } from '../../scenario.js';
import { Backend, tokenLogin } from './backend.js';
import { calls, refusals } from './steps.js';

/** Logins that are found in files: of ChatGPT, with its workspaces, and of Amazon, which is then set up. */
export const sessions: Scenario = {
  name: 'sessions',
  long: true,
  covers: [
    'accountSession/list',
    'accountSession/switch',
    'account/bedrock/discover',
    'account/bedrock/setup',
    'account/bedrock/checkGovCloudRequirements',
  ],
  async prepare(folders) {
    await Backend.prepare(folders, {}, (toml, url) =>
      [`chatgpt_base_url = "${url}/backend-api"`, 'cli_auth_credentials_store = "file"', toml].join('\n'),
    );
    await writeLogins(folders);
  },
  async run({ clients: { a, b, c }, root, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    await calls(b, [
      ['getAuthStatus', { includeToken: false, refreshToken: false }],
      ['accountSession/list', {}],
      ['accountSession/switch', { sessionId: 'user-1', accountId: 'account-1' }],
      ['account/bedrock/discover', {}],
    ]);
    await refusals(b, [
      ['accountSession/switch', { sessionId: 'user-2', accountId: 'account-1' }],
      ['accountSession/switch', { sessionId: 'user-1', accountId: 'account-2' }],
    ]);
    await refusals(c, [
      ['accountSession/switch', { sessionId: 'user-1', accountId: 'account-1' }],
      ['account/bedrock/setup', { type: 'environment', region: 'us-west-2' }],
    ]);
    await settle();
    await a.call('account/bedrock/setup', { type: 'profile', profile: 'work', region: 'us-west-2' });
    await settle();
    await calls(b, [
      ['account/read', {}],
      ['modelProvider/list', {}],
      ['account/bedrock/checkGovCloudRequirements', {}],
    ]);
    await settle();
    Backend.of({ root }).stop();
  },
};

async function writeLogins({ root, home }: Folders): Promise<void> {
  const token = text(tokenLogin('somebody@example.com'), 'accessToken');
  const tokens = { id_token: token, access_token: token, refresh_token: 'again', account_id: 'account-1' };
  const login = {
    auth_mode: 'chatgpt',
    OPENAI_API_KEY: null,
    tokens,
    last_refresh: new Date().toISOString(),
  };
  await writeFile(path.join(home, 'auth.json'), JSON.stringify(login));
  const amazon = path.join(root, '.aws');
  await mkdir(amazon);
  await writeFile(path.join(amazon, 'config'), '[profile work]\nregion = us-west-2\n');
  const keys = 'aws_access_key_id = none\naws_secret_access_key = none\n';
  await writeFile(path.join(amazon, 'credentials'), `[work]\n${keys}`);
}
