import t from 'tap';
import { statusOf, UPGRADE } from './raw-request.js';
import { withEachServer } from './stage.js';

/** A name that was made to point here comes with the request, and nothing else tells it where no token is asked for. */
const NO_TOKEN = { noAuth: true };

function namesOfOthers(port: string): string[] {
  return [
    'evil.example',
    `evil.example:${port}`,
    `localhost.evil.example:${port}`,
    `127.0.0.1.evil.example:${port}`,
    `127.0.0.1.nip.io:${port}`,
    `localhost.:${port}`,
    `127.0.0.1.:${port}`,
    `0.0.0.0:${port}`,
    `[::]:${port}`,
    `2130706433:${port}`,
    `0x7f.1:${port}`,
    `127.1:${port}`,
    `localhost:${port}@evil.example`,
    `evil.example#localhost:${port}`,
    `localhost:${port},evil.example`,
    `localhost:${port}/evil.example`,
    `xlocalhost:${port}`,
    '',
  ];
}

withEachServer(
  t,
  'a name that was made to point here reaches no route',
  async (t, { url, port }) => {
    for (const name of namesOfOthers(port))
      for (const [line, ...lines] of [
        ['GET /healthz'],
        ['GET /metrics'],
        ['POST /pair', 'authorization: Pairing 0000-0000'],
        ['GET /', ...UPGRADE],
        ['GET /rpc', ...UPGRADE],
      ] as const) {
        const status = await statusOf(url, line, `host: ${name}`, ...lines);
        t.ok([400, 403].includes(status), `${line} of ${name === '' ? 'an empty Host' : name}: ${status}`);
      }
    for (const name of [`localhost:${port}`, `127.0.0.1:${port}`, `LocalHost:${port}`, `[::1]:${port}`])
      t.equal(await statusOf(url, 'GET /', `host: ${name}`, ...UPGRADE), 101, name);
  },
  NO_TOKEN,
);

withEachServer(
  t,
  'a proxy that sends two Hosts, or one in the target, is not believed',
  async (t, { url, port }) => {
    const good = `host: localhost:${port}`;
    for (const lines of [
      [good, 'host: evil.example'],
      ['host: evil.example', good],
      [good, good],
      ['accept: none'],
    ]) {
      const name = lines.join(' + ');
      const plain = await statusOf(url, 'GET /metrics', ...lines);
      t.ok([400, 403].includes(plain), `${name}: ${plain}`);
      const upgrade = await statusOf(url, 'GET /', ...lines, ...UPGRADE);
      t.ok([400, 403].includes(upgrade), `upgrade, ${name}: ${upgrade}`);
    }
    for (const target of [
      `http://localhost:${port}/metrics`,
      'http://evil.example/metrics',
      '//evil.example/',
    ])
      t.ok([400, 505].includes(await statusOf(url, `GET ${target}`, good)), target);
  },
  NO_TOKEN,
);
