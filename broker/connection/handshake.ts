import { errorBody, errors } from '../../protocol/errors.js';
import type { ErrorBody } from '../../protocol/errors.js';
import { describeIssue, initializeParams } from '../../protocol/schemas.js';
import type { InitializeResult } from '../../protocol/schemas.js';
import { threeStateParams } from '../../protocol/methods.js';
import type { ServerNotification } from '../../protocol/notifications.js';
import { isObject } from '../../protocol/messages.js';
import type { ClientIdentity, Connection } from './connection.js';

/** What no HTTP header may hold: the runtime sends the name of its client along. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL_CHARS = /[\0-\x08\x0a-\x1f\x7f]/;

/** A client's identity from the params of its `initialize`, or what is wrong with them. */
export function identify(params: unknown): ClientIdentity | ErrorBody {
  const parsed = initializeParams.safeParse(params ?? {});
  if (!parsed.success) return errorBody(errors.invalidParams, describeIssue(parsed.error));
  const { clientInfo, capabilities } = parsed.data;
  if (CONTROL_CHARS.test(clientInfo.name)) {
    const message = `Invalid clientInfo.name: '${clientInfo.name}'. Must be a valid HTTP header value.`;
    return errorBody(errors.invalidParams, message);
  }
  const optOut = capabilities?.optOutNotificationMethods ?? [];
  const own = capabilities?.extensions?.threadcast;
  return {
    name: clientInfo.name,
    version: clientInfo.version,
    title: clientInfo.title ?? null,
    kind: own?.kind ?? null,
    experimentalApi: capabilities?.experimentalApi === true,
    requiredHumanApproval: capabilities?.requiredHumanApproval === true,
    requestAttestation: capabilities?.requestAttestation === true,
    observer: own?.role === 'observer',
    optOut: optOut.length === 0 ? null : new Set(optOut),
  };
}

/** The runtime's own answer to `initialize`, the last bracket of `userAgent` the client's own. */
export function initializeResultFor(client: ClientIdentity, runtime: InitializeResult): InitializeResult {
  const bracket = runtime.userAgent.lastIndexOf(' (');
  const agent = bracket === -1 ? runtime.userAgent : runtime.userAgent.slice(0, bracket);
  return { ...runtime, userAgent: `${agent} (${`${client.name}; ${client.version}`.trimEnd()})` };
}

/**
 * What the runtime said right after its own `initialize`, said again to every new client: all warnings, and the
 * latest of what changes.
 */
export class Greeting {
  #lines: { method: string; row: ServerNotification; line: Buffer }[] = [];
  #complete = false;

  /** Another notification that greets. Once the start is over, only a newer state replaces its older one. */
  keep(method: string, row: ServerNotification, line: Buffer): void {
    const at = row.greets === 'latest' ? this.#lines.findIndex((kept) => kept.method === method) : -1;
    if (at !== -1) this.#lines[at] = { method, row, line };
    else if (!this.#complete) this.#lines.push({ method, row, line });
  }

  /** Another runtime starts: what the last one greeted with is no longer true. */
  begin(): void {
    this.#lines = [];
    this.#complete = false;
  }

  /** The runtime has answered its first request: what it says from here on is news. */
  complete(): void {
    this.#complete = true;
  }

  give(connection: Connection): void {
    for (const { method, row, line } of this.#lines) {
      if (connection.wants(method, row)) connection.push(line);
    }
  }
}

/** Whether a parameter counts as used: app-server lets absent and null ones pass, and false where it is the default. */
function isUsed(name: string, value: unknown): boolean {
  return value !== undefined && value !== null && (value !== false || threeStateParams.has(name));
}

/** What of a request needs `experimentalApi`, as app-server names it; null where nothing does. */
export function experimentalPart(
  method: string,
  row: { readonly experimental: boolean; readonly experimentalParams: readonly string[] },
  params: unknown,
): string | null {
  if (row.experimental) return method;
  if (!isObject(params)) return null;
  const used = row.experimentalParams.find((name) => isUsed(name, params[name]));
  return used === undefined ? null : `${method}.${used}`;
}
