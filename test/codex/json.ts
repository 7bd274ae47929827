import assert from 'node:assert/strict';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json;
}

/** @throws {SyntaxError} */
export function parse(source: string): Json {
  const value: Json = JSON.parse(source);
  return value;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value at the end of the path; undefined when a step of it is missing. */
export function member(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return at;
}

/** The string at the end of the path. @throws {assert.AssertionError} when there is none. */
export function text(value: Json | undefined, ...path: readonly string[]): string {
  const found = member(value, ...path);
  assert(typeof found === 'string', `no text at ${path.join('.')} of ${JSON.stringify(value)}`);
  return found;
}

/** The same characters for the same JSON, whatever the order of its members is. */
export function canonical(value: Json): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: Json): Json {
  if (isList(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const names = Object.keys(value).toSorted();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name] ?? null)]));
}
