import tap from 'tap';
import { endpointUrl, parseEndpoint } from '../../broker/transports/endpoint.js';
import { ListenError } from '../../broker/transports/transport.js';

void tap.test('an endpoint is read from its URL, and written back', async (t) => {
  for (const [url, endpoint] of [
    ['ws://127.0.0.1:4500', { kind: 'tcp', host: '127.0.0.1', port: 4500, tls: false }],
    ['ws://localhost:0', { kind: 'tcp', host: 'localhost', port: 0, tls: false }],
    ['ws://[::1]:65535', { kind: 'tcp', host: '::1', port: 65_535, tls: false }],
    ['wss://pc.example:443', { kind: 'tcp', host: 'pc.example', port: 443, tls: true }],
    ['unix:///run/a b/x.sock', { kind: 'unix', path: '/run/a b/x.sock' }],
  ] as const) {
    t.strictSame(parseEndpoint(url), endpoint);
    t.equal(endpointUrl(endpoint), url);
  }
  const bare = { kind: 'tcp', host: 'host', port: 1, tls: true };
  t.strictSame(parseEndpoint('WSS://host:1/'), bare, 'upper case and a final slash may be');
});

void tap.test('a relative socket path is one in the working directory', async (t) => {
  t.strictSame(parseEndpoint('unix://x.sock'), { kind: 'unix', path: `${process.cwd()}/x.sock` });
});

void tap.test('the real port replaces the one asked for', async (t) => {
  t.equal(endpointUrl({ kind: 'tcp', host: '::1', port: 0, tls: false }, 99), 'ws://[::1]:99');
});

void tap.test('anything else is refused in one line', async (t) => {
  for (const url of [
    '',
    '4500',
    'ws://',
    'ws://127.0.0.1',
    'ws://127.0.0.1:',
    'ws://127.0.0.1:65536',
    'ws://127.0.0.1:4500/path',
    'ws://user@127.0.0.1:4500',
    'ws://::1:4500',
    'wss://127.0.0.1',
    'https://127.0.0.1:4500',
    'wsss://127.0.0.1:4500',
    'http://127.0.0.1:4500',
    'unix://',
    'unix:///a\0b',
    'ws://a:1\nx',
  ]) {
    const refused = t.throws(() => parseEndpoint(url), ListenError);
    t.match(refused, {
      message: /^cannot listen on ".*": it is no ws:\/\/HOST:PORT, wss:\/\/HOST:PORT or unix:\/\/PATH$/,
    });
  }
});
