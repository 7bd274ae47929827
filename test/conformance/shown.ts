import { isObject } from '../codex/json.js';
import type { Entry, Transcripts } from './transcript.js';

/**
 * What went over the wires, by method: requests that were answered with a result, and all that the server said or
 * asked. A request that was refused is not among them.
 */
export function shown(transcripts: Transcripts): ReadonlySet<string> {
  return new Set(Object.values(transcripts).flatMap(shownTo));
}

function shownTo(entries: readonly Entry[]): readonly string[] {
  const asked = new Map<string, string>();
  return entries.flatMap(({ direction, body }) => {
    if (!isObject(body)) return [];
    const id = JSON.stringify(body['id']);
    const method = body['method'];
    if (direction === 'received' && typeof method === 'string') return [method];
    if (direction === 'received') return 'result' in body ? (asked.get(id) ?? []) : [];
    if (direction === 'sent' && typeof method === 'string' && 'id' in body) asked.set(id, method);
    return [];
  });
}
