import type { Demo } from '../demo.js';
import { RequestError } from '../errors.js';
import { SETTING_CHARS_MAX } from '../limits.js';
import { type Params, unknownVariant } from '../params.js';
import { folder, type Settings, settingsView, type Thread } from '../thread.js';
import { loaded } from './find.js';
import type { Methods } from './method.js';

const POLICIES = ['untrusted', 'on-request', 'granular', 'never'];

const SANDBOXES: Readonly<Record<string, object>> = {
  'read-only': { type: 'readOnly', networkAccess: false },
  'workspace-write': {
    type: 'workspaceWrite',
    writableRoots: [],
    networkAccess: false,
    excludeTmpdirEnvVar: false,
    excludeSlashTmp: false,
  },
  'danger-full-access': { type: 'dangerFullAccess' },
};

/** Settings that were given; the others stay as they are. */
type Given = { -readonly [K in keyof Settings]?: Settings[K] };

/** The settings in the params of `thread/start`, `thread/resume` and `thread/fork`. */
export function startSettings(params: Params): Given {
  const sandbox = params.word('sandbox', Object.keys(SANDBOXES));
  const given = common(params);
  if (sandbox !== null) given.sandboxPolicy = SANDBOXES[sandbox];
  return given;
}

/** Those in the params of `turn/start` and `thread/settings/update`. */
function turnSettings(params: Params): Given {
  const given = common(params);
  const sandbox = params.inner('sandboxPolicy');
  if (sandbox !== null) given.sandboxPolicy = small(params, 'sandboxPolicy');
  const effort = params.textOr('effort', null);
  if (effort !== null) given.effort = effort;
  const summary = params.textOr('summary', null);
  if (summary !== null) given.summary = summary;
  const mode = params.inner('collaborationMode')?.text('mode');
  if (mode !== undefined) given.mode = mode;
  return given;
}

function common(params: Params): Given {
  const given: Given = {};
  const cwd = params.textOr('cwd', null);
  if (cwd !== null) given.cwd = folder(cwd);
  const model = params.textOr('model', null);
  if (model !== null) given.model = model;
  const reviewer = params.textOr('approvalsReviewer', null);
  if (reviewer !== null) given.approvalsReviewer = reviewer;
  const personality = params.textOr('personality', null);
  if (personality !== null) given.personality = personality;
  const policy = small(params, 'approvalPolicy');
  if (typeof policy === 'string' && !POLICIES.includes(policy)) throw unknownVariant(policy, POLICIES);
  if (policy !== null) given.approvalPolicy = policy;
  return given;
}

/** A setting that is kept as it came. */
function small(params: Params, name: string): unknown {
  const value = params.any(name);
  if (JSON.stringify(value).length <= SETTING_CHARS_MAX) return value;
  throw new RequestError(`\`${name}\` is longer than ${SETTING_CHARS_MAX} characters`);
}

/** Takes over what a client asks for, for this turn and those after it; tells of it if it is a change. */
export function updateSettings(demo: Demo, thread: Thread, params: Params): void {
  const { meta } = thread;
  const before = JSON.stringify(meta.settings);
  meta.settings = { ...meta.settings, ...turnSettings(params) };
  if (JSON.stringify(meta.settings) === before) return;
  demo.save(thread);
  demo.tell(thread, 'thread/settings/updated', settingsView(meta));
}

export const settingsMethods: Methods = {
  'thread/settings/update'(demo, params, answer) {
    updateSettings(demo, loaded(demo, params), params);
    answer({});
  },
};
