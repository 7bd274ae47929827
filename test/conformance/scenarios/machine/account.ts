import { text } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { Backend, tokenLogin } from './backend.js';
import { calls, refusals, told } from './steps.js';

/** One client logs in, in each way that needs no account, and another one out; all are told. */
export const account: Scenario = {
  name: 'account',
  long: true,
  covers: [
    'account/read',
    'account/login/start',
    'account/login/cancel',
    'account/logout',
    'account/updated',
    'account/login/completed',
    'account/securitySetup/read',
    'account/gatewayOAuth/read',
    'account/gatewayOAuth/cancel',
    'getAuthStatus',
    'userVerification/status',
    'userVerification/cancel',
  ],
  freedoms: [
    {
      reason: 'The address to log in at holds random characters, and the name of the first client.',
      matches: ({ subject, text: whole }) =>
        subject === 'answer to account/login/start' && whole.includes('authUrl'),
      lane: () => null,
    },
  ],
  prepare: async (folders) => await Backend.prepare(folders, {}),
  async run({ clients: { a, b, c }, root, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const login = async (params: Parameters<Client['call']>[1]): Promise<void> => {
      await a.call('account/login/start', params);
      await told([a, b, c], 'account/login/completed');
      await told([a, b, c], 'account/updated');
      await settle();
      await b.call('account/read', {});
    };
    const logout = async (): Promise<void> => {
      await b.call('account/logout');
      await told([a, b, c], 'account/updated');
      await settle();
    };
    await nobody(b);
    await gated(c);
    await login({ type: 'apiKey', apiKey: 'not a real key' });
    await c.call('getAuthStatus', { includeToken: true, refreshToken: false });
    await logout();
    await login(tokenLogin('somebody@example.com'));
    await refusals(b, [
      ['account/login/start', { type: 'apiKey', apiKey: 'not a real key' }],
      ['account/login/start', { type: 'chatgpt' }],
    ]);
    await logout();
    await login({ type: 'amazonBedrock', apiKey: 'not a real key', region: 'us-east-1' });
    await logout();
    await alone(async () => {
      const started = await a.call('account/login/start', { type: 'chatgpt' });
      await c.call('account/login/cancel', { loginId: text(started, 'loginId') });
      await told([a, b, c], 'account/login/completed');
    });
    await settle();
    await b.call('account/login/cancel', { loginId: '00000000-0000-7000-8000-000000000000' });
    Backend.of({ root }).stop();
  },
};

let last: Promise<void> = Promise.resolve();

/** One play after the other: a login in a browser needs a port that Codex has only one of. */
async function alone(step: () => Promise<void>): Promise<void> {
  const before = last;
  const mine = before.then(step);
  last = mine.catch(() => {});
  await mine;
}

/** Nobody is logged in. */
async function nobody(client: Client): Promise<void> {
  await calls(client, [
    ['account/read', {}],
    ['getAuthStatus', { includeToken: true, refreshToken: false }],
    ['account/securitySetup/read', null],
    ['account/bedrock/discover', {}],
    ['account/bedrock/checkGovCloudRequirements', {}],
    ['account/gatewayOAuth/read', {}],
    ['account/gatewayOAuth/cancel', null],
    ['accountSession/list', {}],
    ['userVerification/status', {}],
    ['userVerification/cancel', { requestId: 1 }],
  ]);
  await refusals(client, [
    ['account/login/start', { ...(tokenLogin('x') as object), accessToken: 'no token' }],
    ['account/login/start', { type: 'no such type' }],
    ['account/login/cancel', { loginId: 'no such login' }],
    ['account/rateLimits/read', {}],
    ['account/usage/read', {}],
    ['account/workspaceMessages/read', null],
    ['account/sendAddCreditsNudgeEmail', { creditType: 'credits' }],
    ['account/rateLimitResetCredit/consume', { idempotencyKey: 'key' }],
    ['accountSession/switch', { sessionId: 'x', accountId: 'y' }],
    ['account/gatewayOAuth/login', {}],
    // With a file that is none: what the machine may have is not to be looked for.
    ['account/gcp/setup', { projectId: 'p', credentialFile: '/no/such/file' }],
    ['userVerification/enroll', {}],
    ['userVerification/delete', {}],
    [
      'userVerification/verify',
      { challenge: 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE', title: 'b', description: 'c' },
    ],
    ['remoteControl/enable', {}],
    ['remoteControl/pairing/start', {}],
    ['remoteControl/client/list', { environmentId: 'x' }],
  ]);
}

/** Without the experimental API. */
async function gated(client: Client): Promise<void> {
  await refusals(client, [
    ['account/bedrock/discover', {}],
    ['account/bedrock/checkGovCloudRequirements', {}],
    ['account/gcp/setup', { projectId: 'p' }],
    ['accountSession/list', {}],
    ['userVerification/status', {}],
    ['remoteControl/status/read', null],
    ['remoteControl/enable', {}],
  ]);
}
