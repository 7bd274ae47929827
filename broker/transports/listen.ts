import { strict as assert } from 'node:assert';
import { listenError } from './endpoint.js';
import type { Endpoint, Listener, ServerHooks, TlsPair, WebSocketServerKind } from './transport.js';
import { claimUnixPath, releaseUnixPath } from './unix-path.js';
import { uwsServer } from './uws.js';
import { wsServer } from './ws.js';

/** uWebSockets.js, or `ws` where it has no binary for this Node or platform. */
export async function webSocketServerKind(): Promise<WebSocketServerKind> {
  return (await uwsServer()) ?? wsServer;
}

/**
 * Starts to listen. A unix socket's file is this user's alone and goes when the listener is closed. An endpoint with TLS
 * needs a pair, and is served by `ws` whatever serves the rest: there a certificate can be exchanged while it listens.
 * @throws {ListenError} busy, not allowed, not there, or a certificate that is no good
 */
export async function listen(
  endpoint: Endpoint,
  hooks: ServerHooks,
  kind: WebSocketServerKind,
  tls: TlsPair | null,
): Promise<Listener> {
  if (endpoint.kind === 'tcp') {
    assert(!endpoint.tls || tls !== null, 'TLS needs a certificate');
    return (endpoint.tls ? wsServer : kind).listen(endpoint, hooks, tls);
  }
  const obstacle = await claimUnixPath(endpoint.path).catch((error: NodeJS.ErrnoException) => error);
  if (obstacle !== null) throw listenError(endpoint, obstacle);
  const listener = await kind.listen(endpoint, hooks, null);
  let open = true;
  return {
    ...listener,
    close() {
      if (open) releaseUnixPath(endpoint.path);
      open = false;
      listener.close();
    },
  };
}
