import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Socket } from 'node:net';
import type { Test } from 'tap';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { connectSocket } from '../../broker/runtime/socket.js';
import type { RuntimeLink } from '../../broker/runtime/link.js';
import { Inbox } from '../support/inbox.js';
import { Watched } from './watched.js';

/** A runtime that listens: this test's own end of the link. */
export interface ListeningRuntime {
  readonly link: RuntimeLink;
  readonly runtime: Watched;
  /** Its side of the connection. */
  readonly socket: WebSocket;
  /** The same, below the protocol. */
  readonly wire: Socket;
  /** What it was sent. */
  readonly received: Inbox<string>;
  /** The path that was asked for. */
  readonly path: string;
}

/** Listens on `where` (any port, when it is none), connects the broker's end, and waits until it is open. */
export async function listeningRuntime(t: Test, where?: string): Promise<ListeningRuntime> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  http.listen(where === undefined ? { port: 0, host: '127.0.0.1' } : { path: where });
  await once(http, 'listening');
  const opened = once(server, 'connection') as Promise<[WebSocket, IncomingMessage]>;
  const runtime = new Watched();
  const url =
    where === undefined ? `ws://127.0.0.1:${(http.address() as AddressInfo).port}` : `unix://${where}`;
  const link = connectSocket(url, runtime);
  const received = new Inbox<string>('the broker');
  const [socket, request] = await opened;
  socket.on('message', (data: Buffer) => received.push(data.toString('utf8')));
  socket.on('error', () => {});
  link.send(Buffer.from('open'));
  await received.take('the first message', () => true);
  t.teardown(async () => {
    socket.terminate();
    await runtime.gone;
    http.close();
  });
  return { link, runtime, socket, wire: request.socket, received, path: request.url ?? '' };
}
