/**
 * The wires a client may speak. `stock` is app-server's own, without a subprotocol; the others are version 1 of
 * the broker's: the same messages, with positions.
 */
export type Wire = 'stock' | 'json' | 'msgpack';

/** The WebSocket subprotocol of each wire that has one. */
export const subprotocols = {
  msgpack: 'threadcast.v1.msgpack',
  json: 'threadcast.v1.json',
} as const satisfies Partial<Record<Wire, string>>;

/** The log of what everyone gets; every other log has a thread's id for its name. */
export const LOBBY = 'lobby';
