import { join } from 'node:path';
import { RequestError } from '../errors.js';
import type { Params } from '../params.js';
import { folder, MODEL, PROVIDER } from '../thread.js';
import type { Method, Methods } from './method.js';

const EFFORTS = [
  { reasoningEffort: 'low', description: 'Says the same, sooner in spirit' },
  { reasoningEffort: 'medium', description: 'Says the same' },
];

const model = {
  id: MODEL,
  model: MODEL,
  upgrade: null,
  upgradeInfo: null,
  availabilityNux: null,
  displayName: 'Demo',
  description: 'Plays scripted scenes; there is no model behind it.',
  modelSpecialty: null,
  hidden: false,
  supportedReasoningEfforts: EFFORTS,
  defaultReasoningEffort: 'medium',
  inputModalities: ['text'],
  supportsPersonality: false,
  multiAgentVersion: null,
  additionalSpeedTiers: [],
  serviceTiers: [],
  defaultServiceTier: null,
  availableAccessPrograms: null,
  isDefault: true,
};

const config = {
  model: MODEL,
  review_model: null,
  model_context_window: null,
  model_auto_compact_token_limit: null,
  model_auto_compact_token_limit_scope: null,
  model_provider: PROVIDER,
  approval_policy: 'on-request',
  approvals_reviewer: null,
  sandbox_mode: 'read-only',
  sandbox_workspace_write: null,
  forced_chatgpt_workspace_id: null,
  forced_login_method: null,
  web_search: null,
  client_search_provider: null,
  tools: null,
  instructions: null,
  developer_instructions: null,
  compact_prompt: null,
  model_reasoning_effort: null,
  model_reasoning_summary: null,
  model_verbosity: null,
  service_tier: null,
  analytics: null,
  apps: null,
  browser_use: null,
  computer_use: null,
  desktop: null,
};

const profile = (id: string): object => ({ id, description: null, allowed: true });
const profiles = [':read-only', ':workspace', ':danger-full-access'].map(profile);

const collaborationModes = [
  { name: 'Plan', mode: 'plan', model: null, reasoning_effort: 'medium' },
  { name: 'Default', mode: 'default', model: null, reasoning_effort: null },
];

const always =
  (result: object): Method =>
  (_demo, _params, answer) =>
    answer(result);

const page = (data: readonly object[]): Method => always({ data, nextCursor: null });

/** One entry for each folder that was asked about. */
const perFolder =
  (entry: object): Method =>
  (_demo, params: Params, answer) => {
    const cwds = params.texts('cwds');
    answer({ data: (cwds.length === 0 ? [folder(null)] : cwds).map((cwd) => ({ cwd, ...entry })) });
  };

/** No files are looked at. */
const findNothing: Method = (demo, params, answer) => {
  answer({});
  const [sessionId, query] = [params.text('sessionId'), params.text('query')];
  demo.notify('fuzzyFileSearch/sessionUpdated', { sessionId, query, files: [] });
  demo.notify('fuzzyFileSearch/sessionCompleted', { sessionId });
};

const readConfig: Method = (_demo, params, answer) => {
  answer({ config, origins: {}, layers: params.flag('includeLayers') ? [] : null });
};

/** Settings of the demo are not kept. */
const writeConfig: Method = (demo, _params, answer) => {
  const filePath = join(demo.store.dir, 'config.toml');
  answer({ status: 'ok', version: '0', filePath, overriddenMetadata: null });
};

const refuse =
  (message: string): Method =>
  () => {
    throw new RequestError(message);
  };

/** What clients ask for when they start, and what has one answer in a world without account, plugins or hooks. */
export const fixedMethods: Methods = {
  'account/bedrock/checkGovCloudRequirements': always({ isGovCloud: false, shouldWarn: false }),
  'account/logout': always({}),
  'account/rateLimits/read': refuse('codex account authentication required to read rate limits'),
  'account/read': always({ account: null, userId: null, requiresOpenaiAuth: false, workspaceRouting: null }),
  'app/list': page([]),
  'collaborationMode/list': always({ data: collaborationModes }),
  'config/batchWrite': writeConfig,
  'config/read': readConfig,
  'config/value/write': writeConfig,
  'configRequirements/read': always({ supportsIndependentSpeedModes: true, requirements: null }),
  'experimentalFeature/list': page([]),
  'fuzzyFileSearch/sessionStart': always({}),
  'fuzzyFileSearch/sessionStop': always({}),
  'fuzzyFileSearch/sessionUpdate': findNothing,
  getAuthStatus: always({ authMethod: null, authToken: null, requiresOpenaiAuth: false }),
  'hooks/list': perFolder({ hooks: [], warnings: [], errors: [] }),
  'mcpServerStatus/list': page([]),
  'model/list': page([model]),
  'permissionProfile/list': page(profiles),
  'plugin/installed': always({ marketplaces: [], marketplaceLoadErrors: [] }),
  'plugin/list': always({ marketplaces: [], marketplaceLoadErrors: [], featuredPluginIds: [] }),
  'skills/list': perFolder({ skills: [], errors: [] }),
  'thread/backgroundTerminals/clean': always({}),
  'thread/backgroundTerminals/list': page([]),
  'thread/memoryMode/set': always({}),
};
