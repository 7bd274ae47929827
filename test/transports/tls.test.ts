import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import tap from 'tap';
import type { Test } from 'tap';
import { CERTIFICATE_WARNING_MS } from '../../broker/transports/limits.js';
import { listen, webSocketServerKind } from '../../broker/transports/listen.js';
import { tlsWarning } from '../../broker/transports/tls.js';
import { ListenError } from '../../broker/transports/transport.js';
import type { TlsPair } from '../../broker/transports/transport.js';
import { dayFromNow, makePair, noOpenssl } from './certificates.js';
import { Owner } from './owner.js';
import { RawClient } from './raw-client.js';
import { serverContract } from './server-contract.js';
import { anyPort, Bystander, TestServer } from './server.js';

const kind = await webSocketServerKind();
const endpoint = { ...anyPort, tls: true };
const skip = noOpenssl;
const pair: TlsPair = skip === false ? makePair() : { cert: '', key: '' };

/** A pair that no server can be run with, and what is said of it. */
interface Useless {
  readonly pair: TlsPair;
  readonly why: string;
}

function useless(): readonly Useless[] {
  const other = makePair();
  const { cert, key } = pair;
  const sealed = key.replaceAll('EC PRIVATE', 'ENCRYPTED PRIVATE');
  const passphrase = 'its key is protected by a passphrase, which cannot be asked for';
  return [
    { pair: { cert: '', key }, why: 'its certificate is no PEM certificate' },
    { pair: { cert: 'rubbish', key }, why: 'its certificate is no PEM certificate' },
    { pair: { cert: cert.slice(0, cert.length / 2), key }, why: 'its certificate is no PEM certificate' },
    { pair: { cert: key, key: cert }, why: 'its certificate is no PEM certificate' },
    { pair: { cert, key: '' }, why: 'its key is no PEM private key' },
    { pair: { cert, key: cert }, why: 'its key is no PEM private key' },
    { pair: { cert, key: sealed }, why: passphrase },
    { pair: { cert, key: other.key }, why: 'its key does not belong to its certificate' },
    { pair: makePair(-3, -1), why: `its certificate expired on ${dayFromNow(-1)}` },
    { pair: makePair(2, 9), why: `its certificate is not valid before ${dayFromNow(2)}` },
  ];
}

function fingerprint({ cert }: TlsPair): string {
  return new X509Certificate(cert).fingerprint256;
}

/** The certificate that a new client is shown. */
async function shown(t: Test, server: TestServer): Promise<string> {
  return (await server.dial(t)).certificate;
}

void tap.test('contract', { skip }, async (t) => {
  serverContract(t, kind, () => endpoint, pair);
});

void tap.test('certificates', { skip }, async (suite) => {
  void suite.test('a pair that is no good is refused at the start', async (t) => {
    for (const { pair: bad, why } of useless()) {
      const refused = t.rejects(TestServer.start(t, kind, endpoint, bad), ListenError);
      t.match(await refused, { message: `cannot listen on wss://127.0.0.1:0: ${why}` });
    }
  });

  void suite.test('another certificate is shown to those who come from then on', async (t) => {
    const server = await TestServer.start(t, kind, endpoint, pair);
    const bystander = await Bystander.join(t, server);
    const next = makePair();
    t.equal(await shown(t, server), fingerprint(pair));
    server.listener.renew(next);
    t.equal(await shown(t, server), fingerprint(next));
    t.ok(await bystander.isServed(), 'who was there stays');

    for (const { pair: bad, why } of useless()) {
      const message = `cannot renew the certificate of ${server.listener.url}: ${why}`;
      t.throws(() => server.listener.renew(bad), new ListenError(message));
      t.equal(await shown(t, server), fingerprint(next), 'the one before it is kept');
    }
    t.ok(await bystander.isServed());
  });

  void suite.test('a person is warned two weeks before its end, and it is served', async (t) => {
    const soon = makePair(-1, 3);
    const ends = Date.parse(new X509Certificate(soon.cert).validTo);
    t.equal(tlsWarning(soon, ends - CERTIFICATE_WARNING_MS), null);
    const warning = `the certificate expires on ${dayFromNow(3)}`;
    t.equal(tlsWarning(soon, ends - CERTIFICATE_WARNING_MS + 1), warning);
    const server = await TestServer.start(t, kind, endpoint, soon);
    t.equal(await shown(t, server), fingerprint(soon));
  });

  void suite.test('a listener without TLS has none to renew', async (t) => {
    const server = await TestServer.start(t, kind, anyPort);
    server.listener.renew({ cert: 'rubbish', key: '' });
    t.ok(await (await Bystander.join(t, server)).isServed());
  });

  void suite.test('TLS without a certificate is our own mistake', async (t) => {
    const hooks = { http: () => t.fail(), upgrade: () => t.fail() } as never;
    await t.rejects(listen(endpoint, hooks, kind, null), { name: 'AssertionError' });
  });
});

void tap.test('clients', { skip }, async (suite) => {
  const server = await TestServer.start(suite, kind, endpoint, pair);
  const { port } = new URL(server.listener.url);

  /** What becomes of a client that speaks no newer TLS than that. */
  const handshake = async (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string> => {
    const socket = connect({
      host: '127.0.0.1',
      port: Number(port),
      minVersion: version,
      maxVersion: version,
      // The client's own OpenSSL would refuse the old ones too.
      ciphers: 'DEFAULT@SECLEVEL=0',
      rejectUnauthorized: false,
    });
    try {
      await once(socket, 'secureConnect');
      return socket.getProtocol() ?? '';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? '';
    } finally {
      socket.destroy();
    }
  };

  void suite.test('TLS is at least 1.2', async (t) => {
    t.equal(await handshake('TLSv1.3'), 'TLSv1.3');
    t.equal(await handshake('TLSv1.2'), 'TLSv1.2');
    t.equal(await handshake('TLSv1.1'), 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });

  void suite.test('what is no TLS is hung up on', async (t) => {
    const bystander = await Bystander.join(t, server);
    for (const bytes of ['GET / HTTP/1.1\r\nhost: x\r\n\r\n', '\x16\x03\x01\xff\xff', '\0'.repeat(1000)]) {
      const client = await RawClient.connect(server.listener.url.replace('wss:', 'ws:'));
      client.write(bytes);
      if (bytes.startsWith('\x16')) client.vanish();
      await client.ended;
      t.notMatch(client.unread, /HTTP/);
    }
    t.ok(await bystander.isServed());
  });

  void suite.test('a client that goes away in the middle', async (t) => {
    const owner = new Owner();
    const peer = await server.connect(owner);
    peer.stall();
    owner.fill();
    peer.vanish();
    await owner.closed;
    t.equal(owner.transport.pendingBytes, 0);
  });
});
