import { readFileSync, writeFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { connect } from 'node:tls';
import t from 'tap';
import { subprotocols } from '../../protocol/wires.js';
import { run } from '../support/cli.js';
import { makePair, noOpenssl } from '../transports/certificates.js';
import { webSocketPeer } from '../transports/peer.js';
import { command, FAKE_RUNTIME, says, tempDir } from './broker.js';

/** Which certificate is shown there. */
function shownAt(url: string): Promise<string> {
  const { hostname: host, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

const fingerprint = (cert: string): string => new X509Certificate(cert).fingerprint256;

void t.test('TLS with a certificate that is renewed while it runs', { skip: noOpenssl }, async (t) => {
  const stateDir = tempDir(t);
  const folder = tempDir(t);
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const put = (pair: { cert: string; key: string }): void => {
    writeFileSync(cert, pair.cert);
    writeFileSync(key, pair.key);
  };
  const [first, second, expired] = [makePair(), makePair(-1, 7), makePair(-9, -2)];
  const args = ['--state-dir', stateDir, '--tls-cert', cert, '--tls-key', key];
  const behind = ['--listen', 'wss://127.0.0.1:0', '--', ...FAKE_RUNTIME];

  put(expired);
  t.match(await run([...args, ...behind]), { code: 2, stderr: [/its certificate expired on/] });
  put({ cert: 'rubbish', key: first.key });
  t.match(await run([...args, ...behind]), { code: 2, stderr: [/its certificate is no PEM certificate/] });

  put(first);
  const broker = command(t, [...args, ...behind]);
  const url = await broker.stderr.take('its URL', (line) => line.includes('listening  wss://'));
  const at = url.slice(url.indexOf('wss:'));
  await says(broker, /attach/);
  t.equal(await shownAt(at), fingerprint(first.cert));
  const token = readFileSync(join(stateDir, 'token'), 'utf8').trim();
  const client = await webSocketPeer(at, [subprotocols.json, `bearer.${token}`]);
  await t.rejects(webSocketPeer(at), { message: /401/ }, 'the token is needed there, too');

  const reload = async (words: RegExp): Promise<void> => {
    process.kill(broker.pid ?? 0, 'SIGHUP');
    await says(broker, words);
  };
  put({ cert: 'rubbish', key: first.key });
  await reload(/no PEM certificate.*the old one stays/);
  put(expired);
  await reload(/expired on.*the old one stays/);
  t.equal(await shownAt(at), fingerprint(first.cert));
  put(second);
  await reload(/the certificate expires on/);
  t.equal(await shownAt(at), fingerprint(second.cert), 'one that is good, if not for long');
  client.send(Buffer.from('{'), false);
  t.match((await client.messages.next()).data.toString(), 'error', 'what was open stays');
  client.vanish();
});
