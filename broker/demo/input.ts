import type { Readable } from 'node:stream';
import { type LineHandler, LineReader } from '../framing/line-reader.js';
import { INPUT_LINE_BYTES_MAX } from './limits.js';
import type { Output } from './output.js';

/**
 * Takes the lines of stdin until its end, one at a time: while the reader of stdout is behind, neither is the
 * next one taken nor more read, so that a client that asks without reading cannot fill the memory with answers.
 */
export async function readLines(stream: Readable, output: Output, handler: LineHandler): Promise<void> {
  const lines: Buffer[] = [];
  const reader = new LineReader(INPUT_LINE_BYTES_MAX, {
    line: (line) => void lines.push(line),
    tooLong: (bytes, head) => handler.tooLong(bytes, head),
  });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    reader.push(chunk);
    for (const line of lines.splice(0)) {
      if (output.drained !== null) await output.drained;
      handler.line(line);
    }
  }
}
