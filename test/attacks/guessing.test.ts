import t from 'tap';
import { Access } from '../../broker/access/access.js';
import { AllowedNames } from '../../broker/access/names.js';
import {
  LOGIN_ADDRESSES_MAX,
  LOGIN_FAILURES_MAX,
  LOGIN_FAILURES_MS,
  PAIRING_FAILURES_MAX,
  PAIRING_MS_MAX,
} from '../../protocol/limits.js';
import { access, bearer, HeldToken, outcome, request } from '../access/asking.js';
import { ask } from '../cli/ask.js';
import { FakeClock } from '../sim/clock.js';
import { RawClient } from '../transports/raw-client.js';
import { answerTo, head, statusOf, UPGRADE } from './raw-request.js';
import { withEachServer } from './stage.js';
import type { Stage } from './stage.js';

function tokenLines({ port }: Stage, token: string): string[] {
  return [`host: localhost:${port}`, `authorization: Bearer ${token}`];
}

function pairing(url: string, code: string): ReturnType<typeof ask> {
  return ask(url, '/pair', { method: 'POST', headers: { authorization: `Pairing ${code}` } });
}

withEachServer(
  t,
  'wrong tokens by the thousand are slowed down, and the owner still gets in',
  async (t, stage) => {
    const { url, token } = stage;
    const client = await RawClient.connect(url);
    let seen = '';
    for (let i = 0; i < LOGIN_FAILURES_MAX; i += 1) {
      client.write(head('GET /metrics', ...tokenLines(stage, `guess-${i}`)));
      seen += await client.readThrough('good\n');
    }
    t.equal(seen.match(/HTTP\/1.1 401 /g)?.length, LOGIN_FAILURES_MAX);
    client.vanish();
    const late = await answerTo(url, head('GET /metrics', ...tokenLines(stage, 'one-more')));
    t.equal(late.status, 429);
    t.match(late.head, /retry-after: 60\r\n/i);
    t.equal(await statusOf(url, 'GET /', ...tokenLines(stage, 'one-more'), ...UPGRADE), 429, 'upgrades too');
    t.equal(await statusOf(url, 'GET /', ...tokenLines(stage, token.token), ...UPGRADE), 101, 'the owner');
    const { token: device } = await stage.device('observer');
    t.equal(await statusOf(url, 'GET /', ...tokenLines(stage, device), ...UPGRADE), 101, 'and a device');
    stage.clock.tick(LOGIN_FAILURES_MS - 1);
    while (stage.clock.tick(LOGIN_FAILURES_MS - 1));
    t.equal(await statusOf(url, 'GET /', ...tokenLines(stage, 'too-early'), ...UPGRADE), 429);
    while (stage.clock.tick(LOGIN_FAILURES_MS));
    t.equal(await statusOf(url, 'GET /', ...tokenLines(stage, 'in-time'), ...UPGRADE), 401, 'counted anew');
  },
);

withEachServer(t, 'a token of any length is a wrong one, and is not kept', async (t, stage) => {
  const { url, token } = stage;
  for (const length of [1, 8_000, 15_000])
    t.equal(
      await statusOf(url, 'GET /', ...tokenLines(stage, 'x'.repeat(length)), ...UPGRADE),
      401,
      String(length),
    );
  const huge = await answerTo(url, head('GET /', ...tokenLines(stage, 'x'.repeat(1024 * 1024)), ...UPGRADE));
  t.ok([0, 431].includes(huge.status), `a megabyte: ${huge.status}`);
  const many = await answerTo(
    url,
    head(
      'GET /',
      ...tokenLines(stage, token.token),
      ...UPGRADE,
      `sec-websocket-protocol: ${'bearer.x,'.repeat(1_500)}`,
    ),
  );
  t.equal(many.status, 401, 'more tokens than one');
});

t.test('what is remembered of those who guess is bounded', async (t) => {
  const { access: door } = access();
  for (let i = 0; i < LOGIN_FAILURES_MAX; i += 1) door.admit(bearer('wrong', '9.9.9.9'), 'token');
  t.equal(outcome(door.admit(bearer('wrong', '9.9.9.9'), 'token')), 429);
  const from = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  for (let i = 0; i < LOGIN_ADDRESSES_MAX - 1; i += 1) door.admit(bearer('wrong', from(i)), 'token');
  t.equal(outcome(door.admit(bearer('wrong', '9.9.9.9'), 'token')), 429, 'as long as there is room');
  for (let i = 0; i < LOGIN_ADDRESSES_MAX; i += 1)
    door.admit(bearer('wrong', from(LOGIN_ADDRESSES_MAX + i)), 'token');
  t.equal(
    outcome(door.admit(bearer('wrong', '9.9.9.9'), 'token')),
    401,
    'the one that was longest quiet is forgotten',
  );
});

t.test('an address is one, however it is written', async (t) => {
  const { access: door } = access();
  for (let i = 0; i < LOGIN_FAILURES_MAX; i += 1)
    door.admit(bearer('wrong', i % 2 === 0 ? '1.2.3.4' : '::ffff:1.2.3.4'), 'token');
  for (const address of ['1.2.3.4', '::ffff:1.2.3.4', '::FFFF:1.2.3.4'])
    t.equal(outcome(door.admit(bearer('wrong', address), 'token')), 429, address);
  t.equal(outcome(door.admit(bearer('wrong', '1.2.3.5'), 'token')), 401, 'its neighbour is another');
});

withEachServer(t, 'a pairing code is good once, for one, and in its time', async (t, stage) => {
  const { url, access: door } = stage;
  const { code } = door.pairings.begin('phone', 'observer');
  const both = await Promise.all([pairing(url, code), pairing(url, code), pairing(url, code.toLowerCase())]);
  t.same(
    both.map(({ status }) => status).toSorted((one, other) => one - other),
    [200, 401, 401],
    'one of three at once',
  );
  t.equal((await pairing(url, code)).status, 401, 'twice');
  const late = door.pairings.begin('late', 'observer').code;
  while (stage.clock.tick(PAIRING_MS_MAX));
  t.equal((await pairing(url, late)).status, 401, 'late');
  t.equal((await pairing(url, '')).status, 401, 'none');
  t.equal(door.devices.all.length, 1);
});

withEachServer(t, 'a pairing code is not guessed', async (t, stage) => {
  const { url, access: door, port } = stage;
  const { code } = door.pairings.begin('phone', 'controller');
  const guess = head('POST /pair', `host: localhost:${port}`, 'authorization: Pairing 0000-0000');
  const client = await RawClient.connect(url);
  client.write(
    guess.repeat(3 * LOGIN_FAILURES_MAX) + head('GET /none', `host: localhost:${port}`, 'connection: close'),
  );
  await client.ended;
  t.ok((client.unread.match(/HTTP\/1.1 401 /g) ?? []).length <= LOGIN_FAILURES_MAX + 1, 'all in one piece');
  for (let i = 0; i < LOGIN_FAILURES_MAX; i += 1) await answerTo(url, guess);
  t.equal((await pairing(url, code)).status, 429, 'nor tried by who has guessed, should it be right');
  while (stage.clock.tick(LOGIN_FAILURES_MS));
  t.equal((await pairing(url, code)).status, 200, 'a minute later it is');
});

t.test('nor from many addresses', async (t) => {
  const clock = new FakeClock();
  const names = new AllowedNames({ origins: [], hosts: [], publicUrl: null });
  const door = new Access({ names, token: new HeldToken(), clock });
  const { code } = door.pairings.begin('phone', 'controller');
  for (let i = 0; i < PAIRING_FAILURES_MAX; i += 1) await door.pairings.redeem(`guess${i}`);
  t.equal(await door.pairings.redeem(code), null);
  t.equal(outcome(door.admit(request(), 'code')), 'anyone');
});
