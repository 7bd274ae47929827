import { isAbsolute } from 'node:path';
import { membersOf } from './json.js';
import { PREVIEW_CHARS_MAX } from './limits.js';
import type { History } from './history.js';
import { archivedPath } from './store.js';
import type { Turn } from './turn.js';

/** The app-server whose shapes this imitates. */
export const APP_SERVER_VERSION = '0.169.0';
export const MODEL = 'demo';
export const PROVIDER = 'demo';

export interface Goal {
  readonly threadId: string;
  readonly objective: string;
  readonly status: string;
  readonly tokenBudget: number | null;
  readonly tokensUsed: number;
  readonly timeUsedSeconds: number;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ReadState {
  readonly firstUnread: { readonly type: 'turn'; readonly turnId: string } | null;
  readonly revision: string;
}

interface GitInfo {
  readonly sha: string | null;
  readonly branch: string | null;
  readonly originUrl: string | null;
}

/** What a client may change about a thread; `turn/start` changes it for the turns to come. */
export interface Settings {
  readonly cwd: string;
  readonly approvalPolicy: unknown;
  readonly approvalsReviewer: string;
  readonly sandboxPolicy: unknown;
  readonly model: string;
  readonly effort: string | null;
  readonly summary: string | null;
  readonly mode: string;
  readonly personality: string | null;
}

/** Everything about a thread but its turns: one JSON file. Times in Unix milliseconds. */
export interface ThreadMeta {
  readonly version: 1;
  readonly id: string;
  readonly sessionId: string;
  readonly forkedFromId: string | null;
  readonly parentThreadId: string | null;
  readonly ephemeral: boolean;
  readonly createdAtMs: number;
  readonly originator: string;
  readonly threadSource: string | null;
  readonly agentNickname: string | null;
  preview: string;
  updatedAtMs: number;
  settings: Settings;
  gitInfo: GitInfo | null;
  name: string | null;
  archived: boolean;
  goal: Goal | null;
  readState: ReadState;
  /** Of all turns so far. */
  tokensUsed: number;
}

type Status =
  | { readonly type: 'notLoaded' | 'idle' | 'systemError' }
  | { readonly type: 'active'; readonly activeFlags: readonly string[] };

/** A thread of this process. The history of one that is not loaded stays on disk. */
export interface Thread {
  readonly meta: ThreadMeta;
  status: Status;
  subscribed: boolean;
  /** Null until it is read from disk. */
  history: History | null;
  /** Length of the history file, about. */
  fileBytes: number;
  /** The running turn. */
  turn: Turn | null;
  /** Commands accepted for the session, without being asked again. */
  readonly accepted: Set<string>;
}

export const isLoaded = (thread: Thread): boolean => thread.status.type !== 'notLoaded';
/** A sub-agent belongs to the thread that started it; lists leave it out. */
export const isSubAgent = (thread: Thread): boolean => thread.meta.parentThreadId !== null;
/** Before its first message a thread has no history to show, and no list shows it. */
export const isMaterialized = ({ meta }: Thread): boolean => meta.preview !== '';

/** Whether what was read from disk is the meta data of a thread, as far as this process relies on it. */
export function isThreadMeta(value: unknown): value is ThreadMeta {
  const { version, id, settings } = membersOf(value);
  return version === 1 && typeof id === 'string' && typeof settings === 'object';
}

/** The first message of a thread stands for it in lists. */
export function previewOf(text: string): string {
  return text.slice(0, PREVIEW_CHARS_MAX) || '(no text)';
}

const environments = (cwd: string): object[] => [
  { environmentId: 'local', cwd, runtimeWorkspaceRoots: [cwd] },
];

function source({ parentThreadId, agentNickname }: ThreadMeta): unknown {
  if (parentThreadId === null) return 'vscode';
  const facts = { parent_thread_id: parentThreadId, depth: 1, agent_path: null };
  return { subAgent: { thread_spawn: { ...facts, agent_nickname: agentNickname, agent_role: null } } };
}

/** A thread as the wire shows it. Lists do not say whether it takes input. `historyPath`: while it is not archived. */
export function threadView(
  thread: Thread,
  historyPath: string,
  turns: readonly object[] = [],
  listed = false,
): object {
  const { meta, status } = thread;
  const { settings } = meta;
  const loaded = isLoaded(thread);
  const path = meta.archived ? archivedPath(historyPath) : historyPath;
  return {
    id: meta.id,
    environments: loaded ? environments(settings.cwd) : null,
    extra: null,
    sessionId: meta.sessionId,
    forkedFromId: meta.forkedFromId,
    attachedToThreadId: null,
    parentThreadId: meta.parentThreadId,
    preview: meta.preview,
    ephemeral: meta.ephemeral,
    section: null,
    sectionEnteredAt: null,
    projectId: null,
    historyMode: 'paginated',
    modelProvider: PROVIDER,
    model: settings.model,
    reasoningEffort: settings.effort,
    createdAt: Math.floor(meta.createdAtMs / 1000),
    updatedAt: Math.floor(meta.updatedAtMs / 1000),
    recencyAt: Math.floor(meta.updatedAtMs / 1000),
    status,
    path: meta.ephemeral ? null : path,
    cwd: settings.cwd,
    cliVersion: APP_SERVER_VERSION,
    originator: meta.originator,
    source: source(meta),
    canAcceptDirectInput: loaded && !listed ? true : null,
    threadSource: meta.threadSource,
    agentNickname: meta.agentNickname,
    agentRole: null,
    gitInfo: meta.gitInfo,
    name: meta.name,
    daybreakEnabled: null,
    turns,
  };
}

/** What `thread/start`, `thread/resume` and `thread/fork` answer beside the thread. */
export function sessionView({ settings }: ThreadMeta): object {
  return {
    model: settings.model,
    modelProvider: PROVIDER,
    serviceTier: null,
    disabledPluginIds: [],
    cwd: settings.cwd,
    runtimeWorkspaceRoots: [settings.cwd],
    instructionSources: [],
    approvalPolicy: settings.approvalPolicy,
    approvalsReviewer: settings.approvalsReviewer,
    sandbox: settings.sandboxPolicy,
    activePermissionProfile: null,
    reasoningEffort: settings.effort,
  };
}

export function collaborationModeView({ mode, model, effort }: Settings): object {
  return { mode, settings: { model, reasoning_effort: effort, developer_instructions: null } };
}

/** The params of `thread/settings/updated`. */
export function settingsView({ id, settings }: ThreadMeta): object {
  const { cwd, approvalPolicy, approvalsReviewer, sandboxPolicy, model, effort, summary, personality } =
    settings;
  const threadSettings = {
    disabledPluginIds: [],
    cwd,
    environments: environments(cwd),
    approvalPolicy,
    approvalsReviewer,
    sandboxPolicy,
    activePermissionProfile: null,
    model,
    modelProvider: PROVIDER,
    serviceTier: null,
    effort,
    summary,
    collaborationMode: collaborationModeView(settings),
    multiAgentMode: 'explicitRequestOnly',
    personality,
  };
  return { threadId: id, threadSettings };
}

/** Folders are absolute on the wire. */
export function folder(cwd: string | null): string {
  return cwd !== null && isAbsolute(cwd) ? cwd : process.cwd();
}
