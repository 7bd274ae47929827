import { z } from 'zod';
import { cell, plainText } from '../cli/one-line.js';

/** A turn as a runtime lists it, as far as it is shown. */
const turn = z.looseObject({
  id: z.string(),
  status: z.string().nullish(),
  error: z.looseObject({ message: z.string().nullish() }).nullish(),
  items: z.array(z.looseObject({ type: z.string() })),
});
export type Turn = z.infer<typeof turn>;
type Item = Turn['items'][number];

/** An answer of `thread/turns/list`: newest first. */
export const turnsPage = z.object({ data: z.array(turn), nextCursor: z.string().nullish() });
export type TurnsPage = z.infer<typeof turnsPage>;

/** The part of an answer of `broker/thread/join` that has the turns: oldest first. */
export const joined = z.object({
  snapshot: z.object({ thread: z.object({ turns: z.array(turn) }) }),
});

/** Of each kind the newest are shown. */
const MESSAGES_MAX = 20;
const ACTIONS_MAX = 20;
/** Characters of all messages together. */
const MESSAGES_CHARS_MAX = 4_500;
const ACTION_CHARS_MAX = 100;

/** One thing in a turn: what somebody said, or in one line what the agent did. */
type Entry =
  | { readonly kind: 'message'; readonly who: string; readonly text: string }
  | { readonly kind: 'action'; readonly text: string };

/**
 * Turns for a model, in about 8,000 characters at most. What a message says is indented, so that nothing in it looks
 * like another one.
 * @param turns oldest first
 */
export function describeTurns(turns: readonly Turn[]): string {
  const entries = turns.flatMap((one) => [...one.items.flatMap(entryOf), ...endOf(one)]);
  const shown = newest(entries).map((entry) =>
    entry.kind === 'message' ? { ...entry, text: indented(entry.text) } : entry,
  );
  const lengths = shown.flatMap(({ kind, text }) => (kind === 'message' ? [text.length] : []));
  const charsMax = fairShare(lengths, MESSAGES_CHARS_MAX);
  const left = entries.length - shown.length;
  return [
    ...(left > 0 ? [`(${left} earlier entries of these turns are left out)`] : []),
    ...shown.map((entry) =>
      entry.kind === 'action' ? `* ${entry.text}` : `${entry.who}:\n${cutInMiddle(entry.text, charsMax)}`,
    ),
  ].join('\n');
}

/** The newest messages and the newest actions, in their order. */
function newest(entries: readonly Entry[]): Entry[] {
  const left = { message: MESSAGES_MAX, action: ACTIONS_MAX };
  return entries
    .toReversed()
    .filter(({ kind }) => left[kind]-- > 0)
    .toReversed();
}

/** How long each may be so that all together are no longer than `max`: what short ones do not need, long ones get. */
function fairShare(lengths: readonly number[], max: number): number {
  let left = max;
  for (const [index, length] of lengths.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (lengths.length - index));
    if (length > share) return share;
    left -= length;
  }
  return max;
}

/** What somebody said, so that none of its lines looks like one of ours. */
export function indented(text: string): string {
  return plainText(text).replaceAll(/^/gm, INDENT);
}

const INDENT = '  ';

/** An indented text in about so many characters, and how many of it are missing. */
export function cutInMiddle(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const half = Math.floor(charsMax / 2);
  const left = text.length - 2 * half;
  const cut = `${text.slice(0, half)}\n${INDENT}[… ${left} characters left out …]\n${INDENT}${text.slice(-half)}`;
  // Where a character was cut in two.
  return plainText(cut);
}

function entryOf(item: Item): Entry[] {
  switch (item.type) {
    case 'userMessage':
      return [{ kind: 'message', who: 'user', text: userText(item['content']) }];
    case 'agentMessage':
    case 'plan':
      return [{ kind: 'message', who: 'agent', text: stringOf(item['text']) }];
    case 'reasoning':
      return [];
    case 'commandExecution':
      return [action(item, `ran ${stringOf(item['command'])}`)];
    case 'fileChange':
      return [action(item, `edited ${pathsOf(item['changes'])}`)];
    case 'mcpToolCall':
    case 'dynamicToolCall':
      return [action(item, `called the tool ${stringOf(item['tool'])}`)];
    default:
      return [action(item, item.type)];
  }
}

/** How it ended stands in front, where a long command cannot push it out. */
function action(item: Item, text: string): Entry {
  const code = item['exitCode'];
  const status = typeof code === 'number' ? `exit code ${code}` : stringOf(item['status']);
  return { kind: 'action', text: cell(`${status === '' ? '' : `(${status}) `}${text}`, ACTION_CHARS_MAX) };
}

function endOf({ status, error }: Turn): Entry[] {
  if (status === 'inProgress') return [{ kind: 'action', text: 'this turn is still running' }];
  if (status !== 'failed' && status !== 'interrupted') return [];
  return [
    { kind: 'action', text: cell(`the turn was ${status}: ${error?.message ?? ''}`, ACTION_CHARS_MAX) },
  ];
}

const parts = z.array(z.looseObject({ type: z.string(), text: z.string().optional() })).catch([]);

function userText(content: unknown): string {
  return parts
    .parse(content)
    .map(({ type, text }) => text ?? `[${type}]`)
    .join('\n');
}

const changes = z.array(z.looseObject({ path: z.string() })).catch([]);

function pathsOf(value: unknown): string {
  return changes
    .parse(value)
    .map(({ path }) => path)
    .join(', ');
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
