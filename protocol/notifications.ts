/**
 * Every notification the runtime may send: the one place that knows notifications by name.
 * Complete for the schema of Codex 0.169.0; scopes and gates as measured on its server with several clients.
 */
import type { StreamFamily } from './methods.js';

/**
 * Who gets it: `lobby` everyone, `thread` the subscribers of `params.threadId` (everyone where that is null),
 * `connection` the one that owns the stream, `asker` the connections with a request in flight that causes it.
 */
export type NotificationScope = 'lobby' | 'thread' | 'connection' | 'asker';

export interface ServerNotification {
  readonly scope: NotificationScope;
  /** Not sent to a client that did not declare `experimentalApi`. */
  readonly experimental: boolean;
  /** Said again to every new client: each that the runtime said at its start, or the latest only. */
  readonly greets: 'no' | 'each' | 'latest';
  /** What it changes in the broker. */
  readonly effect: 'none' | 'requestResolved' | 'threadGone' | 'streamEnded';
  /** For the scope `connection`: of which kind of stream it is. */
  readonly stream: StreamFamily | null;
}

type Rest = Partial<Omit<ServerNotification, 'scope'>>;

function row(scope: NotificationScope, rest: Rest = {}): ServerNotification {
  return { scope, experimental: false, greets: 'no', effect: 'none', stream: null, ...rest };
}
const lobby = (rest?: Rest): ServerNotification => row('lobby', rest);
const thread = (rest?: Rest): ServerNotification => row('thread', rest);
const connection = (rest: Rest): ServerNotification => row('connection', rest);
const asker = (rest?: Rest): ServerNotification => row('asker', rest);

const table: Readonly<Record<string, ServerNotification>> = {
  error: thread(),
  'thread/started': lobby(),
  'thread/status/changed': lobby(),
  'thread/readState/changed': thread({ experimental: true }),
  'thread/archived': lobby({ effect: 'threadGone' }),
  'thread/deleted': lobby({ effect: 'threadGone' }),
  'thread/unarchived': lobby(),
  'thread/closed': thread({ effect: 'threadGone' }),
  'thread/reverted': lobby(),
  'skills/changed': lobby(),
  'thread/name/updated': lobby(),
  'thread/section/changed': lobby(),
  'thread/attachment/updated': lobby(),
  'thread/goal/updated': lobby(),
  'thread/prediction/updated': thread(),
  'thread/goal/cleared': lobby(),
  'thread/queue/changed': thread({ experimental: true }),
  'project/changed': lobby({ experimental: true }),
  'thread/project/updated': lobby({ experimental: true }),
  'thread/environment/connected': thread({ experimental: true }),
  'thread/environment/disconnected': thread({ experimental: true }),
  'thread/settings/updated': thread({ experimental: true }),
  'thread/tokenUsage/updated': thread(),
  'turn/started': thread(),
  'hook/started': thread(),
  'turn/completed': thread(),
  'hook/completed': thread(),
  'turn/diff/updated': thread(),
  'turn/plan/updated': thread(),
  'item/started': thread(),
  'item/autoApprovalReview/started': thread(),
  'item/autoApprovalReview/completed': thread(),
  'autoApprovalReview/strictReviewRequired': thread({ experimental: true }),
  'item/completed': thread(),
  'item/agentMessage/delta': thread(),
  'item/plan/delta': thread(),
  'command/exec/outputDelta': connection({ stream: 'command/exec' }),
  'process/outputDelta': connection({
    stream: 'process',
    experimental: true,
  }),
  'process/exited': connection({
    stream: 'process',
    effect: 'streamEnded',
    experimental: true,
  }),
  'item/commandExecution/outputDelta': thread(),
  'item/commandExecution/terminalInteraction': thread(),
  'item/fileChange/outputDelta': thread(),
  'item/fileChange/patchUpdated': thread(),
  'serverRequest/resolved': thread({ effect: 'requestResolved' }),
  'item/mcpToolCall/progress': thread(),
  'mcpServer/oauthLogin/completed': lobby(),
  'mcpServer/startupStatus/updated': thread(),
  'mcpServer/event/stream/notification': connection({
    stream: 'mcpServer/event',
    experimental: true,
  }),
  'account/updated': lobby(),
  'account/gatewayOAuth/changed': lobby(),
  'account/rateLimits/updated': lobby(),
  'app/list/updated': lobby(),
  'remoteControl/status/changed': lobby({ greets: 'latest' }),
  'externalAgentConfig/import/progress': lobby(),
  'externalAgentConfig/import/completed': lobby(),
  'fs/changed': connection({ stream: 'fs/watch' }),
  'item/reasoning/summaryTextDelta': thread(),
  'item/reasoning/summaryPartAdded': thread(),
  'item/reasoning/textDelta': thread(),
  'thread/compacted': thread(),
  'model/rerouted': thread(),
  'model/verification': thread(),
  'modelProvider/authRecoveryStarted': thread(),
  'modelProvider/authRecoveryCompleted': thread(),
  'turn/moderationMetadata': thread({ experimental: true }),
  'model/safetyBuffering/updated': thread(),
  warning: thread(),
  guardianWarning: thread(),
  deprecationNotice: asker(),
  configWarning: lobby({ greets: 'each' }),
  'fuzzyFileSearch/sessionUpdated': connection({ stream: 'fuzzyFileSearch' }),
  'fuzzyFileSearch/sessionCompleted': connection({ stream: 'fuzzyFileSearch' }),
  'thread/realtime/started': thread({ experimental: true }),
  'thread/realtime/itemAdded': thread({ experimental: true }),
  'thread/realtime/item/started': thread({ experimental: true }),
  'thread/realtime/item/transcript/delta': thread({ experimental: true }),
  'thread/realtime/item/completed': thread({ experimental: true }),
  'thread/realtime/transcript/delta': thread({ experimental: true }),
  'thread/realtime/transcript/done': thread({ experimental: true }),
  'thread/realtime/outputAudio/delta': thread({ experimental: true }),
  'thread/realtime/sdp': thread({ experimental: true }),
  'thread/realtime/error': thread({ experimental: true }),
  'thread/realtime/closed': thread({ experimental: true }),
  'windows/worldWritableWarning': lobby(),
  'windowsSandbox/setupCompleted': lobby(),
  'account/login/completed': lobby(),
};

/** Every notification of the runtime by name. */
export const serverNotifications: ReadonlyMap<string, ServerNotification> = new Map(Object.entries(table));

const unknown = thread();

/** A notification's row; an unknown one goes to the thread it names, else to everyone. */
export function serverNotification(method: string): ServerNotification {
  return serverNotifications.get(method) ?? unknown;
}
