/** Any JSON-RPC message of either side, as the simulation looks at it. */
export interface Message {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Json };
  readonly emittedAtMs?: number;
  /** On the v1 wires: the log that it is an entry of, and its number there. */
  readonly log?: string;
  readonly seq?: number;
}

export type Json = Readonly<Record<string, unknown>>;

/** A member that is a text, or an empty one. */
export function text(of: Json | undefined, member: string): string {
  const value = of?.[member];
  return typeof value === 'string' ? value : '';
}

/** A member that is an object, or an empty one. */
export function object(of: Json | undefined, member: string): Json {
  const value = of?.[member];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** A member that is a list of objects, or an empty one. */
export function list(of: Json | undefined, member: string): readonly Json[] {
  const value = of?.[member];
  return Array.isArray(value) ? (value as Json[]) : [];
}

/** Whether two JSON values are the same, whatever the order of members. Absent and undefined are one. */
export function same(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((each, index) => same(each, right[index]));
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  const [a, b] = [left as Json, right as Json];
  for (const key of Object.keys(a)) if (!same(a[key], b[key])) return false;
  for (const key of Object.keys(b)) if (b[key] !== undefined && !(key in a)) return false;
  return true;
}

/** The same object without some of its members. */
export function without(of: Json, ...members: readonly string[]): Json {
  return Object.fromEntries(Object.entries(of).filter(([name]) => !members.includes(name)));
}
