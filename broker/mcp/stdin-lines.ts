import { PassThrough, type Readable, type Writable } from 'node:stream';
import { LineReader } from '../framing/line-reader.js';
import { FRAME_BYTES_MAX } from '../../protocol/limits.js';

/**
 * What a peer says, for a transport that ends at a line that is too long: such a line is left out. While the peer
 * does not read what it is answered it is not read either.
 * @param dropped is told of a line of so many bytes that was left out
 */
export function boundedLines(from: Readable, to: Writable, dropped: (bytes: number) => void): Readable {
  const lines = new PassThrough();
  const reader = new LineReader(FRAME_BYTES_MAX, {
    line: (line) => lines.write(Buffer.concat([line, NEWLINE])),
    tooLong: dropped,
  });
  from.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    if (!to.writableNeedDrain) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
  return lines;
}

const NEWLINE = Buffer.from('\n');
