import t from 'tap';
import { RawClient } from '../transports/raw-client.js';
import { answerTo, head, statusOf, UPGRADE } from './raw-request.js';
import { withEachServer } from './stage.js';
import type { Stage } from './stage.js';

const PATHS = ['/', '/rpc', '/metrics', '/healthz', '/readyz', '/pair', '/none'];
/** How somebody might spell a path so that one check sees another than the next. */
const ODD_PATHS = [
  '//',
  '//rpc',
  '/rpc/',
  '/RPC',
  '/./rpc',
  '/../rpc',
  '/healthz/../rpc',
  '/healthz/..;/rpc',
  '/%72pc',
  '/rpc%00',
  '/rpc%2f..%2fhealthz',
  '/rpc;/healthz',
  '/healthz?/rpc',
  '/healthz#/rpc',
  '/healthz\\rpc',
  'rpc',
  '*',
];
/** A header of the handshake in other words, each in place of the one that is right. */
const ODD_UPGRADES = [
  UPGRADE,
  [...UPGRADE.slice(1), 'connection: keep-alive, upgrade'],
  ['upgrade: WebSocket', ...UPGRADE.filter((line) => !line.startsWith('upgrade'))],
  ['upgrade: websocket, h2c', ...UPGRADE.filter((line) => !line.startsWith('upgrade'))],
  [...UPGRADE, 'upgrade: websocket'],
  [...UPGRADE, 'sec-websocket-protocol: threadcast.v1.json'],
  [...UPGRADE, 'sec-websocket-version: 13'],
  [...UPGRADE, 'content-length: 0'],
  [...UPGRADE, 'transfer-encoding: chunked'],
];
const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS', 'CONNECT', 'get', 'PRI'];

/** Ways of showing nothing that is good, by name. */
async function badCredentials({ access, token: owner }: Stage): Promise<Map<string, string[]>> {
  const [device, token] = await access.devices.add('gone', 'controller', 0);
  await access.revoke(device.deviceId);
  const old = owner.token;
  access.rotate();
  const good = owner.token;
  return new Map([
    ['nothing', []],
    ['an empty one', ['authorization:']],
    ['a wrong token', [`authorization: Bearer ${'w'.repeat(43)}`]],
    ['one that was rotated', [`authorization: Bearer ${old}`]],
    ['one of a device that was revoked', [`authorization: Bearer ${token}`]],
    ['the start of the good one', [`authorization: Bearer ${good.slice(0, -1)}`]],
    ['another scheme', [`authorization: Basic ${Buffer.from(`owner:${good}`).toString('base64')}`]],
    ['a cookie', [`cookie: token=${good}`]],
    ['another header', [`x-token: ${good}`, `proxy-authorization: Bearer ${good}`]],
    ['a subprotocol of another name', [`sec-websocket-protocol: token.${good}`]],
    ['a subprotocol without one', [`sec-websocket-protocol: ${good}`]],
    ['two', [`authorization: Bearer ${good}`, `authorization: Bearer ${old}`]],
  ]);
}

/** What is answered to everybody, and to no WebSocket. */
const OPEN_ROUTES = new Set(['/healthz', '/readyz', '/healthz?/rpc']);

withEachServer(t, 'no route and no upgrade skips the check', async (t, stage) => {
  const { url, port } = stage;
  const host = `host: localhost:${port}`;
  const letIn: string[] = [];
  const knock = async (who: string, line: string, ...lines: readonly string[]): Promise<void> => {
    const status = await statusOf(url, line, host, ...lines);
    const isOpen = OPEN_ROUTES.has(line.slice(line.indexOf(' ') + 1)) && status === 200;
    if (status !== 0 && status < 400 && !isOpen) letIn.push(`${line} ${lines.join(' ')}, ${who}: ${status}`);
  };
  for (const [who, lines] of await badCredentials(stage)) {
    const isOdd = lines.length === 0;
    for (const path of isOdd ? [...PATHS, ...ODD_PATHS] : PATHS) {
      for (const method of isOdd ? METHODS : ['GET', 'POST']) await knock(who, `${method} ${path}`, ...lines);
      for (const upgrade of isOdd ? ODD_UPGRADES : [UPGRADE])
        await knock(who, `GET ${path}`, ...upgrade, ...lines);
    }
  }
  t.same(letIn, []);
  const good = `authorization: Bearer ${stage.token.token}`;
  for (const path of ['/', '/rpc']) t.equal(await statusOf(url, `GET ${path}`, host, good, ...UPGRADE), 101);
  t.equal(await statusOf(url, 'GET /metrics', host, good), 200);
});

withEachServer(t, 'a token is taken from no URL', async (t, { url, port, token: { token } }) => {
  const host = `host: localhost:${port}`;
  for (const query of [
    `token=${token}`,
    `access_token=${token}`,
    `bearer=${token}`,
    `authorization=Bearer+${token}`,
  ]) {
    t.equal(await statusOf(url, `GET /?${query}`, host, ...UPGRADE), 401, 'upgrade');
    t.equal(await statusOf(url, `GET /metrics?${query}`, host), 401, 'plain');
  }
  t.equal(await statusOf(url, `GET /${token}`, host, ...UPGRADE), 401, 'as a path');
  t.equal(await statusOf(url, `GET /metrics`, host, `referer: http://localhost/?token=${token}`), 401);
});

withEachServer(t, 'what is smuggled behind a refusal is not heard', async (t, stage) => {
  const { url, port, token } = stage;
  const host = `host: localhost:${port}`;
  const good = `authorization: Bearer ${token.token}`;
  const refused = head('GET /', host, ...UPGRADE);
  const client = await RawClient.connect(url);
  client.write(refused + head('GET /', host, good, ...UPGRADE) + head('GET /metrics', host, good));
  await client.ended;
  t.notMatch(client.unread, /HTTP\/1.1 (?!401)/);
  t.ok((client.unread.match(/HTTP\/1.1/g) ?? []).length <= 1, 'what comes behind it has no answer');
  const behindPlain = await answerTo(url, head('GET /metrics', host) + head('GET /metrics', host));
  t.equal(behindPlain.status, 401);
});
