import type { Test } from 'tap';
import { close } from '../../protocol/close.js';
import type { Endpoint, TlsPair, WebSocketServerKind } from '../../broker/transports/transport.js';
import { transportContract } from './contract.js';
import { hostileContract } from './hostile-contract.js';
import { httpContract, socketsBound } from './http-contract.js';
import { Owner } from './owner.js';
import { webSocketPeer } from './peer.js';
import { upgradeRequest } from './raw-client.js';
import { TestServer } from './server.js';

/** What every kind of WebSocket server promises, on any endpoint. */
export function serverContract(
  suite: Test,
  kind: WebSocketServerKind,
  endpoint: (t: Test) => Endpoint,
  tls: TlsPair | null = null,
): void {
  const start = (t: Test): Promise<TestServer> => TestServer.start(t, kind, endpoint(t), tls);
  void suite.test('as a transport', async (t) => {
    const server = await start(t);
    transportContract(t, {
      binary: [false, true],
      tellsReason: true,
      address: server.listener.url.startsWith('unix:') ? 'unix' : '127.0.0.1',
      connect: (owner, binary) => server.connect(owner, binary),
    });
  });
  void suite.test('as a server', async (t) => {
    const server = await start(t);
    handshakeSubjects(t, server);
    httpSubjects(t, server);
  });
  void suite.test('against hostile clients', async (t) => {
    hostileContract(t, await start(t));
  });
  void suite.test('as a reader of HTTP', async (t) => {
    httpContract(t, await start(t));
  });
  void suite.test('sockets that are no WebSockets are bounded', async (t) => {
    await socketsBound(t, await start(t));
  });
  void suite.test('a listener that closes keeps its open connections', async (t) => {
    const server = await start(t);
    const owner = new Owner();
    owner.echoes = true;
    const peer = await server.connect(owner);
    server.listener.close();
    server.listener.close();
    peer.send(Buffer.from('still here'), false);
    t.equal((await peer.messages.next()).data.toString(), 'still here');
    await t.rejects(webSocketPeer(server.listener.url), 'nobody new comes in');
    peer.vanish();
    await owner.closed;
  });
}

function handshakeSubjects(suite: Test, server: TestServer): void {
  void suite.test('the subprotocol of the verdict is confirmed, not the first one offered', async (t) => {
    server.hooks.subprotocol = 'b';
    const owner = new Owner();
    const peer = await server.connect(owner, false, ['a', 'b', 'c']);
    t.equal(peer.subprotocol, 'b');
    peer.vanish();
    await owner.closed;
  });

  void suite.test('no subprotocol is confirmed where the verdict has none', async (t) => {
    server.hooks.subprotocol = null;
    const client = await server.dial(t);
    client.write(upgradeRequest('sec-websocket-protocol: a, b'));
    const answer = await client.readThrough('\r\n\r\n');
    t.match(answer, /^HTTP\/1.1 101 /);
    t.notMatch(answer, /sec-websocket-protocol/i);
  });

  void suite.test('an upgrade that is refused gets the status and the body', async (t) => {
    server.hooks.refusal = { status: 403, headers: { 'x-reason': 'origin' }, body: 'not from there' };
    const client = await server.dial(t);
    client.write(upgradeRequest().replace('GET /', 'GET /rpc?token=1'));
    const answer = await client.readThrough('not from there');
    t.match(answer, /^HTTP\/1.1 403 Forbidden\r\n/);
    t.match(answer, /x-reason: origin\r\n/);
    t.match(answer, /content-length: 14\r\n/i);
    t.match(server.hooks.asked.at(-1), { method: 'GET', path: '/rpc' });
    server.hooks.refusal = null;
  });

  void suite.test('an owner may close the wire while it opens', async (t) => {
    const owner = new Owner();
    server.hooks.open = (transport) => {
      const events = owner.open(transport);
      owner.close(close.tooMany);
      return events;
    };
    const peer = await webSocketPeer(server.listener.url);
    t.strictSame(await peer.ended, { code: close.tooMany.code, reason: close.tooMany.reason });
    await owner.closed;
    t.equal(owner.closedCalls, 1);
    t.equal(owner.reentered, 0);
  });
}

function httpSubjects(suite: Test, server: TestServer): void {
  const { url } = server.listener;
  const address = url.startsWith('unix:') ? 'unix' : '127.0.0.1';

  void suite.test('plain HTTP is served on the same port', async (t) => {
    server.hooks.response = { status: 503, headers: { 'x-a': 'b' }, body: 'no runtime' };
    const client = await server.dial(t);
    client.write('GET /readyz?x=1 HTTP/1.1\r\nhost: here\r\n\r\n');
    const answer = await client.readThrough('no runtime');
    t.match(answer, /^HTTP\/1.1 503 Service Unavailable\r\n/);
    t.match(answer, /x-a: b\r\n/);
    t.match(answer, /content-length: 10\r\n/i);
    const asked = server.hooks.asked.at(-1);
    t.match(asked, { method: 'GET', path: '/readyz', address, secure: url.startsWith('wss:') });
    t.equal(asked?.header('host'), 'here');
    t.equal(asked?.header('x-absent'), undefined);
  });

  void suite.test('a body that is sent along is skipped, and the connection goes on', async (t) => {
    server.hooks.response = { status: 200, headers: {}, body: 'first.' };
    const client = await server.dial(t);
    client.write('POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nabcde');
    await client.readThrough('first.');
    server.hooks.response = { status: 200, headers: {}, body: 'second.' };
    client.write('GET /b HTTP/1.1\r\nhost: x\r\n\r\n');
    await client.readThrough('second.');
    t.match(server.hooks.asked.at(-1), { method: 'GET', path: '/b' });
  });

  void suite.test('HEAD gets the head only', async (t) => {
    server.hooks.response = { status: 200, headers: {}, body: 'BODY' };
    const client = await server.dial(t);
    client.write('HEAD / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const both = await client.readThrough('BODY');
    t.equal(both.match(/content-length: 4\r\n/gi)?.length, 2, 'the body that came is that of the GET');
    t.equal(server.hooks.asked.at(-2)?.method, 'HEAD');
  });

  void suite.test('a body of bytes comes whole, and an answer that has none has no length', async (t) => {
    const client = await server.dial(t);
    const bytes = Buffer.alloc(300_000, 'a\0\xff', 'latin1');
    for (const body of [bytes, bytes.subarray(100, 200_000)]) {
      server.hooks.response = { status: 200, headers: {}, body };
      client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      t.match(await client.readThrough('\r\n\r\n'), new RegExp(`content-length: ${body.length}\r\n`, 'i'));
      t.equal(await client.readThrough(body), body.toString('latin1'));
    }
    server.hooks.response = { status: 304, headers: { etag: '"x"' }, body: '' };
    client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const unchanged = await client.readThrough('\r\n\r\n');
    t.match(unchanged, /^HTTP\/1\.1 304 Not Modified\r\n.*etag: "x"/is);
    t.notMatch(unchanged, /content-length/i);
    server.hooks.response = { status: 200, headers: {}, body: 'next.' };
    client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    t.match(await client.readThrough('next.'), /^HTTP\/1\.1 200 /, 'the next one is where it ends');
  });
}
