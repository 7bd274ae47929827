import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { CloseReason } from '../../protocol/close.js';
import { IDLE_S_MAX } from '../../protocol/limits.js';
import { SliceWriter } from './slice-writer.js';
import { joinFrames, opcode } from './websocket-frames.js';
import { WireTransport } from './wire.js';
import type { Wire } from './wire.js';

/** Makes a transport of an open WebSocket. */
export function adopt(ws: WebSocket, socket: Socket, binary: boolean, address: string): WireTransport {
  const wire = new WsWire(ws, socket, binary, address, () => {
    heard();
    transport.progressed();
  });
  const transport = new WireTransport(wire);
  const heard = watchSilence(socket, wire);
  ws.on('message', (data: Buffer, isBinary) => transport.received(data, isBinary));
  ws.on('ping', (data) => {
    wire.control(opcode.pong, data);
    transport.pinged();
  });
  ws.once('close', () => transport.ended());
  // A broken frame: `ws` sends the close frame for it by itself, and `close` follows.
  ws.on('error', () => {});
  return transport;
}

/**
 * As uWebSockets.js does: a ping each half of the idle time, and the end when there was no sign of life before the
 * next one. Returns what tells of one; bytes that come are one too.
 */
function watchSilence(socket: Socket, wire: WsWire): () => void {
  let alive = true;
  const timer = setInterval(() => {
    if (!alive) return wire.cut();
    alive = false;
    wire.control(opcode.ping, NO_PAYLOAD);
  }, IDLE_S_MAX * 500);
  const heard = (): void => {
    alive = true;
  };
  socket.on('data', heard);
  socket.once('close', () => clearInterval(timer));
  return heard;
}

const NO_PAYLOAD = Buffer.alloc(0);

/**
 * Writes frames to the socket itself: ten times cheaper than `ws.send` for each. `ws` writes there only its close
 * frame, when nothing is pending, or when the peer has closed or broken the wire.
 */
class WsWire implements Wire {
  readonly kind = 'websocket';
  readonly address: string;
  readonly #ws: WebSocket;
  readonly #code: number;
  readonly #writer: SliceWriter;

  constructor(ws: WebSocket, socket: Socket, binary: boolean, address: string, progressed: () => void) {
    this.#ws = ws;
    this.address = address;
    this.#code = binary ? opcode.binary : opcode.text;
    this.#writer = new SliceWriter(socket, progressed);
  }

  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  put(frames: readonly Uint8Array[]): void {
    this.#write(frames, this.#code);
  }

  /** Sends a ping or a pong. */
  control(code: number, payload: Buffer): void {
    this.#write([payload], code);
  }

  end(reason: CloseReason): void {
    this.#ws.close(reason.code, reason.reason);
  }

  cut(): void {
    this.#ws.terminate();
  }

  #write(payloads: readonly Uint8Array[], code: number): void {
    // Once the peer has said goodbye nothing may follow `ws`'s own.
    if (this.#ws.readyState === WebSocket.OPEN) this.#writer.write(joinFrames(payloads, code));
  }
}
