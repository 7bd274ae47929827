/** Messages as msgpack, which is smaller and read faster: give `codecs: [msgpack]` to `connect`. */
import { Packr, Unpackr } from 'msgpackr';
import { subprotocols } from '../protocol/wires.js';
import type { Codec } from './api.js';

const PLAIN = {
  useRecords: false,
  mapsAsObjects: true,
  int64AsType: 'number',
  variableMapSize: true,
} as const;
const packr = new Packr(PLAIN);
const unpackr = new Unpackr(PLAIN);

export const msgpack: Codec = {
  subprotocol: subprotocols.msgpack,
  // A copy: the next message is written into the same memory.
  encode: (message) => packr.pack(message).slice(),
  decode(frame) {
    if (typeof frame === 'string') throw new TypeError('a frame of msgpack is binary');
    return unpackr.unpack(frame instanceof Uint8Array ? frame : new Uint8Array(frame)) as unknown;
  },
};
