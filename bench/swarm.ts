import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

const FINAL_TEXT = 0x81;
const MASKED = 0x80;
const LENGTH_16_BITS = 126;
const LENGTH_64_BITS = 127;

/** Called with each frame: the buffer it lies in, and where. */
export type OnFrame = (bytes: Buffer, start: number, end: number) => void;

/**
 * A WebSocket client that does as little as can be: one handshake, then only frame headers are read. Of a broker on a
 * unix socket, whose kernel buffers are small, so that one that does not read is soon behind.
 */
export class SwarmClient {
  readonly #socket: Socket;
  readonly #onFrame: OnFrame;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket, onFrame: OnFrame) {
    this.#socket = socket;
    this.#onFrame = onFrame;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => {});
  }

  /** Opens a wire, with a subprotocol or the stock one. */
  static async open(path: string, onFrame: OnFrame, subprotocol?: string): Promise<SwarmClient> {
    const socket = connect(path);
    const lines = [
      'GET /rpc HTTP/1.1',
      'Host: localhost',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('data', (head: Buffer) => {
        if (head.includes('101 ')) resolve();
        else reject(new Error(head.toString('latin1')));
      });
    });
    return new SwarmClient(socket, onFrame);
  }

  send(message: object): void {
    const payload = Buffer.from(JSON.stringify(message));
    const head =
      payload.length < LENGTH_16_BITS
        ? Buffer.from([FINAL_TEXT, MASKED | payload.length])
        : Buffer.from([FINAL_TEXT, MASKED | LENGTH_16_BITS, payload.length >> 8, payload.length & 0xff]);
    // A mask of zeros leaves the payload as it is.
    this.#socket.write(Buffer.concat([head, Buffer.alloc(4), payload]));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const [start, end] = payloadAt(bytes, at);
      if (end > bytes.length) break;
      this.#onFrame(bytes, start, end);
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }
}

/** Where the payload of the frame at `at` lies; behind the bytes when it is not all there. */
function payloadAt(bytes: Buffer, at: number): [number, number] {
  if (bytes.length < at + 2) return [0, Infinity];
  const length = (bytes[at + 1] ?? 0) & ~MASKED;
  if (length < LENGTH_16_BITS) return [at + 2, at + 2 + length];
  if (bytes.length < at + 10) return [0, length === LENGTH_64_BITS ? Infinity : endOf16(bytes, at)];
  if (length === LENGTH_16_BITS) return [at + 4, at + 4 + bytes.readUInt16BE(at + 2)];
  return [at + 10, at + 10 + Number(bytes.readBigUInt64BE(at + 2))];
}

function endOf16(bytes: Buffer, at: number): number {
  return bytes.length < at + 4 ? Infinity : at + 4 + bytes.readUInt16BE(at + 2);
}
