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

/** A text as it is kept and sent on; one that is too long says so. Halves of characters, which the runtime drops, are replaced. */
export function shortened(text: string, charsMax = MESSAGE_TEXT_CHARS_MAX): string {
  const start = Buffer.from(text.slice(0, charsMax)).toString('utf8');
  const left = text.length - charsMax;
  return left > 0 ? `${start}\n[… ${left} more characters]` : start;
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
