import t from 'tap';
import { RawClient } from '../transports/raw-client.js';
import { answerTo, head, statusOf, UPGRADE } from './raw-request.js';
import { withEachServer } from './stage.js';

/** Nothing but its `Origin` tells a web page from the owner's own tools where no token is asked for. */
const NO_TOKEN = { noAuth: true };

/** Where pages come from that are not the broker's own. */
function strangers(port: string): string[] {
  return [
    'null',
    '',
    'file://',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'https://evil.example',
    `http://evil.example:${port}`,
    `https://localhost:${port}`,
    'http://localhost',
    `http://localhost:${Number(port) - 1}`,
    `http://localhost:${port}0`,
    `http://localhost:${port}.evil.example`,
    `http://localhost.evil.example:${port}`,
    `http://evil-localhost:${port}`,
    `http://127.0.0.1.evil.example:${port}`,
    `http://127.0.0.2:${port}`,
    `http://localhost:${port}@evil.example`,
    `http://localhost:${port}/`,
    `http://localhost:${port} http://evil.example`,
    `HTTP://EVIL.EXAMPLE:${port}`,
  ];
}

withEachServer(
  t,
  'a page of another site opens no WebSocket',
  async (t, { url, port }) => {
    const host = `host: localhost:${port}`;
    const open = (...lines: string[]): Promise<number> => statusOf(url, 'GET /', host, ...UPGRADE, ...lines);
    for (const origin of strangers(port)) t.equal(await open(`origin: ${origin}`), 403, origin);
    const own = `origin: http://localhost:${port}`;
    t.equal(await open(own, 'origin: https://evil.example'), 403, 'two, its own first');
    t.equal(await open('origin: https://evil.example', own), 403, 'two, its own last');
    t.equal(await open(own), 101, 'its own page may');
    t.equal(await open(), 101, 'and what is no browser');
  },
  NO_TOKEN,
);

withEachServer(
  t,
  'a page of another site reads nothing, and is told by no header that it may',
  async (t, { url, port }) => {
    const ask = (line: string, ...lines: string[]): ReturnType<typeof answerTo> =>
      answerTo(url, head(line, `host: localhost:${port}`, 'origin: https://evil.example', ...lines));
    const preflight = [
      'access-control-request-method: POST',
      'access-control-request-headers: authorization',
    ];
    for (const path of ['/', '/rpc', '/metrics', '/healthz', '/readyz', '/pair', '/none'])
      for (const line of [`GET ${path}`, `HEAD ${path}`, `POST ${path}`, `OPTIONS ${path}`]) {
        const answer = await ask(line, ...(line.startsWith('OPTIONS') ? preflight : []));
        t.equal(answer.status, 403, line);
        t.notMatch(answer.head, /access-control-/i, line);
      }
    const own = await answerTo(url, head('GET /metrics', `host: localhost:${port}`));
    t.match(own.head, /^HTTP\/1.1 200 .*x-frame-options: DENY/is);
    t.match(own.head, /content-security-policy: default-src 'none'/i);
    t.notMatch(own.head, /access-control-/i);
  },
  NO_TOKEN,
);

withEachServer(
  t,
  'its own page is paired, and comes in with what it was given',
  async (t, { access, url, port }) => {
    const { code } = access.pairings.begin('my phone', 'controller');
    const host = `host: localhost:${port}`;
    const redeem = (origin: string): Promise<number> =>
      statusOf(url, 'POST /pair', host, `origin: ${origin}`, `authorization: Pairing ${code}`);
    t.equal(await redeem('https://evil.example'), 403);
    const client = await RawClient.connect(url);
    const own = `origin: http://localhost:${port}`;
    client.write(head('POST /pair', host, own, `authorization: Pairing ${code}`, 'content-length: 0'));
    const answer = (await client.readThrough('\r\n\r\n')) + (await client.readThrough('}'));
    client.vanish();
    t.match(answer, /^HTTP\/1\.1 200 /);
    const { token } = JSON.parse(answer.slice(answer.indexOf('{'))) as { token: string };
    const offered = `sec-websocket-protocol: threadcast.v1.json, bearer.${token}`;
    const opened = await answerTo(url, head('GET /', host, own, ...UPGRADE, offered));
    t.equal(opened.status, 101);
    t.match(opened.head, /sec-websocket-protocol: threadcast\.v1\.json\r\n/i, 'the token is not said back');
  },
);
