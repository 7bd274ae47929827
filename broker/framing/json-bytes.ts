import { PARSED_DEPTH_MAX } from '../../protocol/limits.js';
import { isObject } from '../../protocol/messages.js';

/**
 * Walks JSON in its bytes, without parsing it. Checks that brackets and strings close, not that every literal
 * is JSON.
 */

/** A value's place in the bytes: from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const SPACE = 0x20;
/** What reading behind the last byte gives: no byte has this value. */
const END = 0x100;

export const MALFORMED = -1;

/** Called for each member with the places of its key (between the quotes) and its value. True ends the walk. */
export type Visit = (keyStart: number, keyEnd: number, start: number, end: number) => boolean;

export function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while ((bytes[at] ?? END) <= SPACE) at += 1;
  return at;
}

/** From a string's opening quote to behind its closing one. The native search beats a walk from 10 bytes on. */
export function skipString(bytes: Buffer, from: number): number {
  let at = from + 1;
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) return MALFORMED;
    if (bytes[quote - 1] !== BACKSLASH) return quote + 1;
    let slashes = quote - 1;
    while (slashes > from && bytes[slashes] === BACKSLASH) slashes -= 1;
    if ((quote - 1 - slashes) % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function skipContainer(bytes: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at] ?? END;
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      if (at === MALFORMED) return MALFORMED;
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return MALFORMED;
}

function skipLiteral(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at] ?? END;
    if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || byte <= SPACE) break;
    at += 1;
  }
  return at === from ? MALFORMED : at;
}

/** From a value's first byte to behind its last. */
function skipValue(bytes: Buffer, from: number): number {
  const byte = bytes[from];
  if (byte === QUOTE) return skipString(bytes, from);
  if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return skipContainer(bytes, from);
  return skipLiteral(bytes, from);
}

/**
 * Visits the members of the object that begins at `from`.
 * Returns the offset behind the object (behind the value at which the visitor stopped); −1 where it is malformed.
 */
export function walkMembers(bytes: Buffer, from: number, visit: Visit): number {
  if (bytes[from] !== OPEN_OBJECT) return MALFORMED;
  let at = skipSpace(bytes, from + 1);
  if (bytes[at] === CLOSE_OBJECT) return at + 1;
  for (;;) {
    if (bytes[at] !== QUOTE) return MALFORMED;
    const keyStart = at + 1;
    const keyEnd = skipString(bytes, at) - 1;
    if (keyEnd < keyStart) return MALFORMED;
    at = skipSpace(bytes, keyEnd + 1);
    if (bytes[at] !== COLON) return MALFORMED;
    const start = skipSpace(bytes, at + 1);
    const end = skipValue(bytes, start);
    if (end === MALFORMED) return MALFORMED;
    if (visit(keyStart, keyEnd, start, end)) return end;
    at = skipSpace(bytes, end);
    if (bytes[at] === CLOSE_OBJECT) return at + 1;
    if (bytes[at] !== COMMA) return MALFORMED;
    at = skipSpace(bytes, at + 1);
  }
}

/** Whether the bytes between the offsets are exactly `text` (ASCII). */
export function bytesAre(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  if (end - start !== text.length || end > bytes.length) return false;
  for (let i = 0; i < text.length; i += 1) {
    if (bytes[start + i] !== text[i]) return false;
  }
  return true;
}

/** The value of the first member `key` of the object at `object`; null where there is none. */
export function memberOf(bytes: Buffer, object: Span, key: Buffer): Span | null {
  let found: Span | null = null;
  walkMembers(bytes, object.start, (keyStart, keyEnd, start, end) => {
    if (!bytesAre(bytes, keyStart, keyEnd, key)) return false;
    found = { start, end };
    return true;
  });
  return found;
}

/** The text of a string value; null where it is no string, or no valid one. */
export function stringAt(bytes: Buffer, value: Span): string | null {
  if (bytes[value.start] !== QUOTE) return null;
  try {
    const text: unknown = JSON.parse(bytes.toString('utf8', value.start, value.end));
    return typeof text === 'string' ? text : null;
  } catch {
    return null;
  }
}

/**
 * The bytes as a JSON object; null where they are none, or nest so deep that what is made of them could not be written
 * again. Never throws.
 */
export function parseObject(bytes: Buffer): Record<string, unknown> | null {
  if (deeperThan(bytes, PARSED_DEPTH_MAX)) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Whether arrays and objects nest deeper than that. */
function deeperThan(bytes: Buffer, depthMax: number): boolean {
  // Each takes two brackets.
  if (bytes.length < 2 * depthMax) return false;
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = skipString(bytes, at);
      if (end === MALFORMED) return false;
      at = end - 1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
  }
  return false;
}
