import { encodeStock } from '../../protocol/codec.js';
import { encodeMsgpack } from '../../protocol/msgpack.js';
import type { Wire } from '../../protocol/wires.js';
import { parseObject, skipSpace } from './json-bytes.js';

/** The wires with positions. */
export type V1Wire = Exclude<Wire, 'stock'>;

/** What a log's frames begin with, made once a log: `{"log":"NAME","seq":`. */
export function frameHead(log: string): Buffer {
  return Buffer.from(`{"log":${JSON.stringify(log)},"seq":`);
}

/** A line with its position in front, its own bytes untouched. `take` gives the room for it. */
export function jsonFrame(
  head: Buffer,
  seq: number,
  line: Buffer,
  take: (bytes: number) => Buffer = (bytes) => Buffer.allocUnsafeSlow(bytes),
): Buffer {
  const digits = String(seq);
  const from = skipSpace(line, 0) + 1;
  const frame = take(head.length + digits.length + 1 + line.length - from);
  head.copy(frame);
  frame.write(digits, head.length, 'latin1');
  frame[head.length + digits.length] = 0x2c;
  line.copy(frame, head.length + digits.length + 1, from);
  return frame;
}

/** The same in msgpack; null where the line is no JSON after all. `json` is what `jsonFrame` gave, or the line. */
export function msgpackFrame(log: string, seq: number, json: Buffer): Uint8Array | null {
  const message = parseObject(json);
  if (message === null) return null;
  // Its position stands in front, and is ours whatever the message says.
  return encodeMsgpack({ log, seq, ...withoutPosition(message) });
}

function withoutPosition(message: Record<string, unknown>): Record<string, unknown> {
  if (!Object.hasOwn(message, 'log') && !Object.hasOwn(message, 'seq')) return message;
  return Object.fromEntries(Object.entries(message).filter(([name]) => name !== 'log' && name !== 'seq'));
}

/** An entry as its number only. */
export function markerFrame(wire: V1Wire, log: string, seq: number): Uint8Array {
  return wire === 'json' ? encodeStock({ log, seq }) : encodeMsgpack({ log, seq });
}

/** A message for one connection, on its wire; null where the bytes are no JSON after all. */
export function ownFrame(wire: Wire, line: Uint8Array): Uint8Array | null {
  if (wire !== 'msgpack') return line;
  const message = parseObject(Buffer.from(line.buffer, line.byteOffset, line.byteLength));
  // It may wait for long: it must not keep more than itself.
  return message === null ? null : new Uint8Array(encodeMsgpack(message));
}
