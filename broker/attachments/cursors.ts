import { createHash } from 'node:crypto';
import { z } from 'zod';
import { errors } from '../../protocol/errors.js';
import { Refusal } from '../requests/refusal.js';

/** A place in a list, and what list that is. */
const content = z.tuple([z.int().min(0), z.string()]);

/**
 * The cursor behind the entry of that number. It is a position and no snapshot, so that one is good for as long as
 * anybody likes; `list` says which filters it goes with.
 */
export function cursorAt(number: number, list: readonly (string | null)[]): string {
  return Buffer.from(JSON.stringify([number, nameOf(list)])).toString('base64url');
}

/** The number that a cursor of that list stands at; null where there is none. @throws {Refusal} it is no such cursor */
export function numberAt(cursor: string | null | undefined, list: readonly (string | null)[]): number | null {
  if (cursor === null || cursor === undefined) return null;
  const { data } = content.safeParse(jsonOf(cursor));
  if (data === undefined || data[1] !== nameOf(list) || cursorAt(data[0], list) !== cursor)
    throw Refusal.of(errors.invalidCursor, 'The cursor is not one that this list has given');
  return data[0];
}

function nameOf(list: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 12);
}

function jsonOf(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
