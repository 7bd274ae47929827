/**
 * The shapes of JSON-RPC as app-server speaks it: no `jsonrpc` member, one message a text frame (or a line).
 */

/** Chosen by the sender of a request; the same comes back, of the same type. A number is an integer. */
export type RequestId = string | number;

export interface Request {
  readonly id: RequestId;
  readonly method: string;
  readonly params?: unknown;
}

export interface Notification {
  readonly method: string;
  readonly params?: unknown;
}

export interface Answer {
  readonly id: RequestId;
  readonly result: unknown;
}

export interface ErrorAnswer {
  /** Null where the message it answers had no usable id. */
  readonly id: RequestId | null;
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** The ways to write a UUID: also in upper case, as a URN, in braces, without hyphens. */
const UUID =
  /^(?:urn:uuid:|\{)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i;

/** A thread's id as the runtime writes it, which reads it in any spelling: one thread has one name here. */
export function plainThreadId(id: string): string {
  return UUID.exec(id)?.slice(1).join('-').toLowerCase() ?? id;
}

/** The thread id in `params`, where there is one. */
export function threadIdOf(params: unknown): string | null {
  if (!isObject(params)) return null;
  const id = params['threadId'] ?? params['conversationId'];
  return typeof id === 'string' ? plainThreadId(id) : null;
}

/** A JSON object, as opposed to an array, null or a plain value. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
