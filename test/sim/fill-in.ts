import type { Capabilities } from './capabilities.js';
import { object, text } from './message.js';
import type { Message } from './message.js';
import { deltaOf, isDelta } from './thread-state.js';
import type { ItemState } from './thread-state.js';

/**
 * What a client that resumes in mid-turn must be given beside the answer: the items in progress, each with its
 * text so far. Complete before anything else of the thread comes.
 */
export class FillIn {
  readonly threadId: string;
  readonly #due = new Map<string, string>();
  readonly #got = new Map<string, string>();

  constructor(threadId: string, items: Iterable<ItemState>, capabilities: Capabilities) {
    this.threadId = threadId;
    for (const { started, parts } of items) {
      const id = text(object(started?.params, 'item'), 'id');
      if (started !== null && capabilities.wants('item/started')) this.#due.set(`${id} started`, id);
      for (const [part, values] of parts) {
        const seen = values.filter((_, index) => capabilities.wants(methodFor(part, values, index)));
        if (seen.length > 0) this.#due.set(`${id} ${part}`, seen.join(''));
      }
    }
  }

  get complete(): boolean {
    for (const [place, due] of this.#due) if (this.#got.get(place) !== due) return false;
    return true;
  }

  /** What is still missing, for people. */
  get missing(): string {
    const short = [...this.#due].filter(([place, due]) => this.#got.get(place) !== due);
    return short.map(([place, due]) => `${place} ${JSON.stringify([this.#got.get(place), due])}`).join(', ');
  }

  /** Takes a frame if it is one of these. */
  take(frame: Message): boolean {
    const { method = '', params } = frame;
    if (params?.['threadId'] !== this.threadId || frame.seq !== undefined) return false;
    const delta = deltaOf(frame);
    if (method === 'item/started') return this.#add(text(object(params, 'item'), 'id'), 'started', null);
    return isDelta(method) && delta !== null && this.#add(text(params, 'itemId'), delta.part, delta.value);
  }

  #add(itemId: string, part: string, value: string | null): boolean {
    const place = `${itemId} ${part}`;
    const due = this.#due.get(place);
    const got = (this.#got.get(place) ?? '') + (value ?? itemId);
    if (due === undefined || !due.startsWith(got)) return value === '';
    this.#got.set(place, got);
    return true;
  }
}

/** The method that brings a text to its place; a part that has no text yet was only begun. */
function methodFor(part: string, values: readonly string[], index: number): string {
  const [name] = part.split('/');
  if (name === 'summary')
    return values[index] === '' ? 'item/reasoning/summaryPartAdded' : 'item/reasoning/summaryTextDelta';
  return methods[name ?? ''] ?? '';
}

/** By place, except for `text`, where two methods do the same and nobody opts out of only one. */
const methods: Readonly<Record<string, string>> = {
  text: 'item/agentMessage/delta',
  content: 'item/reasoning/textDelta',
  aggregatedOutput: 'item/commandExecution/outputDelta',
  '(output)': 'item/fileChange/outputDelta',
  changes: 'item/fileChange/patchUpdated',
  '(progress)': 'item/mcpToolCall/progress',
};
