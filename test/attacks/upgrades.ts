import type { Chance } from './chance.js';

/** What may stand in a request besides. */
const LINES: readonly [string, ...string[]] = [
  'origin: https://evil.example',
  'origin: null',
  'host: evil.example',
  'authorization: Bearer wrong',
  'authorization: Basic b3duZXI6eA==',
  'sec-websocket-protocol: threadcast.v1.json',
  'sec-websocket-protocol: bearer.wrong, threadcast.v1.msgpack',
  'sec-websocket-extensions: permessage-deflate; client_max_window_bits',
  'sec-websocket-version: 8',
  'sec-websocket-key: short',
  'content-length: 5',
  'content-length: -1',
  'content-length: 5, 5',
  'transfer-encoding: chunked',
  'transfer-encoding: identity, chunked',
  'expect: 100-continue',
  'connection: close',
  'connection: keep-alive, HTTP2-Settings',
  'upgrade: h2c',
  'x-forwarded-for: 127.0.0.1',
  'x-forwarded-host: localhost',
  'forwarded: for=unix:;host=localhost',
  'cookie: token=x',
  ' folded: line',
  'no colon at all',
  ': no name',
  'x: \u0000',
  `x: ${'y'.repeat(9_000)}`,
];
const TARGETS: readonly [string, ...string[]] = [
  '/',
  '/rpc',
  '/metrics',
  '/pair',
  '/none',
  '/rpc?token=x',
  '//rpc',
  '/%72pc',
  '/../rpc',
  '*',
  'http://localhost/rpc',
  '',
];
const METHODS: readonly [string, ...string[]] = ['POST', 'HEAD', 'OPTIONS', 'CONNECT', 'PRI', 'get', ''];
const VERSIONS: readonly [string, ...string[]] = ['HTTP/1.0', 'HTTP/2.0', 'http/1.1', ''];
const ENDS: readonly [string, ...string[]] = ['\n', '\r', '\r\n\r\n'];

const BEHIND: readonly [string] = ['GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'];

/** A request for a WebSocket of somebody who has no token, more or less as it should be. */
export function drawnUpgrade(chance: Chance, port: string): Buffer {
  const odd = (plain: string, others: readonly [string, ...string[]], share: number): string =>
    chance.percent(share) ? chance.oneOf(others) : plain;
  const line = `${odd('GET', METHODS, 10)} ${odd('/', TARGETS, 40)} ${odd('HTTP/1.1', VERSIONS, 5)}`;
  const lines = [
    line,
    `host: localhost:${port}`,
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  for (let left = chance.below(4); left > 0; left -= 1)
    lines.splice(1 + chance.below(lines.length), chance.percent(20) ? 1 : 0, chance.oneOf(LINES));
  const head = lines.join(odd('\r\n', ENDS, 5));
  return Buffer.from(`${head}\r\n\r\n${odd('', BEHIND, 20)}`, 'latin1');
}
