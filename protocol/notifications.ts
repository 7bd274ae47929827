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

/** What may become of a thread. */
export type ThreadLife = 'archived' | 'unarchived' | 'deleted';

export interface ServerNotification {
  readonly scope: NotificationScope;
  /** Not sent to a client that did not declare `experimentalApi`. */
  readonly experimental: boolean;
  /** Which clients it is for: those of both wires, or of the v1 wire only. */
  readonly wire: 'any' | 'v1';
  /** Said again to every new client: each that the runtime said at its start, or the latest only. */
  readonly greets: 'no' | 'each' | 'latest';
  /** A member of `params` with which it is for the `asker` alone, unless that is null. */
  readonly askerWith: string | null;
  /** What it changes in the broker. */
  readonly effect: 'none' | 'requestResolved' | 'threadGone' | 'streamEnded' | 'statusChanged';
  /** What it says of the life of the thread that `params.threadId` names. */
  readonly life: 'none' | ThreadLife;
  /** For the scope `connection`: of which kind of stream it is. */
  readonly stream: StreamFamily | null;
  /**
   * What it changes in a thread's state: a turn or an item begins or ends, an item in progress grows, or the latest
   * of its kind replaces the one before it: what `thread/resume` answers has a member for it (`latest`), or nothing
   * has, and it is kept as it is, of the thread or of each turn (`keptOfThread`, `keptOfTurn`).
   */
  readonly fold:
    | 'none'
    | 'turnStarted'
    | 'turnCompleted'
    | 'itemStarted'
    | 'itemCompleted'
    | 'latest'
    | 'keptOfThread'
    | 'keptOfTurn'
    | ItemDelta;
}

/** How an event changes an item in progress. */
export interface ItemDelta {
  /**
   * `append`: its `from` is more text. `part`: a part of the text begins. `replace`: its `from` takes the place of
   * what was there. `collect`: its `from` is one more in a list.
   */
  readonly does: 'append' | 'part' | 'replace' | 'collect';
  /** The member of `params` that holds what is new; for `part` none. */
  readonly from: string;
  /** The member of `params` that says which part of the text it is; null where there is one part. */
  readonly index: string | null;
  /** The member of the item that it changes; null where items have none for it. */
  readonly to: string | null;
}

type Rest = Partial<Omit<ServerNotification, 'scope'>>;

function row(scope: NotificationScope, rest: Rest = {}): ServerNotification {
  return {
    scope,
    experimental: false,
    wire: 'any',
    greets: 'no',
    askerWith: null,
    effect: 'none',
    life: 'none',
    stream: null,
    fold: 'none',
    ...rest,
  };
}
const lobby = (rest?: Rest): ServerNotification => row('lobby', rest);
const thread = (rest?: Rest): ServerNotification => row('thread', rest);
const connection = (rest: Rest): ServerNotification => row('connection', rest);
const appends = (to: string | null, index: string | null = null): Rest => ({
  fold: { does: 'append', from: 'delta', index, to },
});
const latest: Rest = { fold: 'latest' };
const asker = (rest?: Rest): ServerNotification => row('asker', rest);

const table: Readonly<Record<string, ServerNotification>> = {
  error: thread(),
  'thread/started': lobby(),
  'thread/status/changed': lobby({ ...latest, effect: 'statusChanged' }),
  'thread/readState/changed': thread({ experimental: true }),
  'thread/archived': lobby({ effect: 'threadGone', life: 'archived' }),
  'thread/deleted': lobby({ effect: 'threadGone', life: 'deleted' }),
  'thread/unarchived': lobby({ life: 'unarchived' }),
  'thread/closed': lobby({ effect: 'threadGone' }),
  'thread/reverted': lobby(),
  'skills/changed': lobby(),
  'thread/name/updated': lobby(latest),
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
  'thread/settings/updated': thread({ experimental: true, ...latest }),
  'thread/tokenUsage/updated': thread({ fold: 'keptOfThread' }),
  'turn/started': thread({ fold: 'turnStarted' }),
  'hook/started': thread(),
  'turn/completed': thread({ fold: 'turnCompleted' }),
  'hook/completed': thread(),
  'turn/diff/updated': thread({ fold: 'keptOfTurn' }),
  'turn/plan/updated': thread({ fold: 'keptOfTurn' }),
  'item/started': thread({ fold: 'itemStarted' }),
  'item/autoApprovalReview/started': thread(),
  'item/autoApprovalReview/completed': thread(),
  'autoApprovalReview/strictReviewRequired': thread({ experimental: true }),
  'item/completed': thread({ fold: 'itemCompleted' }),
  'item/agentMessage/delta': thread(appends('text')),
  'item/plan/delta': thread(appends('text')),
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
  'item/commandExecution/outputDelta': thread(appends('aggregatedOutput')),
  'item/commandExecution/terminalInteraction': thread(),
  'item/fileChange/outputDelta': thread(appends(null)),
  'item/fileChange/patchUpdated': thread({
    fold: { does: 'replace', from: 'changes', index: null, to: 'changes' },
  }),
  'serverRequest/resolved': thread({ effect: 'requestResolved' }),
  'item/mcpToolCall/progress': thread({
    fold: { does: 'collect', from: 'message', index: null, to: null },
  }),
  'mcpServer/oauthLogin/completed': lobby(),
  'mcpServer/startupStatus/updated': thread(),
  'mcpServer/event/stream/notification': connection({
    stream: 'mcpServer/event',
    experimental: true,
  }),
  'account/updated': lobby(),
  // Whoever has the address can log in.
  'account/gatewayOAuth/changed': lobby({ askerWith: 'authUrl' }),
  'account/rateLimits/updated': lobby(),
  'app/list/updated': lobby(),
  'remoteControl/status/changed': lobby({ greets: 'latest' }),
  'externalAgentConfig/import/progress': lobby(),
  'externalAgentConfig/import/completed': lobby(),
  'fs/changed': connection({ stream: 'fs/watch' }),
  'item/reasoning/summaryTextDelta': thread(appends('summary', 'summaryIndex')),
  'item/reasoning/summaryPartAdded': thread({
    fold: { does: 'part', from: '', index: 'summaryIndex', to: 'summary' },
  }),
  'item/reasoning/textDelta': thread(appends('content', 'contentIndex')),
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

/** What the broker itself says, to v1 clients only. */
export const brokerNotifications = {
  /** `{log, epoch, seq, reason}`: a log has begun anew, or is news to this connection; its entries from seq + 1 follow. */
  logReset: 'broker/log/reset',
  /** `{requestId, by, outcome}`: the answer came too late and changed nothing. */
  alreadyResolved: 'broker/request/alreadyResolved',
  /** `{requestId, method, params}`: to one that only looks on. */
  requestOpened: 'broker/request/opened',
  /** `{clients, gone, total}`: who is here has changed. */
  clientsChanged: 'broker/clients/changed',
  /** `{attachment}`: an entry of the logs of both threads. */
  attachmentChanged: 'broker/attachment/changed',
  /** `{message}`: an entry of the logs of both threads. */
  attachmentMessage: 'broker/attachment/message',
  /** `{threadId, turnId, connectionId, clientName}`: who has started a turn; an entry of the thread's log. */
  turnOrigin: 'broker/turn/origin',
} as const;

/** Their names: a client of the stock wire gets none of them. */
export const brokerNotificationNames: ReadonlySet<string> = new Set(Object.values(brokerNotifications));

/** Their row: those that are about a thread are entries of its log. */
export const brokerEntry: ServerNotification = row('thread', { wire: 'v1' });
/** That of `broker/turn/origin`. */
export const originEntry: ServerNotification = row('thread', { wire: 'v1', fold: 'keptOfTurn' });

/**
 * What the broker reads, or says in the runtime's words: for one client that comes late, or when the runtime has
 * ended.
 */
export const runtimeNotifications = {
  itemStarted: 'item/started',
  turnCompleted: 'turn/completed',
  requestResolved: 'serverRequest/resolved',
  threadClosed: 'thread/closed',
  threadStatusChanged: 'thread/status/changed',
  threadNameUpdated: 'thread/name/updated',
  threadSettingsUpdated: 'thread/settings/updated',
} as const;
