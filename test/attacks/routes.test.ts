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
  UPGRADE.map((line) => line.replace('websocket', 'WebSocket')),
  UPGRADE.map((line) => line.replace('websocket', 'websocket, h2c')),
  UPGRADE.map((line) => line.replace('Upgrade', 'keep-alive, upgrade')),
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
    ['a subprotocol of another name', [`sec-websocket-protocol: token.${good}, ${good}`]],
    ['two', [`authorization: Bearer ${good}`, `authorization: Bearer ${old}`]],
  ]);
}

/** Comes with a request for a plain answer, and is good for nothing else. */
const OPEN_ROUTES = new Set(['/healthz', '/readyz', '/healthz?/rpc']);

withEachServer(t, 'no route and no upgrade skips the check', async (t, stage) => {
  const { url, port } = stage;
  const host = `host: localhost:${port}`;
  for (const [name, lines] of await badCredentials(stage)) {
    for (const path of [...PATHS, ...ODD_PATHS])
      for (const method of METHODS) {
        const status = await statusOf(url, `${method} ${path}`, host, ...lines);
        const isOpen = OPEN_ROUTES.has(path) && [200, 405].includes(status);
        t.ok(isOpen || status === 0 || status >= 400, `${method} ${path} with ${name}: ${status}`);
        if (path === '/metrics') t.not(status, 200, `${method} with ${name}`);
      }
    for (const path of [...PATHS, ...ODD_PATHS])
      for (const [kind, upgrade] of ODD_UPGRADES.entries()) {
        const status = await statusOf(url, `GET ${path}`, host, ...upgrade, ...lines);
        const isOpen = OPEN_ROUTES.has(path) && status === 200;
        t.ok(isOpen || status >= 400, `upgrade ${kind} on ${path} with ${name}: ${status}`);
      }
  }
  const good = `authorization: Bearer ${stage.token.token}`;
  for (const path of ['/', '/rpc']) t.equal(await statusOf(url, `GET ${path}`, host, good, ...UPGRADE), 101);
  t.equal(await statusOf(url, 'GET /metrics', host, good), 200);
  t.equal(stage.memory.broker.metrics !== null, true);
});

withEachServer(t, 'a token is taken from no URL', async (t, { url, port, token: { token } }) => {
  const host = `host: localhost:${port}`;
  for (const query of [`token=${token}`, `access_token=${token}`, `bearer=${token}`, `authorization=Bearer+${token}`]) {
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
  t.match(client.unread, /^HTTP\/1.1 401 /);
  t.equal(client.unread.match(/HTTP\/1.1/g)?.length, 1, 'one request, one answer');
  const behindPlain = await answerTo(url, head('GET /metrics', host) + head('GET /metrics', host));
  t.equal(behindPlain.status, 401);
});
