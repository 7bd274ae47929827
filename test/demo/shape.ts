import { isList, isObject, type Json, type JsonObject } from '../codex/json.js';

/** Members whose value is a word of the protocol, not of the scene. */
const WORDS = new Set(['activeFlags', 'itemsView', 'kind', 'method', 'status', 'tool', 'type', 'willRetry']);

/**
 * Where two messages differ in what they look like, not in what they say, one line each: in the names and the order
 * of members, and in the kinds of values. Null goes with anything, as does the empty list; of a list the first
 * entry counts.
 */
export function differences(real: Json | undefined, demo: Json | undefined, at = ''): string[] {
  if (real === undefined || demo === undefined || real === null || demo === null) return [];
  if (isList(real) && isList(demo)) return differences(real[0], demo[0], `${at}[]`);
  if (isObject(real) && isObject(demo)) return objectDifferences(real, demo, at);
  const word = WORDS.has(at.split('.').at(-1) ?? '');
  if (typeof real === typeof demo && isList(real) === isList(demo) && (!word || real === demo)) return [];
  return [`${at}: ${JSON.stringify(real)} became ${JSON.stringify(demo)}`];
}

function objectDifferences(real: JsonObject, demo: JsonObject, at: string): string[] {
  const [inReal, inDemo] = [Object.keys(real), Object.keys(demo)];
  // An object whose members are ids, as `agentsStates`, has no names to compare.
  if (inReal.some((name) => /^[0-9a-f-]{36}$/.test(name))) return [];
  if (inReal.join() !== inDemo.join()) return [`${at}: {${inReal.join()}} became {${inDemo.join()}}`];
  return inReal.flatMap((name) => differences(real[name], demo[name], `${at}.${name}`));
}
