import { subprotocols } from '../protocol/wires.js';
import type { Codec } from './api.js';

/** Messages as JSON, in text frames. */
export const json: Codec = {
  subprotocol: subprotocols.json,
  encode: (message) => JSON.stringify(message),
  decode(frame) {
    if (typeof frame !== 'string') throw new TypeError('a frame of JSON is text');
    return JSON.parse(frame) as unknown;
  },
};
