import type { Json } from '../codex/json.js';
import type { Difference } from './compare.js';

const VALUE_CHARS_MAX = 300;
/** What follows the first ones is mostly their consequence. */
const DIFFERENCES_MAX = 20;

/** The differences in lines that a person can act on: which client, which message, where in it, and both values. */
export function report(differences: readonly Difference[]): string {
  const lines = differences.slice(0, DIFFERENCES_MAX).flatMap(describe);
  const more = differences.length - DIFFERENCES_MAX;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

function describe({ scenario, client, kind, message, path, real, broker }: Difference): readonly string[] {
  const about = message.thread === '' ? '' : ` of ${message.thread}`;
  const what = `${scenario}, client ${client}, message ${message.index}, ${message.direction} ${message.subject}${about}`;
  if (kind === 'missing') return [`${what}: only the real server has it`, `  real   ${show(real)}`];
  if (kind === 'moved') return [`${what}: in another place`, `  both   ${show(real)}`];
  if (kind === 'extra') return [`${what}: only the broker has it`, `  broker ${show(broker)}`];
  return [`${what}: ${path}`, `  real   ${show(real)}`, `  broker ${show(broker)}`];
}

function show(value: Json | undefined): string {
  if (value === undefined) return '(absent)';
  const text = JSON.stringify(value);
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text;
}
