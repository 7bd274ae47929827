import { listenError } from './endpoint.js';
import type { Endpoint, Listener, ServerHooks, WebSocketServerKind } from './transport.js';
import { claimUnixPath, releaseUnixPath } from './unix-path.js';
import { uwsServer } from './uws.js';
import { wsServer } from './ws.js';

/** uWebSockets.js, or `ws` where it has no binary for this Node or platform. */
export async function webSocketServerKind(): Promise<WebSocketServerKind> {
  return (await uwsServer()) ?? wsServer;
}

/**
 * Starts to listen. A unix socket's file is this user's alone and goes when the listener is closed.
 * @throws {ListenError} busy, not allowed, not there
 */
export async function listen(
  endpoint: Endpoint,
  hooks: ServerHooks,
  kind: WebSocketServerKind,
): Promise<Listener> {
  if (endpoint.kind === 'tcp') return kind.listen(endpoint, hooks);
  const obstacle = await claimUnixPath(endpoint.path).catch((error: NodeJS.ErrnoException) => error);
  if (obstacle !== null) throw listenError(endpoint, obstacle);
  const listener = await kind.listen(endpoint, hooks);
  let open = true;
  return {
    url: listener.url,
    close() {
      if (open) releaseUnixPath(endpoint.path);
      open = false;
      listener.close();
    },
  };
}
