/**
 * Messages as JSON, one a frame, exactly as app-server speaks it. The msgpack wire carries the same: msgpack.ts.
 */
import { errorBody, errors } from './errors.js';
import type { ErrorBody, ErrorKind } from './errors.js';
import { JSON_DEPTH_MAX, NAME_CHARS_MAX } from './limits.js';
import { isObject } from './messages.js';
import type { ErrorAnswer, RequestId } from './messages.js';

/** What a client's frame turned out to be. */
export type Decoded =
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: unknown }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  | { readonly kind: 'answer'; readonly id: RequestId; readonly failed: boolean }
  | { readonly kind: 'invalid'; readonly answer: ErrorAnswer & { readonly error: ErrorBody } }
  /** No frame of this wire at all: the connection is closed with `badFrame`. */
  | { readonly kind: 'badFrame' };

const utf8 = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** Reads one frame of a client. Never throws. */
export function decodeStock(frame: Uint8Array, binary: boolean): Decoded {
  if (binary) return { kind: 'badFrame' };
  let text: string;
  try {
    text = utf8.decode(frame);
  } catch {
    return { kind: 'badFrame' };
  }
  if (deeperThan(text, JSON_DEPTH_MAX))
    return invalid(errors.tooDeep, `JSON nested over ${JSON_DEPTH_MAX} deep`);
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    return invalid(errors.notJson, `Not JSON: ${String(error)}`);
  }
  return classify(message);
}

/** One message as a frame of the stock wire. */
export function encodeStock(message: object): Uint8Array {
  return encoder.encode(JSON.stringify(message));
}

function classify(message: unknown): Decoded {
  if (!isObject(message)) return invalid(errors.invalidRequest, 'Invalid request: expected one JSON object');
  const { id, method, params } = message;
  if (method === undefined) return classifyAnswer(message);
  if (typeof method !== 'string')
    return invalid(errors.invalidRequest, 'Invalid request: `method` must be a string');
  if (id === undefined) return { kind: 'notification', method, params };
  if (isRequestId(id)) return { kind: 'request', id, method, params };
  return invalid(
    errors.invalidRequest,
    `Invalid request: \`id\` must be an integer or a string of up to ${NAME_CHARS_MAX}`,
  );
}

function classifyAnswer(message: Record<string, unknown>): Decoded {
  const { id } = message;
  const failed = message['error'] !== undefined;
  if (isRequestId(id) && (failed || message['result'] !== undefined)) return { kind: 'answer', id, failed };
  return invalid(errors.invalidRequest, 'Invalid request: neither `method` nor an answer with an `id`');
}

/** App-server's ids are 64-bit integers or strings; the length of a string is our bound. */
function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'string' ? id.length <= NAME_CHARS_MAX : Number.isInteger(id);
}

function invalid(kind: ErrorKind, message: string): Decoded {
  return { kind: 'invalid', answer: { error: errorBody(kind, message), id: null } };
}

/** Whether arrays and objects nest deeper than `depthMax`. Reads the text as it comes, valid JSON or not. */
function deeperThan(text: string, depthMax: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (quoted) {
      if (char === 0x5c) i += 1;
      else if (char === 0x22) quoted = false;
    } else if (char === 0x22) quoted = true;
    else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if (char === 0x7d || char === 0x5d) depth -= 1;
  }
  return false;
}
