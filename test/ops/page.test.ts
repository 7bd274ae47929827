import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { PAGE_BYTES_MAX, PAGE_FILES_MAX } from '../../protocol/limits.js';
import { Page } from '../../broker/ops/page.js';
import { head, statusOf, UPGRADE } from '../attacks/raw-request.js';
import { withEachServer } from '../attacks/stage.js';
import { request } from '../access/asking.js';
import { RawClient } from '../transports/raw-client.js';

const SCRIPT = 'console.log("page")';
const BIG = 'x'.repeat(300_000);

/** A build, and beside it what is none of its business. */
function built(t: Test): string {
  const folder = t.testdir({
    token: 'secret',
    web: {
      'index.html': '<!doctype html>',
      'index.html.br': 'br of it',
      'index.html.gz': 'gzip of it',
      'sw.js': SCRIPT,
      'manifest.webmanifest': '{}',
      'odd.gz': 'no other file is compressed in it',
      assets: { 'main-abc123.js': BIG, 'main-abc123.js.gz': 'small' },
      icons: { 'icon-192.png': 'png' },
    },
  });
  symlinkSync(join(folder, 'token'), join(folder, 'web', 'link.txt'));
  return join(folder, 'web');
}

function asked(page: Page, path: string, headers: Readonly<Record<string, string>> = {}) {
  const {
    status,
    body,
    headers: answered,
  } = page.answer(request(Object.entries({ host: 'localhost:4500', ...headers }), { path }));
  return { status, body: Buffer.from(body).toString(), headers: answered };
}

t.test('what is served, as what, and for how long it may be kept', async (t) => {
  const page = new Page(built(t));
  for (const [path, type] of [
    ['/', 'text/html; charset=utf-8'],
    ['/index.html', 'text/html; charset=utf-8'],
    ['/sw.js', 'text/javascript; charset=utf-8'],
    ['/manifest.webmanifest', 'application/manifest+json'],
    ['/icons/icon-192.png', 'image/png'],
    ['/assets/main-abc123.js', 'text/javascript; charset=utf-8'],
  ] as const) {
    const { status, headers } = asked(page, path);
    t.ok(page.has(path), path);
    t.equal(status, 200, path);
    t.equal(headers['content-type'], type);
    t.equal(headers['vary'], 'accept-encoding');
    const kept = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    t.equal(headers['cache-control'], kept);
  }
  for (const path of ['/index.html.br', '/link.txt', '/token', '/../token', '/assets', '/constructor'])
    t.notOk(page.has(path), path);
  t.equal(asked(page, '/assets/main-old.js').status, 404, 'of an older build');
  t.equal(asked(page, '/odd.gz').status, 200, 'is a file of its own');
});

t.test('the best encoding that the browser takes', async (t) => {
  const page = new Page(built(t));
  for (const [accepted, encoding, body] of [
    ['gzip, deflate, br, zstd', 'br', 'br of it'],
    ['gzip, deflate', 'gzip', 'gzip of it'],
    ['GZIP;q=0.5', 'gzip', 'gzip of it'],
    ['br;q=0, gzip; q=0.0', undefined, '<!doctype html>'],
    ['brotli', undefined, '<!doctype html>'],
    ['', undefined, '<!doctype html>'],
  ] as const) {
    const { headers, body: sent } = asked(page, '/', { 'accept-encoding': accepted });
    t.equal(headers['content-encoding'], encoding, accepted);
    t.equal(sent, body, accepted);
  }
  t.equal(asked(page, '/sw.js', { 'accept-encoding': 'br' }).body, SCRIPT, 'not compressed: as it is');
});

t.test('what the browser has is not sent again, in the encoding in which it has it', async (t) => {
  const page = new Page(built(t));
  const { etag = '' } = asked(page, '/').headers;
  const { etag: ofBr = '' } = asked(page, '/', { 'accept-encoding': 'br' }).headers;
  t.not(etag, ofBr);
  for (const held of [etag, `W/${etag}`, `"x", ${etag}`]) {
    const { status, body, headers } = asked(page, '/', { 'if-none-match': held });
    t.same([status, body, headers['etag']], [304, '', etag], held);
    t.match(headers['content-security-policy'], /default-src 'none'/);
  }
  t.equal(asked(page, '/', { 'if-none-match': ofBr }).status, 200);
  t.equal(asked(page, '/', { 'if-none-match': etag.slice(1, -1) }).status, 200);
});

t.test('the page runs its own files and speaks to this broker alone', async (t) => {
  const page = new Page(built(t));
  const policyOf = (host: string): string[] =>
    (asked(page, '/', { host }).headers['content-security-policy'] ?? '').split('; ');
  t.same(policyOf('localhost:4500'), [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self' ws://localhost:4500 wss://localhost:4500",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]);
  t.ok(policyOf('[::1]:4500').includes("connect-src 'self' ws://[::1]:4500 wss://[::1]:4500"));
  // Over a unix socket nobody looks at it.
  for (const host of ["x; script-src 'unsafe-inline'", 'x *', 'x,y'])
    t.ok(policyOf(host).includes("connect-src 'self'"), host);
});

t.test('a page that is not built says so', async (t) => {
  const page = new Page(join(t.testdirName, 'none'));
  t.ok(page.has('/'));
  t.match(asked(page, '/'), { status: 404, body: /not built: npm run build/ });
});

t.test('a folder with too much in it is no page', async (t) => {
  const folder = t.testdir({ many: {}, big: {} });
  for (let i = 0; i < PAGE_FILES_MAX; i += 1) writeFileSync(join(folder, 'many', `${i}.txt`), '');
  t.ok(new Page(join(folder, 'many')).has(`/${PAGE_FILES_MAX - 1}.txt`));
  mkdirSync(join(folder, 'many', 'more'));
  writeFileSync(join(folder, 'many', 'more', 'x.txt'), '');
  t.throws(() => new Page(join(folder, 'many')), /more than 512 files/);
  writeFileSync(join(folder, 'big', 'x.txt'), Buffer.alloc(PAGE_BYTES_MAX));
  t.ok(new Page(join(folder, 'big')).has('/x.txt'));
  writeFileSync(join(folder, 'big', 'y.txt'), 'x');
  t.throws(() => new Page(join(folder, 'big')), /more than 16777216 bytes/);
});

const page = built(t);
withEachServer(
  t,
  'over HTTP: without a token, and nothing but the page',
  async (t, { url, port }) => {
    const host = `host: localhost:${port}`;
    const client = await RawClient.connect(url);
    client.write(head('HEAD /', host));
    const headOnly = await client.readThrough('\r\n\r\n');
    t.match(headOnly, /^HTTP\/1\.1 200 .*\r\ncontent-length: 15\r\n/is);
    t.match(headOnly, /\r\ncontent-security-policy: default-src 'none'; script-src 'self'; /i);
    for (const line of ['x-content-type-options: nosniff', 'x-frame-options: DENY'])
      t.match(headOnly.toLowerCase(), line.toLowerCase());
    client.write(head('GET /assets/main-abc123.js', host));
    t.match(
      await client.readThrough(BIG),
      /\r\ncontent-length: 300000\r\n/i,
      'whole, on the same connection',
    );
    const etag = /etag: (\S+)/i.exec(headOnly)?.[1] ?? '';
    client.write(head('GET /', host, `if-none-match: ${etag}`));
    t.match(await client.readThrough('\r\n\r\n'), /^HTTP\/1\.1 304 (?!.*content-length)/is);
    client.write(head('GET /sw.js', host, 'accept-encoding: br'));
    await client.readThrough(SCRIPT);
    client.vanish();
    for (const path of ['/../token', '/%2e%2e/token', '/assets/../../token', '/assets/..%2f..%2ftoken'])
      t.equal(await statusOf(url, `GET ${path}`, host), 400, path);
    t.equal(await statusOf(url, 'GET /token', host), 401);
    t.equal(await statusOf(url, 'POST /', host), 405);
    t.equal(await statusOf(url, 'GET /', 'host: example.com'), 403);
    t.equal(await statusOf(url, 'GET /', host, ...UPGRADE), 401, 'its WebSocket needs one');
  },
  { page },
);
