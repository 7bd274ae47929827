import type { Test } from 'tap';
import { HTTP_HEADER_BYTES_MAX, HTTP_HEADERS_MAX, HTTP_SOCKETS_MAX } from '../../broker/transports/limits.js';
import type { HttpResponse } from '../../broker/transports/transport.js';
import { upgradeRequest } from './raw-client.js';
import type { RawClient } from './raw-client.js';
import { Bystander } from './server.js';
import type { TestServer } from './server.js';

/** A request with a host, and `lines` on top. */
function get(path: string, ...lines: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'host: x', ...lines, '\r\n'].join('\r\n');
}

function upgradeWith(line: RegExp, replacement: string): string {
  return upgradeRequest().replace(line, replacement);
}

const CHUNKED = 'transfer-encoding: chunked';

/** What must reach no owner: the name, the request, and the status that the client is told (parsers differ in some). */
const UNSOUND: readonly (readonly [name: string, request: string, status: RegExp])[] = [
  ['no host', get('/', 'x: y').replace('host: x\r\n', ''), /400/],
  ['no host in an upgrade', upgradeWith(/host: .*\r\n/, ''), /400/],
  ['HTTP/1.0', get('/').replace('1.1', '1.0'), /505/],
  ['an upgrade in HTTP/1.0', upgradeWith(/1\.1/, '1.0'), /505/],
  ['HTTP/2', get('/').replace('1.1', '2.0'), /505/],
  ['another host in the target', get('http://elsewhere/'), /400|505/],
  ['another host in the target of an upgrade', upgradeWith(/GET \//, 'GET http://elsewhere/'), /400|505/],
  ['no path', get('elsewhere:80'), /400|505/],
  ['a method in lower case', get('/').replace('GET', 'get'), /400/],
  ['a method of its own', get('/').replace('GET', 'FETCH'), /400/],
  ['an empty segment', get('//healthz'), /400/],
  ['an empty segment at the end', get('/healthz//'), /400/],
  ['a segment "."', get('/./healthz'), /400/],
  ['a segment ".."', get('/a/../healthz'), /400/],
  ['a segment ".." at the end', get('/a/..'), /400/],
  ['an escaped letter', get('/%68ealthz'), /400/],
  ['an escaped dot', get('/a/%2e%2e/healthz'), /400/],
  ['a backslash', get('/a\\healthz'), /400/],
  ['a fragment', get('/healthz#?'), /400/],
  ['a path beyond ASCII', get('/h\u00e9'), /400/],
  ['two lengths', get('/', 'content-length: 0', 'content-length: 5'), /400/],
  ['a length and chunks', get('/', 'content-length: 5', CHUNKED), /400/],
  ['chunks twice', get('/', CHUNKED, CHUNKED), /400/],
  ['an encoding of its own', get('/', 'transfer-encoding: xchunked'), /400/],
  ['an encoding that is none', get('/', 'transfer-encoding: identity'), /400/],
  ['an upgrade with a body in chunks', upgradeRequest(CHUNKED), /400/],
  ['an upgrade with a body', upgradeRequest('content-length: 5'), /400/],
  ['an upgrade with POST', upgradeWith(/GET/, 'POST'), /400/],
  ['an upgrade of version 8', upgradeWith(/version: 13/, 'version: 8'), /426/],
  ['an upgrade of no version', upgradeWith(/sec-websocket-version.*\r\n/, ''), /426/],
  ['an upgrade of two versions', upgradeRequest('sec-websocket-version: 13'), /426/],
  ['an upgrade without a key', upgradeWith(/sec-websocket-key.*\r\n/, ''), /400/],
  ['an upgrade with a short key', upgradeWith(/key: ..../, 'key: '), /400/],
  ['an upgrade with a key that is no base64', upgradeWith(/key: ..../, 'key: !!!!'), /400/],
  ['an upgrade with two keys', upgradeRequest('sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='), /400/],
];

/** What every server makes of the head of a request, and how many of them it hears at one time. */
export function httpContract(suite: Test, server: TestServer): void {
  headerSubjects(suite, server);
  lateAnswerSubjects(suite, server);
  boundSubjects(suite, server);

  void suite.test('what is not sound reaches no owner', async (t) => {
    const before = server.hooks.asked.length;
    for (const [name, request, status] of UNSOUND) {
      const client = await server.dial(t);
      client.write(request);
      const answer = await client.readThrough('\r\n\r\n');
      if (!t.match(answer, new RegExp(`^HTTP/1.1 (${status.source}) `), name)) return;
      await client.ended;
    }
    t.equal(server.hooks.asked.length, before);
  });

  void suite.test('what is smuggled in behind it reaches none either', async (t) => {
    server.hooks.response = { status: 200, headers: {}, body: 'served.' };
    const before = server.hooks.asked.length;
    for (const [name, request] of UNSOUND) {
      const client = await server.dial(t);
      client.write(request + get('/smuggled'));
      await Promise.race([client.ended, client.readThrough('served.')]);
      if (!t.notOk(client.isOpen, name)) return;
      t.notMatch(client.unread, /HTTP\/1\.1 \d.*HTTP\/1\.1 \d/s, `${name}: one answer at most`);
    }
    t.equal(server.hooks.asked.length, before);
  });

  void suite.test('a refused upgrade is the last that is heard of its connection', async (t) => {
    server.hooks.refusal = { status: 401, headers: {}, body: 'who?' };
    for (const behind of [get('/smuggled'), `0\r\n\r\n${get('/smuggled')}`, upgradeRequest(), 'hello']) {
      const before = server.hooks.asked.length;
      const client = await server.dial(t);
      client.write(upgradeRequest() + behind);
      await client.ended;
      t.match(client.unread, /^(HTTP\/1\.1 401 .*who\?)?$/s, 'one answer at most');
      t.equal(server.hooks.asked.length, before + 1);
    }
    server.hooks.refusal = null;
  });

  void suite.test('the end of a body is found, and the next request is where it ends', async (t) => {
    server.hooks.response = { status: 200, headers: {}, body: 'served.' };
    const client = await server.dial(t);
    const inside = get('/smuggled');
    const chunk = `${inside.length.toString(16)}\r\n${inside}\r\n0\r\n\r\n`;
    client.write(get('/', CHUNKED).replace('GET', 'POST') + chunk + get('/next'));
    await client.readThrough('served.');
    await client.readThrough('served.');
    t.strictSame(
      server.hooks.asked.slice(-2).map(({ path }) => path),
      ['/', '/next'],
    );
  });
}

function lateAnswerSubjects(suite: Test, server: TestServer): void {
  void suite.test('an answer that comes later reaches whoever still waits for it', async (t) => {
    const bystander = await Bystander.join(t, server);
    let answer: (response: HttpResponse) => void = () => {};
    server.hooks.response = new Promise((resolve) => (answer = resolve));
    const ask = async (request: string): Promise<RawClient> => {
      const client = await server.dial(t);
      const asked = new Promise<void>((resolve) => (server.hooks.onAsked = resolve));
      client.write(request);
      await asked;
      return client;
    };
    const stays = await ask(get('/'));
    const head = await ask(get('/').replace('GET', 'HEAD'));
    const other = await ask(get('/', 'connection: upgrade', 'upgrade: other'));
    for (const request of [get('/'), get('/', 'connection: upgrade', 'upgrade: other')]) {
      const gone = await ask(request);
      gone.vanish();
      await gone.ended;
    }
    t.ok(await bystander.isServed(), 'nobody waits for it');
    t.equal(stays.unread, '');
    answer({ status: 418, headers: { 'x-late': 'yes' }, body: 'at last.' });
    for (const client of [stays, other])
      t.match(await client.readThrough('at last.'), /^HTTP\/1\.1 418 .*x-late: yes/is);
    t.match(await head.readThrough('\r\n\r\n'), /^HTTP\/1\.1 418 .*content-length: 8/is);
    server.hooks.response = { status: 200, headers: {}, body: 'next.' };
    head.write(get('/next'));
    t.match(await head.readThrough('next.'), /^HTTP\/1\.1 200 /, 'HEAD has no body');
    t.ok(await bystander.isServed());
  });
}

function headerSubjects(suite: Test, server: TestServer): void {
  const twice = ['host: b', 'Authorization: 1', 'authorization: 2', 'ORIGIN: ', 'origin: o', 'origin: o'];
  const protocols = ['sec-websocket-protocol: v1, v2', 'sec-websocket-protocol: v3'];
  for (const [name, request, mark] of [
    ['a plain request', get('/a', ...twice, ...protocols), 'plain.'],
    ['an upgrade', upgradeRequest(...twice, ...protocols).replace('localhost', 'x'), 'HTTP/1.1 101 '],
  ] as const) {
    void suite.test(`each value of a name is told apart, in ${name}`, async (t) => {
      server.hooks.response = { status: 200, headers: {}, body: 'plain.' };
      const client = await server.dial(t);
      client.write(request);
      await client.readThrough(mark);
      const asked = server.hooks.asked.at(-1);
      t.strictSame(asked?.headers('host'), ['x', 'b']);
      t.equal(asked?.header('host'), 'x, b');
      t.strictSame(asked?.headers('authorization'), ['1', '2']);
      t.strictSame(asked?.headers('origin'), ['', 'o', 'o']);
      t.strictSame(asked?.headers('sec-websocket-protocol'), ['v1, v2', 'v3']);
      t.strictSame(asked?.headers('x-absent'), []);
    });
  }

  void suite.test('a value that is empty or beyond ASCII is there', async (t) => {
    for (const value of ['', '\u00e9', 'a\u00e9b']) {
      const client = await server.dial(t);
      client.write(get('/', `origin: ${value}`));
      await client.readThrough('HTTP/1.1 200 ');
      const asked = server.hooks.asked.at(-1);
      t.equal(asked?.headers('origin').length, 1);
      t.not(asked?.header('origin'), undefined);
    }
  });

  void suite.test('what only looks like an upgrade is a plain request', async (t) => {
    server.hooks.response = { status: 200, headers: {}, body: 'plain.' };
    for (const request of [
      upgradeWith(/connection: .*\r\n/, ''),
      upgradeWith(/connection: .*\r\n/, 'connection: keep-alive, upgrades\r\n'),
      upgradeWith(/upgrade: websocket/, 'upgrade: websockets'),
    ]) {
      const client = await server.dial(t);
      client.write(request);
      t.match(await client.readThrough('\r\n\r\n'), /^HTTP\/1.1 200 /);
    }
  });

  void suite.test('an upgrade is found among other options of the connection', async (t) => {
    const client = await server.dial(t);
    client.write(upgradeWith(/connection: .*\r\n/, 'connection: keep-alive,UPGRADE\r\n'));
    await client.readThrough('HTTP/1.1 101 ');
  });

  void suite.test('a line that is no header hides none', async (t) => {
    const bystander = await Bystander.join(t, server);
    const before = server.hooks.asked.length;
    for (const line of ['origin : x', ' origin: x', 'origin', 'a: \0', 'a@b: c', 'a: b\rorigin: x']) {
      (await server.dial(t)).write(get('/', line));
    }
    t.ok(await bystander.isServed());
    t.equal(server.hooks.asked.length, before);
  });
}

/** A request whose head has so many bytes. */
function ofBytes(bytes: number): string {
  const bare = get('/', 'x: ').length;
  return get('/', `x: ${'y'.repeat(bytes - bare)}`);
}

/** A request with so many header lines. */
function ofLines(count: number): string {
  return get('/', ...Array.from({ length: count - 1 }, (_, i) => `${i}:0`));
}

function boundSubjects(suite: Test, server: TestServer): void {
  void suite.test('a head may have so many bytes and lines, and none is dropped', async (t) => {
    server.hooks.response = { status: 200, headers: {}, body: 'served.' };
    for (const [request, served] of [
      [ofBytes(HTTP_HEADER_BYTES_MAX), true],
      [ofBytes(HTTP_HEADER_BYTES_MAX + 1), false],
      [ofLines(HTTP_HEADERS_MAX), true],
      [ofLines(HTTP_HEADERS_MAX + 1), false],
      [ofLines(2_500), false],
    ] as const) {
      const client = await server.dial(t);
      client.write(request);
      const answer = await client.readThrough('\r\n\r\n');
      if (!t.match(answer, served ? /^HTTP\/1.1 200 / : /^HTTP\/1.1 431 /)) return;
      if (!served) await client.ended;
    }
    const lines = server.hooks.asked.at(-1);
    t.strictSame(lines?.headers(String(HTTP_HEADERS_MAX - 2)), ['0'], 'the last one too');
  });

  void suite.test('a head of the most bytes may come in pieces', async (t) => {
    const bystander = await Bystander.join(t, server);
    const client = await server.dial(t);
    const request = ofBytes(HTTP_HEADER_BYTES_MAX);
    for (const at of [0, 8_000, request.length - 1]) {
      client.write(request.slice(at, at === 0 ? 8_000 : at === 8_000 ? -1 : undefined));
      t.ok(await bystander.isServed());
    }
    await client.readThrough('HTTP/1.1 200 ');
  });
}

/** On a server of its own: how many sockets may be there that are no WebSockets. */
export async function socketsBound(t: Test, server: TestServer): Promise<void> {
  server.hooks.response = { status: 200, headers: {}, body: 'served.' };
  const bystander = await Bystander.join(t, server);
  const silent = [await server.dial(t)];
  while (silent.length < HTTP_SOCKETS_MAX) silent.push(await server.dial(t));
  const [first, second] = silent;
  const last = silent.at(-1);
  last?.write(get('/'));
  await Promise.race([last?.readThrough('served.'), last?.ended]);
  if (!t.ok(last?.isOpen, 'so many are heard')) return;

  t.notOk(await isHeard(t, server), 'one beyond is closed unheard');
  t.ok(await bystander.isServed());
  await first?.upgrade();
  t.ok(await isHeard(t, server), 'a WebSocket leaves its place');

  second?.vanish();
  // The server learns of it when it looks at that socket, which may be after the next one has come.
  while (!(await isHeard(t, server)));
  first?.vanish();
  t.ok(await bystander.isServed(), 'one that ends leaves it too');
}

/** Whether one more connection is answered; it stays open. */
async function isHeard(t: Test, server: TestServer): Promise<boolean> {
  // Under TLS the one that is not wanted does not get through its handshake.
  const client = await server.dial(t).catch(() => null);
  client?.write(get('/'));
  await Promise.race([client?.readThrough('served.'), client?.ended]);
  return client?.isOpen ?? false;
}
