import { RequestError } from './errors.js';
import { PARAM_CHARS_MAX } from './limits.js';

/**
 * The params of one request, read with the texts that app-server's own reader gives: a schema library would
 * know the shapes, but not these sentences, and takes half of the start-up time.
 */
export class Params {
  /** All of them, as they came. */
  readonly members: Readonly<Record<string, unknown>>;

  /** @throws {RequestError} when they are missing or no object. */
  constructor(params: unknown) {
    if (params === undefined || params === null)
      throw new RequestError('Invalid request: missing field `params`');
    if (typeof params !== 'object' || Array.isArray(params)) throw wrongType(params, 'struct');
    this.members = { ...params };
  }

  /** The member as it came; null when there is none. */
  any(name: string): unknown {
    return this.members[name] ?? null;
  }

  /** @param charsMax Longer ones are refused, since much of what is read here is kept. */
  text(name: string, charsMax = PARAM_CHARS_MAX): string {
    const value = this.any(name);
    if (value === null) throw new RequestError(`Invalid request: missing field \`${name}\``);
    if (typeof value !== 'string') throw wrongType(value, 'a string');
    if (value.length > charsMax) throw new RequestError(`\`${name}\` is longer than ${charsMax} characters`);
    return value;
  }

  textOr<T>(name: string, otherwise: T): string | T {
    return this.any(name) === null ? otherwise : this.text(name);
  }

  flag(name: string): boolean {
    const value = this.any(name) ?? false;
    if (typeof value !== 'boolean') throw wrongType(value, 'a boolean');
    return value;
  }

  /** A number of entries, or null. */
  count(name: string): number | null {
    const value = this.any(name);
    if (value === null) return null;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrongType(value, 'u32');
    return value;
  }

  /** One of some words, or null. */
  word<T extends string>(name: string, words: readonly T[]): T | null {
    const value = this.textOr(name, null);
    if (value === null) return null;
    const word = words.find((known) => known === value);
    if (word === undefined) throw unknownVariant(value, words);
    return word;
  }

  /** Texts, none when there are none; `single`: a text alone will do. */
  texts(name: string, single = false): string[] {
    const value = this.any(name) ?? [];
    if (single && typeof value === 'string') return [value];
    if (!Array.isArray(value)) throw wrongType(value, 'a sequence');
    return value.map((text: unknown) => {
      if (typeof text !== 'string') throw wrongType(text, 'a string');
      return text;
    });
  }

  /** An object inside, to be read in the same way; null when there is none. */
  inner(name: string): Params | null {
    return this.any(name) === null ? null : new Params(this.any(name));
  }

  /** Objects inside. */
  list(name: string): Params[] {
    const value = this.any(name);
    if (value === null) throw new RequestError(`Invalid request: missing field \`${name}\``);
    if (!Array.isArray(value)) throw wrongType(value, 'a sequence');
    return value.map((entry) => new Params(entry));
  }

  /**
   * A thread's id.
   * @param what What app-server calls it in this method.
   */
  threadId(what: 'thread' | 'session' = 'thread'): string {
    const id = this.text('threadId');
    const odd = /[^0-9a-fA-F-]/.exec(id);
    const expected = 'expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-]';
    if (odd !== null) {
      const where = `found \`${odd[0]}\` at ${odd.index + 1}`;
      throw new RequestError(`invalid ${what} id: invalid character: ${expected}, ${where}`);
    }
    return id.toLowerCase();
  }
}

export function unknownVariant(value: string, words: readonly string[]): RequestError {
  const known = words.map((word) => `\`${word}\``).join(', ');
  return new RequestError(`Invalid request: unknown variant \`${value}\`, expected one of ${known}`);
}

function wrongType(value: unknown, expected: string): RequestError {
  return new RequestError(`Invalid request: invalid type: ${shape(value)}, expected ${expected}`);
}

function shape(value: unknown): string {
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`;
  if (typeof value === 'boolean') return `boolean \`${value}\``;
  if (typeof value === 'number') {
    return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
  }
  return Array.isArray(value) ? 'sequence' : 'map';
}
