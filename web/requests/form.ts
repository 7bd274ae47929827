/** The form of an MCP elicitation: an object of plain values, as MCP has it. */
import { FORM_FIELDS_MAX, FORM_OPTIONS_MAX } from '../limits.js';
import type { Params } from './params.js';
import { entryOf, list, members, text, texts } from './params.js';

interface Option {
  readonly value: string;
  readonly title: string;
}

export interface Field {
  readonly name: string;
  readonly title: string;
  readonly description: string | null;
  readonly isRequired: boolean;
  readonly kind: 'text' | 'number' | 'integer' | 'boolean' | 'one' | 'many';
  /** Of a text: what the keyboard should offer. */
  readonly inputType: 'text' | 'email' | 'url' | 'date' | 'datetime-local';
  readonly options: readonly Option[];
  readonly least: number | null;
  readonly most: number | null;
  readonly preset: Value;
}

/** What a field holds: as it was typed, ticked, or chosen. */
export type Value = string | boolean | readonly string[];

const INPUT_TYPES: Readonly<Record<string, Field['inputType']>> = {
  email: 'email',
  uri: 'url',
  date: 'date',
  'date-time': 'datetime-local',
};

/** The fields of a schema; null where it asks for what is no plain value, or for more than a person fills in. */
export function fieldsOf(schema: unknown): readonly Field[] | null {
  const { properties, required } = members(schema);
  const needed = new Set(texts(required));
  const asked = Object.entries(members(properties));
  if (asked.length > FORM_FIELDS_MAX) return null;
  const fields = asked.map(([name, property]) => fieldOf(name, members(property), needed.has(name)));
  const known = fields.filter((field) => field !== null);
  const options = known.reduce((sum, field) => sum + field.options.length, 0);
  return known.length === fields.length && options <= FORM_OPTIONS_MAX ? known : null;
}

function fieldOf(name: string, property: Params, isRequired: boolean): Field | null {
  const kind = kindOf(property);
  if (kind === null) return null;
  const [least, most] = boundsOf(kind, property);
  return {
    name,
    title: text(property['title']) ?? name,
    description: text(property['description']),
    isRequired,
    kind,
    inputType: entryOf(INPUT_TYPES, property['format']) ?? 'text',
    options: optionsOf(kind === 'many' ? members(property['items']) : property),
    least,
    most,
    preset: presetOf(kind, property['default']),
  };
}

function kindOf(property: Params): Field['kind'] | null {
  switch (property['type']) {
    case 'string':
      return optionsOf(property).length > 0 ? 'one' : 'text';
    case 'number':
    case 'integer':
    case 'boolean':
      return property['type'];
    case 'array':
      return optionsOf(members(property['items'])).length > 0 ? 'many' : null;
    default:
      return null;
  }
}

/** Titled ones stand in `oneOf` or `anyOf`; older ones in `enum`, with titles beside them in `enumNames`. */
function optionsOf(property: Params): readonly Option[] {
  const titled = [...list(property['oneOf']), ...list(property['anyOf'])].flatMap((option) => {
    const { const: value, title } = members(option);
    return typeof value === 'string' ? [{ value, title: text(title) ?? value }] : [];
  });
  const names = texts(property['enumNames']);
  return [
    ...titled,
    ...texts(property['enum']).map((value, index) => ({ value, title: names[index] ?? value })),
  ];
}

function boundsOf(kind: Field['kind'], property: Params): readonly [number | null, number | null] {
  const number = (name: string): number | null =>
    typeof property[name] === 'number' ? property[name] : null;
  if (kind === 'text') return [number('minLength'), number('maxLength')];
  if (kind === 'many') return [number('minItems'), number('maxItems')];
  return [number('minimum'), number('maximum')];
}

function presetOf(kind: Field['kind'], preset: unknown): Value {
  if (kind === 'boolean') return preset === true;
  if (kind === 'many') return texts(preset);
  return typeof preset === 'number' ? String(preset) : (text(preset) ?? '');
}

/** What is wrong with a field, for people; null where nothing is. */
export function complaintOf(field: Field, value: Value): string | null {
  if (isEmpty(value)) return field.isRequired ? 'This is needed.' : null;
  if (typeof value === 'boolean') return null;
  if (field.kind === 'number' || field.kind === 'integer') return numberComplaint(field, Number(value));
  if (field.inputType === 'datetime-local' && Number.isNaN(Date.parse(String(value))))
    return 'This is no time.';
  // JSON Schema counts characters, not halves of them.
  const length = typeof value === 'string' ? Array.from(value).length : value.length;
  const unit = field.kind === 'many' ? 'choices' : 'characters';
  if (field.least !== null && length < field.least) return `At least ${field.least} ${unit}.`;
  if (field.most !== null && length > field.most) return `At most ${field.most} ${unit}.`;
  return null;
}

function numberComplaint({ kind, least, most }: Field, number: number): string | null {
  if (!Number.isFinite(number)) return 'This is no number.';
  if (kind === 'integer' && !Number.isSafeInteger(number)) return 'This is no whole number.';
  if (least !== null && number < least) return `At least ${least}.`;
  if (most !== null && number > most) return `At most ${most}.`;
  return null;
}

function isEmpty(value: Value): boolean {
  return typeof value !== 'boolean' && value.length === 0;
}

/** What is sent: the members of the object, those that were left empty left out. */
export function contentOf(
  fields: readonly Field[],
  values: ReadonlyMap<string, Value>,
): Readonly<Record<string, string | number | boolean | readonly string[]>> {
  const filled = fields.flatMap((field) => {
    const value = values.get(field.name) ?? field.preset;
    return isEmpty(value) ? [] : [[field.name, sentOf(field, value)] as const];
  });
  return Object.fromEntries(filled);
}

function sentOf({ kind, inputType }: Field, value: Value): string | number | boolean | readonly string[] {
  if (kind === 'number' || kind === 'integer') return Number(value);
  // The browser's field has no time zone, and the schema wants one.
  if (inputType === 'datetime-local' && typeof value === 'string') return new Date(value).toISOString();
  return value;
}

/** A link that may be opened: nothing but the web. */
export function webLink(url: unknown): string | null {
  const given = text(url);
  if (given === null || !URL.canParse(given)) return null;
  const { protocol, href } = new URL(given);
  return protocol === 'http:' || protocol === 'https:' ? href : null;
}
