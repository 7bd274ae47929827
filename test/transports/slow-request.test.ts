import tap from 'tap';
import type { Test } from 'tap';
import type { Endpoint, TlsPair, WebSocketServerKind } from '../../broker/transports/transport.js';
import { uwsServer } from '../../broker/transports/uws.js';
import { wsServer } from '../../broker/transports/ws.js';
import { makePair, noOpenssl } from './certificates.js';
import { RawClient, upgradeRequest } from './raw-client.js';
import { anyPort, Bystander, TestServer } from './server.js';

/** Longer than any limit: a client that is still there after so many bytes is not cut at all. */
const DRIBBLED_BYTES_MAX = 60;

/** Sends a byte each second until it is cut; how many it could send. */
async function dribble(client: RawClient, text: string): Promise<number> {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent === DRIBBLED_BYTES_MAX) client.vanish();
    else client.write(text.charAt(sent));
    sent += 1;
  }, 1_000);
  await client.ended;
  clearInterval(timer);
  return sent;
}

async function slowClients(
  t: Test,
  kind: WebSocketServerKind,
  endpoint: Endpoint,
  tls: TlsPair | null,
): Promise<void> {
  const server = await TestServer.start(t, kind, endpoint, tls);
  server.hooks.response = { status: 200, headers: {}, body: 'served.' };
  const bystander = await Bystander.join(t, server);
  const plain = await RawClient.connect(server.listener.url.replace('wss:', 'ws:'));
  t.teardown(() => plain.vanish());
  const [half, silent] = [await server.dial(t), await server.dial(t)];
  const [slow, idle] = [await server.dial(t), await server.dial(t)];
  half.write(upgradeRequest().slice(0, 60));
  idle.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await idle.readThrough('served.');
  const [sent] = await Promise.all([
    dribble(slow, upgradeRequest()),
    half.ended,
    silent.ended,
    idle.ended,
    // Under TLS this one has not even begun the handshake.
    plain.ended,
  ]);
  t.ok(sent > 1, 'while bytes came');
  t.ok(sent < DRIBBLED_BYTES_MAX, 'it is cut however many bytes come');
  t.ok(await bystander.isServed());
}

// The clocks of Node's servers and of uWebSockets.js cannot be turned, so all wait at the same time, for 12 s. Node's own
// default for a TLS handshake, 120 s, is too long.
const uws = await uwsServer();
void tap.test('a request that never becomes whole is cut', { jobs: 3, timeout: 100_000 }, async (suite) => {
  for (const kind of uws === null ? [wsServer] : [wsServer, uws]) {
    void suite.test(kind.name, (t) => slowClients(t, kind, anyPort, null));
  }
  void suite.test('TLS', { skip: noOpenssl }, (t) =>
    slowClients(t, wsServer, { ...anyPort, tls: true }, makePair()),
  );
});
