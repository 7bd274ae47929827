/**
 * The msgpack wire: each message one plain map, which any msgpack library reads and writes.
 */
import { Packr, Unpackr } from 'msgpackr';
import { isObject } from './messages.js';

/** No records and no structures: they are state of one stream, and frames are shared by all. */
const PLAIN = {
  useRecords: false,
  mapsAsObjects: true,
  int64AsType: 'number',
  variableMapSize: true,
} as const;
let packr = new Packr(PLAIN);
/** A packer keeps a buffer as long as the longest that it made: one that made a longer one than this is replaced. */
const PACKR_BYTES_MAX = 1024 * 1024;
const unpackr = new Unpackr(PLAIN);
const encoder = new TextEncoder();
const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Nothing that nests deeper is unpacked; what is too deep for JSON is refused with an error later. */
const DEPTH_MAX = 1_024;

/** One message as a frame of the msgpack wire: a view of a buffer that frames share. Who keeps it copies it. */
export function encodeMsgpack(message: object): Uint8Array {
  const frame = packr.pack(message);
  if (frame.length > PACKR_BYTES_MAX) packr = new Packr(PLAIN);
  return frame;
}

/**
 * A frame of the msgpack wire as the same message in JSON; null where it is no msgpack, or holds what JSON has no
 * word for (binary, extensions and with them records and dates, numbers that are none, text that is no UTF-8). Never
 * throws.
 */
export function msgpackToJson(frame: Uint8Array, binary: boolean): Uint8Array | null {
  if (!binary) return null;
  try {
    if (!isPlain(frame)) return null;
    const message: unknown = unpackr.unpack(frame);
    return isFinite(message) ? encoder.encode(JSON.stringify(message)) : null;
  } catch {
    return null;
  }
}

/** Whether all numbers are. */
function isFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isFinite);
  return !isObject(value) || Object.values(value).every(isFinite);
}

/**
 * Whether the bytes are exactly one value, of the types that JSON has. Walks them without making anything of them.
 * @throws {TypeError} text that is no UTF-8
 */
function isPlain(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** How many values are still to come, for each map and array that is open. */
  const open = [1];
  let at = 0;
  while (open.length > 0) {
    const left = open.at(-1) ?? 0;
    if (left === 0) {
      open.pop();
      continue;
    }
    open[open.length - 1] = left - 1;
    if (at >= bytes.length) return false;
    const header = headerAt(view, at);
    if (header === null) return false;
    if (header.textBytes > 0)
      utf8.decode(bytes.subarray(at + header.bytes - header.textBytes, at + header.bytes));
    at += header.bytes;
    if (header.values > 0) open.push(header.values);
    if (at > bytes.length || open.length > DEPTH_MAX) return false;
  }
  return at === bytes.length;
}

/** A value's own bytes, the content of strings included, and how many values it holds. */
interface Header {
  readonly bytes: number;
  /** Those of its content, where it is a string: the last ones. */
  readonly textBytes: number;
  readonly values: number;
}

/** Bytes of the types whose length is fixed, from 0xc0 on; 0 for those that are not plain. */
const FIXED: Readonly<Record<number, number>> = {
  0xc0: 1, // nil
  0xc2: 1, // false
  0xc3: 1, // true
  0xca: 5, // float 32
  0xcb: 9, // float 64
  0xcc: 2, // uint 8 … 64
  0xcd: 3,
  0xce: 5,
  0xcf: 9,
  0xd0: 2, // int 8 … 64
  0xd1: 3,
  0xd2: 5,
  0xd3: 9,
};

function headerAt(view: DataView, at: number): Header | null {
  const type = view.getUint8(at);
  if (type <= 0x7f || type >= 0xe0) return { bytes: 1, textBytes: 0, values: 0 };
  if (type <= 0x8f) return { bytes: 1, textBytes: 0, values: 2 * (type & 0x0f) };
  if (type <= 0x9f) return { bytes: 1, textBytes: 0, values: type & 0x0f };
  if (type <= 0xbf) return textHeader(1, type & 0x1f);
  const fixed = FIXED[type];
  if (fixed !== undefined) return { bytes: fixed, textBytes: 0, values: 0 };
  return sizedHeaderAt(view, at, type);
}

/** Strings, arrays and maps that say their length behind their type. */
function sizedHeaderAt(view: DataView, at: number, type: number): Header | null {
  const room = view.byteLength - at - 1;
  if (type === 0xd9) return room < 1 ? null : textHeader(2, view.getUint8(at + 1));
  const wide = type === 0xdb || type === 0xdd || type === 0xdf;
  if (!wide && type !== 0xda && type !== 0xdc && type !== 0xde) return null;
  if (room < (wide ? 4 : 2)) return null;
  const length = wide ? view.getUint32(at + 1) : view.getUint16(at + 1);
  const own = wide ? 5 : 3;
  if (type <= 0xdb) return textHeader(own, length);
  return { bytes: own, textBytes: 0, values: type <= 0xdd ? length : 2 * length };
}

function textHeader(own: number, textBytes: number): Header {
  return { bytes: own + textBytes, textBytes, values: 0 };
}
