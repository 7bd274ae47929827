import { WebSocket } from 'ws';
import {
  RUNTIME_EXIT_MS_MAX,
  RUNTIME_INITIALIZE_MS_MAX,
  RUNTIME_LINE_BYTES_MAX,
} from '../../protocol/limits.js';
import type { RuntimeEvents, RuntimeLink } from './link.js';

/**
 * Connects to a runtime that already listens, `ws://HOST:PORT` or `unix://PATH`. One message a text frame.
 * Losing the link is the runtime's end as far as the broker can tell.
 */
export function connectSocket(url: string, events: RuntimeEvents): RuntimeLink {
  const socket = new WebSocket(webSocketUrl(url), {
    maxPayload: RUNTIME_LINE_BYTES_MAX,
    perMessageDeflate: false,
    handshakeTimeout: RUNTIME_INITIALIZE_MS_MAX,
    // A line that is not UTF-8 is dropped as any that is no message; it does not end the link.
    skipUTF8Validation: true,
  });
  /** What was sent before the socket was open. The broker sends one message until that is answered. */
  const early: Uint8Array[] = [];
  let failure: string | null = null;

  socket.on('open', () => {
    for (const message of early.splice(0)) socket.send(message, { binary: false });
  });
  socket.on('message', (data: Buffer) => events.line(data));
  socket.on('error', (error) => {
    failure = error.message;
  });
  const closed = new Promise<void>((resolve) => {
    socket.on('close', (code) => {
      events.exited({ summary: `${url}: ${failure ?? `the connection was closed (${code})`}`, stderr: [] });
      resolve();
    });
  });

  return {
    label: url,
    get pendingBytes() {
      return socket.bufferedAmount;
    },
    send(message) {
      if (socket.readyState === WebSocket.CONNECTING) early.push(message);
      else if (socket.readyState === WebSocket.OPEN) socket.send(message, { binary: false });
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    async close() {
      socket.close();
      // A runtime that does not say goodbye has had its time.
      const timer = setTimeout(() => socket.terminate(), RUNTIME_EXIT_MS_MAX);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** `ws` spells a unix socket `ws+unix:PATH:URLPATH`; app-server serves `/rpc` there. */
export function webSocketUrl(url: string): string {
  return url.startsWith('unix://') ? `ws+unix:${url.slice('unix://'.length)}:/rpc` : url;
}
