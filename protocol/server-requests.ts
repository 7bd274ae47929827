/**
 * Every request the runtime may send: the one place that knows them by name.
 * Complete for the schema of Codex 0.169.0.
 */

/**
 * Who is asked: `deciders` every subscribed controller, the first answer wins (approvals, questions); the others
 * one client alone: the one that registered the tool, declared attestation, logged in with tokens, or any
 * subscriber. If that one goes away the next is asked; if nobody can be, the runtime gets an error at once.
 */
export type Audience = 'deciders' | 'toolOwner' | 'attestor' | 'loginOwner' | 'subscriber';

export interface ServerRequest {
  readonly audience: Audience;
  /** Not sent to a client that did not declare `experimentalApi`. */
  readonly experimental: boolean;
  /** Members of `params` left out for a client that did not declare `experimentalApi`. */
  readonly experimentalParams: readonly string[];
}

function row(audience: Audience, rest: Partial<Omit<ServerRequest, 'audience'>> = {}): ServerRequest {
  return { audience, experimental: false, experimentalParams: [], ...rest };
}

const table: Readonly<Record<string, ServerRequest>> = {
  'item/commandExecution/requestApproval': row('deciders', { experimentalParams: ['additionalPermissions'] }),
  'item/fileChange/requestApproval': row('deciders'),
  'item/permissions/requestApproval': row('deciders'),
  'item/tool/requestUserInput': row('deciders'),
  'mcpServer/elicitation/request': row('deciders'),
  applyPatchApproval: row('deciders'),
  execCommandApproval: row('deciders'),
  'item/tool/call': row('toolOwner'),
  'attestation/generate': row('attestor'),
  'account/chatgptAuthTokens/refresh': row('loginOwner'),
  'currentTime/read': row('subscriber', { experimental: true }),
};

/** Every request of the runtime by name. */
export const serverRequests: ReadonlyMap<string, ServerRequest> = new Map(Object.entries(table));

const unknown = row('deciders');

/** A request's row; an unknown one is put to every subscribed controller. */
export function serverRequest(method: string): ServerRequest {
  return serverRequests.get(method) ?? unknown;
}

/** The `kind` of approval that only a client with `requiredHumanApproval` is asked. */
export const HUMAN_COMMAND = 'humanCommand';
/** What the runtime is told at once where clients are subscribed and none of them is such a one. */
export const NO_HUMAN = { decision: 'decline' } as const;
