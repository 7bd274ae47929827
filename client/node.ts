/** For Node: a socket that also reaches unix sockets, and tells why an upgrade was refused. */
import { WebSocket } from 'ws';
import { close } from '../protocol/close.js';
import type { SocketLike } from './api.js';

/** The WebSocket close code of a connection that ended without any. */
const ABNORMAL = 1006;
const refusals: Readonly<Record<number, { readonly code: number; readonly reason: string }>> = {
  401: close.unauthorized,
  403: close.forbidden,
};

/** As `socket` of `connect`: takes `ws://`, `wss://`, and `unix:/path/of.sock`. */
export function nodeSocket(url: string, subprotocols: readonly string[]): SocketLike {
  const path = /^unix:(?:\/\/)?(\/.*)$/.exec(url)?.[1];
  const socket = new WebSocket(path === undefined ? url : `ws+unix:${path}:/rpc`, [...subprotocols], {
    perMessageDeflate: false,
  });
  const like: SocketLike = {
    binaryType: 'arraybuffer',
    get protocol() {
      return socket.protocol;
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send: (frame) => socket.send(frame),
    close: (code, reason) => socket.close(code, reason),
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
  };
  let refused: { readonly code: number; readonly reason: string } | null = null;
  socket.on('unexpected-response', (request, { statusCode = 0 }) => {
    refused = refusals[statusCode] ?? null;
    request.destroy();
    socket.terminate();
  });
  socket.on('open', () => like.onopen?.());
  socket.on('message', (frame: Buffer, isBinary) =>
    like.onmessage?.({ data: isBinary ? new Uint8Array(frame) : frame.toString('utf8') }),
  );
  socket.on('error', () => like.onerror?.());
  socket.on('close', (code, reason) => {
    const told = { code: code || ABNORMAL, reason: reason.toString('utf8') };
    like.onclose?.(refused === null ? told : { code: refused.code, reason: refused.reason });
  });
  return like;
}
