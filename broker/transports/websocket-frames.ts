/** The opcodes of RFC 6455, 5.2, that the broker sends by itself. */
export const opcode = { text: 0x1, binary: 0x2, ping: 0x9, pong: 0xa } as const;

const FINAL = 0x80;
const LENGTH_16_BITS = 126;
const LENGTH_64_BITS = 127;

/**
 * Whole WebSocket frames of a server (not masked, not compressed), one a payload, joined into one buffer: one
 * copy and one write cost a tenth of a write for each frame.
 */
export function joinFrames(payloads: readonly Uint8Array[], code: number): Buffer {
  let bytes = 0;
  for (const payload of payloads) bytes += headerBytes(payload.length) + payload.length;
  const joined = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const payload of payloads) {
    at = writeHeader(joined, at, code, payload.length);
    joined.set(payload, at);
    at += payload.length;
  }
  return joined;
}

function headerBytes(length: number): number {
  if (length < LENGTH_16_BITS) return 2;
  return length <= 0xffff ? 4 : 10;
}

function writeHeader(target: Buffer, at: number, code: number, length: number): number {
  target[at] = FINAL | code;
  if (length < LENGTH_16_BITS) {
    target[at + 1] = length;
    return at + 2;
  }
  if (length <= 0xffff) {
    target[at + 1] = LENGTH_16_BITS;
    return target.writeUInt16BE(length, at + 2);
  }
  target[at + 1] = LENGTH_64_BITS;
  return target.writeBigUInt64BE(BigInt(length), at + 2);
}
