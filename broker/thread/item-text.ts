import type { ItemDelta } from '../../protocol/notifications.js';
import { bytesAre, skipString } from '../framing/json-bytes.js';
import type { Span } from '../framing/json-bytes.js';
import { ownCopy } from './slab.js';

const NOTHING: Buffer = Buffer.alloc(0);
const THREAD_ID = Buffer.from('{"threadId":"');

/** The first chunk, and the largest; they double in between. A delta that is longer has one of its own. */
const CHUNK_BYTES_MIN = 1024;
const CHUNK_BYTES_MAX = 64 * 1024;

/** A block of bytes that whole deltas have been written into. */
interface Chunk {
  readonly bytes: Buffer;
  used: number;
}

/**
 * One part of the text so far of an item in progress: the insides of JSON strings, as the runtime wrote them, one
 * behind the other. Joined they are the inside of one JSON string: nothing was parsed for it, and adding to it costs
 * the same however long it is.
 */
export class ItemText {
  /** How its deltas change the item: that of the latest. */
  rule: ItemDelta;
  /** Which part of the item's text it is; null where there is one. */
  readonly index: number | null;
  /** The method of its deltas; null until there was one. */
  method: string | null = null;
  /** The method that said that the part begins; null where none did. */
  begunBy: string | null = null;
  /** What is collected, each as JSON; or the latest alone. */
  values: string[] = [];
  /** What its deltas have in front of their text from `#from` on, and behind it. Before it stand method and thread. */
  #prefix = NOTHING;
  #suffix = NOTHING;
  #from = 0;
  #paramsStart = 0;
  #chunks: Chunk[] = [];
  #bytes = 0;
  #omitted = 0;

  constructor(rule: ItemDelta, index: number | null) {
    this.rule = rule;
    this.index = index;
  }

  /** Bytes that it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Deltas of this text look like this one, whose text is at `value`: the same bytes around another string. */
  recognise(line: Buffer, params: Span, value: Span): void {
    this.#paramsStart = params.start;
    this.#from = behindThread(line, params);
    this.#prefix = ownCopy(line.subarray(this.#from, value.start + 1));
    this.#suffix = ownCopy(line.subarray(value.end - 1, params.end));
  }

  /** Appends a delta that is recognised as one of this text; null where it is not. Returns its bytes. */
  appendLike(line: Buffer, params: Span): number | null {
    const start = this.#from + this.#prefix.length;
    const end = params.end - this.#suffix.length;
    if (start === 0 || params.start !== this.#paramsStart || end < start) return null;
    if (!bytesAre(line, this.#from, start, this.#prefix) || !bytesAre(line, end, params.end, this.#suffix))
      return null;
    // The string that begins there must end there.
    if (skipString(line, start - 1) !== end + 1) return null;
    this.append(line, start, end);
    return end - start;
  }

  /** The inside of a JSON string: `line` from `start` up to `end`. */
  append(line: Buffer, start: number, end: number): void {
    const length = end - start;
    let last = this.#chunks.at(-1);
    if (last === undefined || last.bytes.length - last.used < length) {
      const room = Math.min(CHUNK_BYTES_MAX, CHUNK_BYTES_MIN * 2 ** this.#chunks.length);
      last = { bytes: Buffer.allocUnsafeSlow(Math.max(length, room)), used: 0 };
      this.#chunks.push(last);
    }
    line.copy(last.bytes, last.used, start, end);
    last.used += length;
    this.#bytes += length;
  }

  /** One value of a list, as JSON; or the only one. */
  put(json: string, { does }: ItemDelta): void {
    if (does === 'replace') {
      this.values = [];
      this.#bytes = 0;
    }
    this.values.push(json);
    this.#bytes += json.length;
  }

  /** Lets go of the oldest of it. Returns the bytes that are free now. */
  shorten(): number {
    const before = this.#bytes;
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) this.#bytes -= chunk.used;
    else this.#bytes -= this.values.shift()?.length ?? 0;
    this.#omitted += before - this.#bytes;
    return before - this.#bytes;
  }

  /** The text as a JSON string. What is no longer there is said at its start. */
  get json(): string {
    const notice = this.#omitted === 0 ? '' : `[the first ${this.#omitted} bytes are no longer held]\\n`;
    const texts = this.#chunks.map(({ bytes, used }) => bytes.toString('utf8', 0, used));
    return `"${notice}${texts.join('')}"`;
  }
}

/** Behind the thread where the params begin with it, for all lines of one fold are of one thread; else their start. */
function behindThread(line: Buffer, { start, end }: Span): number {
  const value = start + THREAD_ID.length;
  if (!bytesAre(line, start, value, THREAD_ID)) return start;
  const behind = skipString(line, value - 1);
  return behind < 0 || behind > end ? start : behind;
}
