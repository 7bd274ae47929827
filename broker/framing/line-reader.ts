/** What a line reader calls, in the order of the lines. */
export interface LineHandler {
  /** One line without its newline (nor a carriage return before it). A view into the chunk where it can be. */
  line(line: Buffer): void;
  /** A line over the cap went by; `bytes` is its length, `head` how it began. It was not kept. */
  tooLong(bytes: number, head: Buffer): void;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** How much of a line that is not kept is known. */
const HEAD_BYTES = 256;

/**
 * Cuts a byte stream into lines. Works on the Buffer: `node:readline` decodes to strings first and is
 * four times slower on long lines. Lines that lie within one chunk are views, not copies.
 * Holds at most `lineBytesMax` bytes; of a longer line nothing is kept.
 */
export class LineReader {
  readonly #lineBytesMax: number;
  readonly #handler: LineHandler;
  #parts: Buffer[] = [];
  #partsBytes = 0;
  /** How a line began that was over the cap before it ended. */
  #head: Buffer | null = null;

  constructor(lineBytesMax: number, handler: LineHandler) {
    this.#lineBytesMax = lineBytesMax;
    this.#handler = handler;
  }

  /** Takes the next chunk and calls the handler for every line that it completes. */
  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      this.#complete(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** The stream has ended: gives what was left without a newline, whole or not. */
  end(): Buffer {
    const left = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partsBytes = 0;
    return left;
  }

  #keep(part: Buffer): void {
    this.#partsBytes += part.length;
    this.#parts.push(part);
    if (this.#partsBytes <= this.#lineBytesMax) return;
    this.#head ??= headOf(this.#parts);
    this.#parts = [];
  }

  #complete(tail: Buffer): void {
    const bytes = this.#partsBytes + tail.length;
    const parts = this.#parts;
    this.#parts = [];
    this.#partsBytes = 0;
    if (bytes > this.#lineBytesMax) {
      this.#handler.tooLong(bytes, this.#head ?? headOf([...parts, tail]));
      this.#head = null;
      return;
    }
    const line = parts.length === 0 ? tail : Buffer.concat([...parts, tail], bytes);
    const length =
      line.length > 0 && line[line.length - 1] === CARRIAGE_RETURN ? line.length - 1 : line.length;
    if (length > 0) this.#handler.line(length === line.length ? line : line.subarray(0, length));
  }
}

function headOf(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts.map((part) => part.subarray(0, HEAD_BYTES))).subarray(0, HEAD_BYTES);
}
