import { WebSocket } from 'ws';
import { Mailbox } from './mailbox.js';
import type { Received } from './owner.js';

/** How a wire ended, as the client saw it. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** What a client sees when the wire breaks (RFC 6455, 7.1.5). */
export const BROKEN: Ending = { code: 1006, reason: '' };

/** The client's end of a wire under test. */
export interface Peer {
  readonly messages: Mailbox<Received>;
  readonly ended: Promise<Ending>;
  send(data: Uint8Array, binary: boolean): void;
  /** Reads nothing until `resume`. */
  stall(): void;
  resume(): void;
  /** Vanishes without a goodbye. */
  vanish(): void;
}

export interface WebSocketPeer extends Peer {
  /** The one that the server confirmed, or empty. */
  readonly subprotocol: string;
}

/** Connects to `ws://…`, `wss://…` (whatever certificate is shown) or `unix://…`. */
export async function webSocketPeer(url: string, subprotocols: string[] = []): Promise<WebSocketPeer> {
  const socket = new WebSocket(clientUrl(url), subprotocols, {
    perMessageDeflate: false,
    rejectUnauthorized: false,
  });
  const messages = new Mailbox<Received>();
  socket.on('message', (data: Buffer, binary) => messages.put({ data, binary }));
  const ended = new Promise<Ending>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.on('error', () => {});
  return {
    messages,
    ended,
    subprotocol: socket.protocol,
    send: (data, binary) => socket.send(data, { binary }),
    stall: () => socket.pause(),
    resume: () => socket.resume(),
    vanish: () => socket.terminate(),
  };
}

/** `ws` spells a unix socket `ws+unix:FILE:PATH`. */
function clientUrl(url: string): string {
  return url.startsWith('unix://') ? `ws+unix:${url.slice('unix://'.length)}:/` : url;
}
