import {
  BACKSLASH,
  bytesAre,
  CLOSE_OBJECT,
  MALFORMED,
  memberOf,
  QUOTE,
  skipSpace,
  stringAt,
  walkMembers,
} from './json-bytes.js';
import type { Span } from './json-bytes.js';

/**
 * What a JSON-RPC message says of itself, found in its bytes: parsing every event would cost more than all else
 * that is done with it, and an answer of megabytes needs only its id replaced.
 */
export interface Envelope {
  readonly method: string | null;
  readonly id: Span | null;
  readonly params: Span | null;
  readonly result: Span | null;
  readonly error: Span | null;
  /** The member of `params` that names the thread, where it is a string. */
  readonly threadId: string | null;
}

const NOTIFICATION_HEAD = Buffer.from('{"method":"');
const NOTIFICATION_MIDDLE = Buffer.from('","params":{"threadId":"');
const NOTIFICATION_TAIL = Buffer.from('},"emittedAtMs":');
const THREAD_ID = Buffer.from('threadId');
/** How the two oldest requests of the protocol call the thread. */
const CONVERSATION_ID = Buffer.from('conversationId');
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/**
 * Text that is mostly the same from line to line: compared in place, decoded only when it changes. Null where it is
 * escaped.
 */
class RepeatedText {
  #bytes = Buffer.alloc(0);
  #text: string | null = '';

  read(bytes: Buffer, start: number, end: number): string | null {
    if (!bytesAre(bytes, start, end, this.#bytes)) {
      this.#bytes = Buffer.from(bytes.subarray(start, end));
      this.#text = this.#bytes.includes(BACKSLASH) ? null : this.#bytes.toString('utf8');
    }
    return this.#text;
  }
}
const lastMethod = new RepeatedText();
const lastThreadId = new RepeatedText();

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_9;
}

function startsWith(bytes: Buffer, at: number, text: Buffer): boolean {
  return bytesAre(bytes, at, at + text.length, text);
}

/**
 * An event as Codex writes it, `{"method":"…","params":{"threadId":"…",…},"emittedAtMs":0}`, recognised by its two
 * ends: half the cost of the whole walk. Anything else gives null and is walked.
 */
function plainEvent(bytes: Buffer): Envelope | null {
  let digits = bytes.length - 1;
  if (bytes[digits] !== CLOSE_OBJECT) return null;
  do digits -= 1;
  while (isDigit(bytes[digits] ?? 0));
  const paramsEnd = digits + 2 - NOTIFICATION_TAIL.length;
  if (!startsWith(bytes, paramsEnd - 1, NOTIFICATION_TAIL) || !startsWith(bytes, 0, NOTIFICATION_HEAD))
    return null;
  const methodEnd = bytes.indexOf(QUOTE, NOTIFICATION_HEAD.length);
  if (!startsWith(bytes, methodEnd, NOTIFICATION_MIDDLE)) return null;
  const threadStart = methodEnd + NOTIFICATION_MIDDLE.length;
  const threadEnd = bytes.indexOf(QUOTE, threadStart);
  if (threadEnd === -1 || threadEnd >= paramsEnd) return null;
  const method = lastMethod.read(bytes, NOTIFICATION_HEAD.length, methodEnd);
  const threadId = lastThreadId.read(bytes, threadStart, threadEnd);
  if (method === null || threadId === null) return null;
  return {
    method,
    id: null,
    params: { start: threadStart - '{"threadId":"'.length, end: paramsEnd },
    result: null,
    error: null,
    threadId,
  };
}

type Part = 'method' | 'id' | 'params' | 'result' | 'error';
const partNames: readonly (readonly [Part, Buffer])[] = (
  ['method', 'params', 'id', 'result', 'error'] as const
).map((part) => [part, Buffer.from(part)]);

function partAt(bytes: Buffer, start: number, end: number): Part | null {
  for (const [part, name] of partNames) {
    if (bytesAre(bytes, start, end, name)) return part;
  }
  return null;
}

/** Whether a key is the name of a part in other letters: who decodes it takes its value for that part. */
function isPartInDisguise(bytes: Buffer, start: number, end: number): boolean {
  if (!bytes.subarray(start, end).includes(BACKSLASH)) return false;
  const name = stringAt(bytes, { start: start - 1, end: end + 1 });
  return partNames.some(([part]) => part === name);
}

/** The envelope of any message; null where the bytes are no JSON object, or name one of its parts twice. */
function walkEnvelope(bytes: Buffer): Envelope | null {
  const parts: Record<Part, Span | null> = {
    method: null,
    id: null,
    params: null,
    result: null,
    error: null,
  };
  let twice = false;
  const end = walkMembers(bytes, skipSpace(bytes, 0), (keyStart, keyEnd, start, valueEnd) => {
    const part = partAt(bytes, keyStart, keyEnd);
    twice ||= part === null ? isPartInDisguise(bytes, keyStart, keyEnd) : parts[part] !== null;
    if (part !== null) parts[part] = { start, end: valueEnd };
    return false;
  });
  if (end === MALFORMED || twice || skipSpace(bytes, end) < bytes.length) return null;
  const { method, params } = parts;
  const thread = params && (memberOf(bytes, params, THREAD_ID) ?? memberOf(bytes, params, CONVERSATION_ID));
  return {
    ...parts,
    method: method && textOf(bytes, method, lastMethod),
    threadId: thread && textOf(bytes, thread, lastThreadId),
  };
}

/** A string value, from what was last read where it is plain and the same; null where it is no string. */
function textOf(bytes: Buffer, value: Span, last: RepeatedText): string | null {
  const plain = bytes[value.start] === QUOTE ? last.read(bytes, value.start + 1, value.end - 1) : null;
  return plain ?? stringAt(bytes, value);
}

/**
 * The envelope of one message; null where the bytes are no JSON object, or name one of its parts twice: once is enough
 * where it is spelled with escapes, as readers differ in what they make of it.
 */
export function readEnvelope(bytes: Buffer): Envelope | null {
  return plainEvent(bytes) ?? walkEnvelope(bytes);
}

/** The same message with another id, its other bytes untouched. `id` is JSON text. */
export function withId(bytes: Buffer, old: Span, id: string): Buffer {
  return Buffer.concat([bytes.subarray(0, old.start), Buffer.from(id), bytes.subarray(old.end)]);
}
