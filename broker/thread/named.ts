import { memberOf, stringAt } from '../framing/json-bytes.js';
import type { Span } from '../framing/json-bytes.js';

const STATUS = Buffer.from('status');
const TYPE = Buffer.from('type');
const TURN = Buffer.from('turn');
const TURN_ID = Buffer.from('turnId');
const ITEM = Buffer.from('item');
const ID = Buffer.from('id');

/** What the params of a line name, found in its bytes: the turn that begins or ends. */
export function turnIn(line: Buffer, params: Span): string | null {
  return idWithin(line, params, TURN);
}

/** The item that begins or ends. */
export function itemIn(line: Buffer, params: Span): string | null {
  return idWithin(line, params, ITEM);
}

/** The turn that something is about. */
export function turnIdIn(line: Buffer, params: Span): string | null {
  const value = memberOf(line, params, TURN_ID);
  return value && stringAt(line, value);
}

/** The status that a `thread/status/changed` tells. */
export function statusOf(line: Buffer, params: Span): string | null {
  const status = memberOf(line, params, STATUS);
  const type = status && memberOf(line, status, TYPE);
  return type && stringAt(line, type);
}

/** `params[member].id`. */
function idWithin(line: Buffer, params: Span, member: Buffer): string | null {
  const object = memberOf(line, params, member);
  const id = object && memberOf(line, object, ID);
  return id && stringAt(line, id);
}
