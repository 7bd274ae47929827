/** What the runtime asks with: read with care, as a later version may ask differently. */
export type Params = Readonly<Record<string, unknown>>;

/** A text; null where there is none. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The members of an object; none where it is none. */
export function members(value: unknown): Params {
  return isObject(value) ? value : {};
}

/** The elements of a list; none where it is none. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The texts of a list. */
export function texts(value: unknown): readonly string[] {
  return list(value).filter((each) => typeof each === 'string');
}

function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Readable JSON. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? '';
}
