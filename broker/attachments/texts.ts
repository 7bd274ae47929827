import { MESSAGE_TEXT_CHARS_MAX } from '../../protocol/limits.js';
import { isObject } from '../../protocol/messages.js';
import { parseObject } from '../framing/json-bytes.js';
import type { FoldedTurn } from '../thread/folded-turn.js';

/** The texts among what a turn is started with. */
export function textOf(input: readonly Readonly<Record<string, unknown>>[]): string {
  const texts = input.flatMap(({ type, text }) =>
    type === 'text' && typeof text === 'string' ? [text] : [],
  );
  return shortened(texts.join('\n'));
}

/** A text as it is kept and sent on; one that is too long says so. */
function shortened(text: string): string {
  if (text.length <= MESSAGE_TEXT_CHARS_MAX) return text;
  const left = text.length - MESSAGE_TEXT_CHARS_MAX;
  // Not half of a character: the runtime drops what has one.
  const start = Buffer.from(text.slice(0, MESSAGE_TEXT_CHARS_MAX)).toString('utf8');
  return `${start}\n[… ${left} more characters stand in the thread]`;
}

/** The last message of the agent in a turn that was folded; empty where it has said nothing. */
export function lastWordsOf(turn: FoldedTurn | undefined): string {
  for (const { completed } of [...(turn?.items.values() ?? [])].toReversed()) {
    const params = completed === null ? null : parseObject(completed)?.['params'];
    const text = isObject(params) ? agentText(params['item']) : null;
    if (text !== null) return shortened(text);
  }
  return '';
}

/** The same in a turn as the runtime lists it. */
export function lastWordsIn(items: readonly unknown[]): string {
  const texts = items.flatMap((item) => agentText(item) ?? []);
  return shortened(texts.at(-1) ?? '');
}

function agentText(item: unknown): string | null {
  if (!isObject(item) || item['type'] !== 'agentMessage') return null;
  return typeof item['text'] === 'string' ? item['text'] : null;
}
