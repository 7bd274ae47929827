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

/** What a table has under a name that others gave: nothing that every object has, like `constructor`. */
export function entryOf<Entry>(table: Readonly<Record<string, Entry>>, name: unknown): Entry | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
}
