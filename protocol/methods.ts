/**
 * Every request a client may send: the one place that knows client methods by name.
 * Complete for the schema of Codex 0.169.0 (`codex app-server generate-json-schema --experimental`); a test
 * compares the two. A method that is not here is the runtime's and is passed through.
 */

/**
 * Least right needed: an observer reads, a controller does everything with threads and their runtime. The owner, who
 * has the token of the broker or is on its machine, also says who else may come.
 */
export type Role = 'observer' | 'controller' | 'owner';

/**
 * Streams that belong to one connection. Clients choose their ids: `key` is the member of `params` that holds it,
 * `end` the method that ends one (null: it needs no end). The runtime refuses an `empty` id or takes it as any other,
 * and refuses a request without one in which a member of `needsId` is true.
 */
export const streamFamilies = {
  'command/exec': {
    key: 'processId',
    end: 'command/exec/terminate',
    empty: 'taken',
    needsId: ['tty', 'streamStdin', 'streamStdoutStderr'],
  },
  process: { key: 'processHandle', end: 'process/kill', empty: 'refused', needsId: [] },
  'fs/watch': { key: 'watchId', end: 'fs/unwatch', empty: 'taken', needsId: [] },
  fuzzyFileSearch: { key: 'sessionId', end: 'fuzzyFileSearch/sessionStop', empty: 'refused', needsId: [] },
  'fuzzyFileSearch/token': { key: 'cancellationToken', end: null, empty: 'taken', needsId: [] },
  'mcpServer/event': {
    key: 'subscriptionId',
    end: 'mcpServer/event/stream/stop',
    empty: 'taken',
    needsId: [],
  },
} as const satisfies Record<string, StreamRules>;
interface StreamRules {
  readonly key: string;
  readonly end: string | null;
  readonly empty: 'taken' | 'refused';
  readonly needsId: readonly string[];
}
export type StreamFamily = keyof typeof streamFamilies;

/** How a method refers to a stream of its own connection. */
export interface StreamUse {
  readonly family: StreamFamily;
  /** `run`: the stream lives until the answer. `open`: from the answer on. `close`: until the answer. */
  readonly does: 'run' | 'open' | 'use' | 'close';
}

export interface ClientMethod {
  /** Who answers it. */
  readonly owner: 'broker' | 'runtime';
  /** What it is about: all, one thread (`params.threadId`), or the asking connection's own streams. */
  readonly scope: 'global' | 'thread' | 'connection';
  readonly role: Role;
  /** What an observer may say in `params`: what changes nothing. Null: all. */
  readonly observerParams: readonly string[] | null;
  /** Refused to a client that did not declare `experimentalApi`. */
  readonly experimental: boolean;
  /** Members of `params` refused to a client that did not declare `experimentalApi`. */
  readonly experimentalParams: readonly string[];
  /**
   * What the answer does. A result: `resume` subscribes the asker to the thread that the params name, `create` to a
   * new one (`result.thread.id` both), `login` makes it the one that is asked for fresh tokens, `turn` names the turn
   * that it has started or joined (`result.turn.id`). A result or an error: `attend` subscribes to the thread that the
   * params name, as long as there is such a thread.
   */
  readonly answer: 'none' | 'resume' | 'create' | 'login' | 'turn' | 'attend';
  readonly stream: StreamUse | null;
  /** The notifications of the scope `asker` that it may cause while it is in flight. */
  readonly causes: readonly string[];
  /** The member of `params` that names another request of the same connection. */
  readonly cancels: string | null;
  /** The method whose one request in flight it ends. That is its connection's own, and ends with it. */
  readonly ends: Ends | null;
  /** Refused to a client that is not subscribed to the thread that `params` name. */
  readonly subscribersOnly: boolean;
}

interface Ends {
  readonly method: string;
  /** What others are told who want to end it, and what all are told who begin a second one. */
  readonly notYours: string;
  readonly taken: string;
}

type Rest = Partial<Omit<ClientMethod, 'scope' | 'role'>>;

function row(role: Role, scope: ClientMethod['scope'], rest: Rest = {}): ClientMethod {
  const plain = {
    owner: 'runtime',
    observerParams: null,
    experimental: false,
    experimentalParams: [],
    answer: 'none',
    causes: [],
  } as const;
  return { role, scope, ...plain, stream: null, cancels: null, ends: null, subscribersOnly: false, ...rest };
}
const observer = (scope: ClientMethod['scope'], rest?: Rest): ClientMethod => row('observer', scope, rest);
const controller = (scope: ClientMethod['scope'], rest?: Rest): ClientMethod =>
  row('controller', scope, rest);
const ownerOnly = (scope: ClientMethod['scope'], rest?: Rest): ClientMethod => row('owner', scope, rest);
const runs = (family: StreamFamily): StreamUse => ({ family, does: 'run' });
/** Old ways of asking for a whole history. */
const DEPRECATED = ['deprecationNotice'];
/** What only a client that declared `experimentalApi` may say of a turn. */
const TURN_EXPERIMENTS = [
  'responsesapiClientMetadata',
  'responsesapiClientMetadataPatch',
  'additionalContext',
  'environments',
  'runtimeWorkspaceRoots',
  'permissions',
  'collaborationMode',
  'multiAgentMode',
  'cyberAccessProgram',
];
/** What subscribes besides. */
const ATTENDS = { experimental: true, answer: 'attend' } as const;
const opens = (family: StreamFamily): StreamUse => ({ family, does: 'open' });
const uses = (family: StreamFamily): StreamUse => ({ family, does: 'use' });
const closes = (family: StreamFamily): StreamUse => ({ family, does: 'close' });

const table: Readonly<Record<string, ClientMethod>> = {
  initialize: observer('global', { owner: 'broker' }),
  'server/diagnostics': observer('global', { experimental: true }),
  'userVerification/status': observer('global', { experimental: true }),
  'userVerification/enroll': controller('global', { experimental: true }),
  'userVerification/delete': controller('global', { experimental: true }),
  'userVerification/verify': controller('global', { experimental: true }),
  'userVerification/cancel': controller('connection', { cancels: 'requestId', experimental: true }),
  'thread/start': controller('global', {
    causes: DEPRECATED,
    answer: 'create',
    experimentalParams: [
      'allowProviderModelFallback',
      'runtimeWorkspaceRoots',
      'permissions',
      'multiAgentMode',
      'historyMode',
      'projectId',
      'daybreakEnabled',
      'environments',
      'dynamicTools',
      'selectedCapabilityRoots',
      'mockExperimentalField',
      'experimentalRawEvents',
    ],
  }),
  'thread/resume': observer('thread', {
    observerParams: ['threadId', 'excludeTurns', 'initialTurnsPage'],
    causes: DEPRECATED,
    answer: 'resume',
    experimentalParams: ['history', 'path', 'runtimeWorkspaceRoots', 'permissions', 'initialTurnsPage'],
  }),
  'thread/fork': controller('global', {
    causes: DEPRECATED,
    answer: 'create',
    experimentalParams: [
      'path',
      'experimentalPredictionMode',
      'experimentalDisablePredictionMcp',
      'beforeTurnId',
      'runtimeWorkspaceRoots',
      'permissions',
      'attachToSource',
      'deferGoalContinuation',
    ],
  }),
  'thread/sample': controller('thread', { experimental: true }),
  'thread/sample/cancel': controller('connection', { cancels: 'requestId', experimental: true }),
  'thread/archive': controller('thread'),
  'thread/delete': controller('thread'),
  'thread/unsubscribe': observer('thread', { owner: 'broker' }),
  'thread/increment_elicitation': controller('thread', { experimental: true }),
  'thread/decrement_elicitation': controller('thread', { experimental: true }),
  'thread/name/set': controller('thread'),
  'thread/prediction/request': controller('thread', { experimental: true }),
  'thread/goal/set': controller('thread'),
  'thread/goal/get': observer('thread'),
  'thread/goal/clear': controller('thread'),
  'thread/queue/add': controller('thread', { experimental: true }),
  'thread/queue/list': observer('thread', { experimental: true }),
  'thread/queue/update': controller('thread', { experimental: true }),
  'thread/queue/delete': controller('thread', { experimental: true }),
  'thread/queue/reorder': controller('thread', { experimental: true }),
  'thread/queue/start': controller('thread', { experimental: true }),
  'thread/metadata/update': controller('thread', { experimentalParams: ['projectId', 'daybreakEnabled'] }),
  'thread/attachment/add': controller('thread'),
  'thread/attachment/list': observer('thread'),
  'thread/attachmentOwner/list': observer('global'),
  'thread/attachment/remove': controller('thread'),
  'thread/section/move': controller('thread'),
  'thread/settings/update': controller('thread', { experimental: true }),
  'thread/memoryMode/set': controller('thread', { experimental: true }),
  'thread/memory/read': observer('thread', { experimental: true }),
  'memory/status': observer('global', { experimental: true }),
  'memory/reset': controller('global', { experimental: true }),
  'rollout/compress': controller('global', { experimental: true }),
  'thread/unarchive': controller('thread'),
  'thread/compact/start': controller('thread'),
  'thread/shellCommand': controller('thread'),
  'thread/approveGuardianDeniedAction': controller('thread'),
  'thread/backgroundTerminals/clean': controller('thread', { experimental: true }),
  'thread/backgroundTerminals/list': observer('thread', { experimental: true }),
  'thread/backgroundTerminals/terminate': controller('thread', { experimental: true }),
  'thread/revert': controller('thread', { answer: 'attend' }),
  'thread/list': observer('global', {
    experimentalParams: [
      'includeAttachedThreads',
      'projectId',
      'parentThreadId',
      'ancestorThreadId',
      'attachedToThreadId',
    ],
  }),
  'project/list': observer('global', { experimental: true }),
  'project/read': observer('global', { experimental: true }),
  'project/create': controller('global', { experimental: true }),
  'project/import': controller('global', { experimental: true }),
  'project/update': controller('global', { experimental: true }),
  'project/move': controller('global', { experimental: true }),
  'project/delete': controller('global', { experimental: true }),
  'threadSection/list': observer('global'),
  'threadSection/create': controller('global'),
  'threadSection/update': controller('global'),
  'threadSection/delete': controller('global'),
  'thread/search': observer('global', { experimental: true }),
  'thread/searchOccurrences': observer('thread', { experimental: true }),
  'thread/loaded/list': observer('global'),
  'thread/read': observer('thread', { causes: DEPRECATED }),
  'thread/readState/update': controller('thread', { experimental: true }),
  'thread/turns/list': observer('thread'),
  'thread/items/list': observer('thread'),
  'thread/items/read': observer('thread', { experimental: true }),
  'thread/guardianReview': controller('thread', ATTENDS),
  'thread/inject_items': controller('thread'),
  'thread/prepareApprovedPlan': controller('thread', { experimental: true }),
  'skills/list': observer('global'),
  'skills/extraRoots/set': controller('global'),
  'hooks/list': observer('global'),
  'marketplace/add': controller('global'),
  'marketplace/remove': controller('global'),
  'marketplace/upgrade': controller('global'),
  'plugin/list': observer('global'),
  'plugin/search': observer('global', { experimental: true }),
  'plugin/installed': observer('global'),
  'plugin/reconcile': controller('global'),
  'plugin/read': observer('global'),
  'plugin/skill/read': observer('global'),
  'plugin/share/save': controller('global'),
  'plugin/share/updateTargets': controller('global'),
  'plugin/share/list': observer('global'),
  'plugin/share/checkout': controller('global'),
  'plugin/share/delete': controller('global'),
  'app/read': observer('global'),
  'app/list': observer('global'),
  'app/installed': observer('global'),
  'fs/readFile': controller('global'),
  'fs/writeFile': controller('global'),
  'fs/createDirectory': controller('global'),
  'fs/getMetadata': controller('global'),
  'fs/readDirectory': controller('global'),
  'fs/remove': controller('global'),
  'fs/copy': controller('global'),
  'fs/watch': controller('connection', { stream: opens('fs/watch') }),
  'fs/unwatch': controller('connection', { stream: closes('fs/watch') }),
  'skills/config/write': controller('global'),
  'plugin/install': controller('global'),
  'plugin/uninstall': controller('global'),
  'turn/start': controller('thread', { answer: 'turn', experimentalParams: TURN_EXPERIMENTS }),
  'turn/settings/update': controller('thread', { experimental: true }),
  'turn/steer': controller('thread', {
    experimentalParams: [
      'responsesapiClientMetadata',
      'responsesapiClientMetadataPatch',
      'additionalContext',
    ],
  }),
  'turn/interrupt': controller('thread'),
  'thread/realtime/start': controller('thread', ATTENDS),
  'thread/realtime/appendAudio': controller('thread', ATTENDS),
  'thread/realtime/appendText': controller('thread', ATTENDS),
  'thread/realtime/appendSpeech': controller('thread', ATTENDS),
  'thread/realtime/stop': controller('thread', ATTENDS),
  'thread/timeline/list': observer('thread', { experimental: true }),
  'thread/realtime/listVoices': observer('global', { experimental: true }),
  'review/start': controller('thread', { answer: 'turn' }),
  'model/list': observer('global'),
  'account/gatewayOAuth/read': controller('global'),
  'account/gatewayOAuth/login': controller('global', { causes: ['account/gatewayOAuth/changed'] }),
  'account/gatewayOAuth/cancel': controller('global', {
    ends: {
      method: 'account/gatewayOAuth/login',
      notYours: 'Gateway sign-in belongs to another connection',
      taken: 'Gateway sign-in is already in progress',
    },
  }),
  'modelProvider/list': observer('global'),
  'modelProvider/config/write': controller('global'),
  'modelProvider/capabilities/read': observer('global'),
  'experimentalFeature/list': observer('global'),
  'permissionProfile/list': observer('global'),
  'experimentalFeature/enablement/set': controller('global'),
  'remoteControl/enable': controller('global', { experimental: true }),
  'remoteControl/disable': controller('global', { experimental: true }),
  'remoteControl/status/read': observer('global', { experimental: true }),
  'remoteControl/pairing/start': controller('global', { experimental: true }),
  'remoteControl/pairing/status': controller('global', { experimental: true }),
  'remoteControl/client/list': observer('global', { experimental: true }),
  'remoteControl/client/revoke': controller('global', { experimental: true }),
  'collaborationMode/list': observer('global', { experimental: true }),
  'mock/experimentalMethod': observer('global', { experimental: true }),
  'environment/add': controller('global', { experimental: true }),
  'environment/info': observer('global', { experimental: true }),
  'environment/status': observer('global', { experimental: true }),
  'mcpServer/oauth/login': controller('global'),
  'config/mcpServer/reload': controller('global'),
  'mcpServerStatus/list': observer('global'),
  'mcpServer/resource/read': controller('global'),
  'mcpServer/event/stream/start': controller('connection', {
    stream: opens('mcpServer/event'),
    experimental: true,
    subscribersOnly: true,
  }),
  'mcpServer/event/stream/stop': controller('connection', {
    stream: closes('mcpServer/event'),
    experimental: true,
  }),
  'mcpServer/tool/call': controller('thread'),
  'windowsSandbox/setupStart': controller('global'),
  'windowsSandbox/readiness': observer('global'),
  'account/login/start': controller('global', { answer: 'login' }),
  'account/bedrock/discover': controller('global', { experimental: true }),
  'account/bedrock/setup': controller('global', { experimental: true }),
  'account/gcp/setup': controller('global', { experimental: true }),
  'account/bedrock/checkGovCloudRequirements': controller('global', { experimental: true }),
  'account/login/cancel': controller('global'),
  'accountSession/list': controller('global', { experimental: true }),
  'accountSession/switch': controller('global', { experimental: true }),
  'account/logout': controller('global'),
  'account/securitySetup/read': controller('global'),
  'account/rateLimits/read': observer('global'),
  'account/rateLimitResetCredit/consume': controller('global'),
  'account/usage/read': observer('global'),
  'account/workspaceMessages/read': observer('global'),
  'account/sendAddCreditsNudgeEmail': controller('global'),
  'feedback/upload': controller('global'),
  'feedback/save': controller('global'),
  'command/exec': controller('connection', {
    stream: runs('command/exec'),
    experimentalParams: ['permissionProfile'],
  }),
  'command/exec/write': controller('connection', { stream: uses('command/exec') }),
  'command/exec/terminate': controller('connection', { stream: uses('command/exec') }),
  'command/exec/resize': controller('connection', { stream: uses('command/exec') }),
  'process/spawn': controller('connection', {
    stream: opens('process'),
    experimental: true,
  }),
  'process/writeStdin': controller('connection', {
    stream: uses('process'),
    experimental: true,
  }),
  'process/kill': controller('connection', { stream: uses('process'), experimental: true }),
  'process/resizePty': controller('connection', {
    stream: uses('process'),
    experimental: true,
  }),
  'config/read': controller('global'),
  'externalAgentConfig/detect': controller('global'),
  'externalAgentConfig/import': controller('global'),
  'externalAgentConfig/import/recordHistory': controller('global'),
  'externalAgentConfig/import/readHistories': controller('global'),
  'config/value/write': controller('global'),
  'config/batchWrite': controller('global'),
  'configRequirements/read': controller('global'),
  'account/read': observer('global'),
  fuzzyFileSearch: controller('connection', { stream: uses('fuzzyFileSearch/token') }),
  'fuzzyFileSearch/sessionStart': controller('connection', {
    stream: opens('fuzzyFileSearch'),
    experimental: true,
  }),
  'fuzzyFileSearch/sessionUpdate': controller('connection', {
    stream: uses('fuzzyFileSearch'),
    experimental: true,
  }),
  'fuzzyFileSearch/sessionStop': controller('connection', {
    stream: closes('fuzzyFileSearch'),
    experimental: true,
  }),
  getConversationSummary: observer('global'),
  gitDiffToRemote: controller('global'),
  // It tells the runtime's own token to whoever wants it.
  getAuthStatus: controller('global'),
  'broker/status': observer('global', { owner: 'broker' }),
  'broker/token/rotate': ownerOnly('global', { owner: 'broker' }),
  'broker/pairing/start': ownerOnly('global', { owner: 'broker' }),
  'broker/pairing/wait': ownerOnly('global', { owner: 'broker' }),
  'broker/devices/list': ownerOnly('global', { owner: 'broker' }),
  'broker/devices/revoke': ownerOnly('global', { owner: 'broker' }),
  'broker/clients/list': observer('global', { owner: 'broker' }),
  'broker/thread/join': observer('thread', { owner: 'broker' }),
  'broker/turn/submit': controller('thread', { owner: 'broker', experimentalParams: TURN_EXPERIMENTS }),
  'thread/attachment/create': controller('global', { owner: 'broker' }),
  'thread/attachment/delete': controller('global', { owner: 'broker' }),
  'thread/attachments/list': observer('global', { owner: 'broker' }),
  'broker/attachment/send': controller('global', { owner: 'broker' }),
  'broker/attachment/messages/list': observer('global', { owner: 'broker' }),
};

/** Experimental params that may be absent, false or true, where false says something too. */
export const threeStateParams: ReadonlySet<string> = new Set(['daybreakEnabled']);

/** Every client method by name. */
export const clientMethods: ReadonlyMap<string, ClientMethod> = new Map(Object.entries(table));

const passedThrough = controller('global');

/** The methods that end requests of another, by that other one. */
export const enders: ReadonlyMap<string, { readonly method: string; readonly ends: Ends }> = new Map(
  Object.entries(table).flatMap(([method, { ends }]) =>
    ends === null ? [] : [[ends.method, { method, ends }] as const],
  ),
);

/** A method's row; for an unknown one, the row of what is passed through. */
export function clientMethod(method: string): ClientMethod {
  return clientMethods.get(method) ?? passedThrough;
}

/** What the broker asks of the runtime for itself. */
export const ownRequests = {
  initialize: 'initialize',
  /** Any request would do: what the runtime greets with comes before its answer. */
  probe: 'thread/loaded/list',
  resume: 'thread/resume',
  turns: 'thread/turns/list',
  unsubscribe: 'thread/unsubscribe',
  readThread: 'thread/read',
  startTurn: 'turn/start',
} as const;
