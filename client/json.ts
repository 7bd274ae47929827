/** What others have sent is believed nothing: each member is read as the type that it should have, or as its absence. */

/** Any JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** What is taken at the word of whoever said it, having been looked at as far as it matters here. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it stands for an assertion
export function told<T>(value: unknown): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place
  return value as T;
}

/** The object itself, or an empty one. */
export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? told<Json>(value) : {};
}

/** A member that is an object; else an empty one. */
export const object = (of: Json, member: string): Json => objectOf(of[member]);

/** A member that is a text; else null. */
export function text(of: Json, member: string): string | null {
  const value = of[member];
  return typeof value === 'string' ? value : null;
}

/** A member that is a number; else null. */
export function number(of: Json, member: string): number | null {
  const value = of[member];
  return typeof value === 'number' ? value : null;
}

/** A member that is a list; else an empty one. */
export function list(of: Json, member: string): readonly unknown[] {
  const value: unknown = of[member];
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The objects of a list. */
export function objects(of: Json, member: string): readonly Json[] {
  return list(of, member).filter(
    (each): each is Json => typeof each === 'object' && each !== null && !Array.isArray(each),
  );
}

/** What may be the id of a request. */
export function idOf(value: unknown): string | number | null {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

/** The newest `max` of a list with one more. */
export function withNewest<T>(kept: readonly T[], one: T, max: number): readonly T[] {
  return kept.length < max ? [...kept, one] : [...kept.slice(kept.length - max + 1), one];
}
