import type { Scenario } from '../../scenario.js';
import { Backend, tokenLogin, type Pages } from './backend.js';
import { writePlugin } from './plugin-files.js';
import { calls, refusals, told } from './steps.js';

const WHAM = '/backend-api/wham';
const PLUGINS = '/backend-api/ps/plugins';
const SHARED = '/backend-api/public/plugins/workspace';

const plugin = {
  id: 'plugin_1',
  name: 'mop',
  scope: 'WORKSPACE',
  installation_policy: 'AVAILABLE',
  authentication_policy: 'ON_USE',
  status: 'ENABLED',
  creator_account_user_id: 'user-1',
  discoverability: 'PRIVATE',
  share_url: 'https://share.example/plugin_1',
  share_principals: [],
  release: {
    display_name: 'Mop',
    description: 'Mops',
    version: '1.0.0',
    interface: {},
    skills: [],
    app_ids: [],
  },
};
const page = { limit: 200, next_page_token: null };
const hour = {
  used_percent: 10,
  limit_window_seconds: 3600,
  reset_after_seconds: 60,
  reset_at: 1_900_000_000,
};

/** As much of ChatGPT's service as Codex needs to answer its clients. */
const pages: Pages = {
  [`GET ${WHAM}/usage`]: {
    plan_type: 'pro',
    rate_limit: { allowed: true, limit_reached: false, primary_window: hour },
  },
  [`GET ${WHAM}/rate-limit-reset-credits`]: { credits: [], available_count: 0 },
  [`POST ${WHAM}/rate-limit-reset-credits/consume`]: { code: 'reset' },
  [`GET ${WHAM}/profiles/me`]: { stats: { lifetime_tokens: 5 } },
  [`GET ${WHAM}/workspace-messages`]: { messages: [] },
  [`POST ${WHAM}/accounts/send_add_credits_nudge_email`]: {},
  [`GET ${PLUGINS}/installed`]: { plugins: [], pagination: page },
  [`GET ${PLUGINS}/list`]: { plugins: [], pagination: page },
  [`GET ${PLUGINS}/search`]: { plugins: [], pagination: page },
  [`GET ${PLUGINS}/suggested/codex`]: {},
  [`GET ${PLUGINS}/workspace/created`]: { plugins: [plugin], pagination: page },
  [`GET ${PLUGINS}/plugin_1`]: plugin,
  [`PUT ${PLUGINS}/plugin_1/shares`]: { principals: [], discoverability: 'PRIVATE' },
  [`GET ${PLUGINS}/plugin_1/skills/wipe`]: {
    plugin_id: 'plugin_1',
    name: 'wipe',
    skill_md_contents: 'Wipe.',
  },
  [`POST ${SHARED}/upload-url`]: { file_id: 'file_1', upload_url: 'BASE/upload', etag: 'etag' },
  'PUT /upload': {},
  [`POST ${SHARED}`]: { plugin_id: 'plugin_1', share_url: 'https://share.example/plugin_1' },
  [`DELETE ${SHARED}/plugin_1`]: null,
  'GET /backend-api/connectors/directory/list': { apps: [], next_token: null },
  'POST /backend-api/ps/apps/batch': { apps: [] },
};

/** What Codex asks its provider's service for: limits, usage, shared plugins, apps. A server here plays the service. */
export const service: Scenario = {
  name: 'service',
  long: true,
  covers: [
    'account/rateLimits/read',
    'account/usage/read',
    'account/workspaceMessages/read',
    'account/sendAddCreditsNudgeEmail',
    'account/rateLimitResetCredit/consume',
    'plugin/share/list',
    'plugin/share/save',
    'plugin/share/updateTargets',
    'plugin/share/delete',
    'plugin/skill/read',
    'app/list/updated',
  ],
  freedoms: [
    {
      reason: 'The list of apps is read again in the background whenever something might have changed it.',
      matches: ({ subject }) => subject === 'app/list/updated',
      lane: () => null,
    },
  ],
  async prepare(folders) {
    await Backend.prepare(folders, pages);
    await writePlugin(`${folders.root}/broom`, 'broom', 'sweep');
  },
  async run({ clients: { a, b, c }, root, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    await a.call('account/login/start', tokenLogin('somebody@example.com'));
    await told([a, b, c], 'account/updated');
    await settle();
    await calls(b, [
      ['account/rateLimits/read', {}],
      ['account/usage/read', {}],
      ['account/workspaceMessages/read', null],
      ['account/sendAddCreditsNudgeEmail', { creditType: 'credits' }],
      ['account/rateLimitResetCredit/consume', { idempotencyKey: 'key' }],
    ]);
    const one = { remotePluginId: 'plugin_1' };
    await calls(c, [
      ['plugin/share/list', {}],
      ['plugin/share/save', { pluginPath: `${root}/broom` }],
      ['plugin/share/updateTargets', { ...one, discoverability: 'PRIVATE', shareTargets: [] }],
      ['plugin/share/delete', one],
      ['plugin/skill/read', { ...one, remoteMarketplaceName: 'openai-curated-remote', skillName: 'wipe' }],
      ['plugin/reconcile', {}],
    ]);
    await refusals(b, [
      ['plugin/share/checkout', one],
      ['plugin/share/delete', { remotePluginId: 'plugin_2' }],
      ['account/sendAddCreditsNudgeEmail', { creditType: 'no such type' }],
      ['accountSession/switch', { sessionId: 'x', accountId: 'y' }],
    ]);
    await calls(a, [
      ['app/list', {}],
      ['app/read', { appIds: ['x'] }],
    ]);
    await told([a, b, c], 'app/list/updated');
    Backend.of({ root }).stop();
  },
};
