import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { isList, isObject, type Json, type JsonObject, member, parse } from '../codex/json.js';

const run = promisify(execFile);

/** Lets Codex print its whole protocol as JSON Schema. */
export async function printSchemas(command: string, folder: string): Promise<void> {
  await run(command, ['app-server', 'generate-json-schema', '--out', folder, '--experimental']);
}

/** As much of JSON Schema as those use. `pattern`, `format` and `minimum` are not looked at. */
export class Schema {
  readonly #root: JsonObject;

  constructor(folder: string, name: string) {
    const root = parse(readFileSync(path.join(folder, `${name}.json`), 'utf8'));
    this.#root = isObject(root) ? root : {};
  }

  /** Where a value is not what the schema says, one line each. */
  errors(value: Json): string[] {
    return this.#check(value, this.#root, '');
  }

  #check(value: Json, schema: Json, at: string): string[] {
    if (!isObject(schema)) return schema === false ? [`${at}: must not be there`] : [];
    const { $ref, allOf, oneOf, anyOf, type, enum: words } = schema;
    if (typeof $ref === 'string') return this.#check(value, this.#definition($ref), at);
    const errors = isList(allOf) ? allOf.flatMap((part) => this.#check(value, part, at)) : [];
    for (const choices of [oneOf, anyOf])
      if (isList(choices)) errors.push(...this.#checkChoice(value, choices, at));
    if (type !== undefined && ![type].flat().some((name) => isOfType(value, name))) {
      errors.push(`${at}: ${JSON.stringify(value)} is not ${JSON.stringify(type)}`);
    }
    if (isList(words) && !words.some((word) => word === value)) {
      errors.push(`${at}: ${JSON.stringify(value)} is none of ${JSON.stringify(words)}`);
    }
    return [...errors, ...this.#checkMembers(value, schema, at), ...this.#checkEntries(value, schema, at)];
  }

  /** One must fit. When none does, what is wrong with the nearest is told. */
  #checkChoice(value: Json, choices: readonly Json[], at: string): string[] {
    const tried = choices.map((choice) => this.#check(value, choice, at));
    return tried.toSorted((a, b) => a.length - b.length)[0] ?? [];
  }

  #checkMembers(
    value: Json,
    { properties, required, additionalProperties }: JsonObject,
    at: string,
  ): string[] {
    if (!isObject(value)) return [];
    const missing = (isList(required) ? required : [])
      .filter((name) => typeof name === 'string' && !Object.hasOwn(value, name))
      .map((name) => `${at}: ${JSON.stringify(name)} is missing`);
    const wrong = Object.entries(value).flatMap(([name, inner]) => {
      return this.#check(inner, member(properties, name) ?? additionalProperties ?? true, `${at}.${name}`);
    });
    return [...missing, ...wrong];
  }

  #checkEntries(value: Json, { items }: JsonObject, at: string): string[] {
    if (!isList(value) || items === undefined) return [];
    return value.flatMap((entry, i) => this.#check(entry, items, `${at}[${i}]`));
  }

  #definition(reference: string): Json {
    return member(this.#root, ...reference.replace('#/', '').split('/')) ?? false;
  }
}

function isOfType(value: Json, name: Json): boolean {
  if (name === 'null') return value === null;
  if (name === 'array') return isList(value);
  if (name === 'object') return isObject(value);
  return name === 'integer' ? Number.isInteger(value) : typeof value === name;
}
