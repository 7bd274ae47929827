import type { Readable, Writable } from 'node:stream';
import { close } from '../../protocol/close.js';
import { FRAME_BYTES_MAX } from '../../protocol/limits.js';
import { LineReader } from '../framing/line-reader.js';
import { STDIO_UNREAD_BYTES_MAX } from './limits.js';
import { SliceWriter } from './slice-writer.js';
import type { Transport, TransportEvents } from './transport.js';
import { WireTransport } from './wire.js';
import type { Wire } from './wire.js';

const NEWLINE = 0x0a;

/**
 * A client on two byte streams, one message a line; frames are written without their newline. The end of `input`
 * closes it, after what was written. A line over `FRAME_BYTES_MAX` is skipped and told as `tooLarge`.
 */
export function stdioTransport(
  input: Readable,
  output: Writable,
  open: (transport: Transport) => TransportEvents,
): Transport {
  const wire = new StdioWire(output, () => {
    readOrWait();
    transport.progressed();
  });
  const transport = new WireTransport(wire);
  const lines = new LineReader(FRAME_BYTES_MAX, {
    line: (line) => transport.received(line, false),
    tooLong: (bytes) => transport.receivedTooLarge(bytes),
  });
  const ended = (): void => {
    input.destroy();
    transport.ended();
  };
  output.once('finish', ended).once('close', ended).on('error', ended);
  // The reason says nothing on this wire: its goodbye is the end of the stream.
  const inputEnded = (): void => transport.close(close.shutdown);
  input.once('end', inputEnded).once('close', inputEnded).on('error', inputEnded);
  // Answers cost memory too: a client that leaves so many unread is asked for no more.
  const readOrWait = (): void => {
    const waits = wire.pendingBytes > STDIO_UNREAD_BYTES_MAX;
    if (waits !== input.isPaused()) input[waits ? 'pause' : 'resume']();
  };
  input.on('data', (chunk: Buffer) => {
    lines.push(chunk);
    readOrWait();
  });
  transport.attach(open);
  return transport;
}

class StdioWire implements Wire {
  readonly kind = 'stdio';
  readonly address = 'stdio';
  readonly #output: Writable;
  readonly #writer: SliceWriter;

  constructor(output: Writable, progressed: () => void) {
    this.#output = output;
    this.#writer = new SliceWriter(output, progressed);
  }

  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  put(frames: readonly Uint8Array[]): void {
    this.#writer.write(joinLines(frames));
  }

  end(): void {
    this.#output.end();
  }

  cut(): void {
    this.#output.destroy();
  }
}

function joinLines(frames: readonly Uint8Array[]): Buffer {
  let bytes = frames.length;
  for (const frame of frames) bytes += frame.length;
  const joined = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const frame of frames) {
    joined.set(frame, at);
    at += frame.length;
    joined[at] = NEWLINE;
    at += 1;
  }
  return joined;
}
