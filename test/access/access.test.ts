import t from 'tap';
import type { Credential } from '../../broker/access/credential.js';
import { LOGIN_FAILURES_MAX, LOGIN_FAILURES_MS } from '../../protocol/limits.js';
import { access, bearer, HeldToken, outcome, request } from './asking.js';

const HOST = ['host', 'localhost:4500'] as const;

void t.test('over TCP a token has to be shown, over a unix socket none', async (t) => {
  const token = new HeldToken();
  const { access: door } = access(token);
  const shown = (...headers: [string, string][]): number | string =>
    outcome(door.admit(request([HOST, ...headers]), 'token'));
  t.equal(shown(['authorization', `Bearer ${token.token}`]), 'owner');
  t.equal(shown(['authorization', `bearer  ${token.token} `]), 'owner', 'as RFC 9110 has it');
  t.equal(shown(['sec-websocket-protocol', `threadcast.v1.json, bearer.${token.token}`]), 'owner');
  t.equal(shown(['sec-websocket-protocol', `bearer.${token.token}`]), 'owner');
  for (const value of [
    '',
    'Bearer',
    'Bearer ',
    `Basic ${token.token}`,
    token.token,
    `Bearer ${token.token} x`,
  ])
    t.equal(shown(['authorization', value]), 401, `"${value.replace(token.token, 'TOKEN')}"`);
  for (const value of [
    `bearer.${token.token}x`,
    'bearer.',
    `Bearer.${token.token}`,
    `x.bearer.${token.token}`,
  ])
    t.equal(shown(['sec-websocket-protocol', value]), 401);
  t.equal(shown(), 401, 'none');
  t.equal(
    shown(['authorization', `Bearer ${token.token}`], ['sec-websocket-protocol', `bearer.${token.token}`]),
    401,
    'two',
  );
  t.equal(outcome(door.admit(request([], { address: 'unix' }), 'token')), 'owner');
  t.equal(outcome(door.admit(request([HOST]), 'nothing')), 'anyone');
});

void t.test('who comes over TCP is remote, from loopback too', async (t) => {
  const token = new HeldToken();
  const { access: door } = access(token);
  t.match(door.admit(bearer(token.token), 'token'), { as: { role: 'owner', remote: true } });
  t.match(door.admit(request([], { address: 'unix' }), 'token'), { as: { role: 'owner', remote: false } });
  const { access: open } = access(null);
  t.match(open.admit(request(), 'token'), { as: { role: 'owner', remote: true } }, 'without tokens');
});

void t.test('names are looked at whatever is shown', async (t) => {
  const token = new HeldToken();
  for (const { access: door } of [access(token), access(null)])
    for (const need of ['nothing', 'token', 'code'] as const) {
      const asked = request([
        ['host', 'evil.example'],
        ['authorization', `Bearer ${token.token}`],
      ]);
      t.equal(outcome(door.admit(asked, need)), 403, need);
    }
});

void t.test('wrong tokens of one address are counted, and hold nobody up who has a good one', async (t) => {
  const token = new HeldToken();
  const { access: door, clock } = access(token);
  const tries = Array.from({ length: LOGIN_FAILURES_MAX }, () =>
    outcome(door.admit(bearer('wrong'), 'token')),
  );
  t.same(new Set(tries), new Set([401]), 'as many as there may be');
  const beyond = door.admit(bearer('wrong'), 'token');
  t.match(beyond, { refuse: { status: 429, headers: { 'retry-after': String(LOGIN_FAILURES_MS / 1000) } } });
  t.equal(outcome(door.admit(request([HOST]), 'code')), 'anyone', 'a pairing code may be tried');
  for (let tries = 0; tries < LOGIN_FAILURES_MAX; tries += 1) {
    t.equal(outcome(door.admit(request([HOST]), 'code')), 'anyone');
    door.wrongCode(request([HOST]));
  }
  t.equal(outcome(door.admit(request([HOST]), 'code')), 429, 'so many wrong ones');
  t.equal(outcome(door.admit(bearer(token.token), 'token')), 'owner', 'nobody can lock the owner out');
  t.equal(outcome(door.admit(bearer('wrong', '10.0.0.9'), 'token')), 401, 'another address');
  t.equal(outcome(door.admit(request(), 'token')), 401, 'no token is no guess');
  clock.tick(LOGIN_FAILURES_MS - 1);
  t.equal(outcome(door.admit(bearer('wrong'), 'token')), 429, 'just before the time is over');
  clock.tick(LOGIN_FAILURES_MS);
  t.equal(outcome(door.admit(bearer('wrong'), 'token')), 401);
});

void t.test('a token that is rotated, or read anew, takes the old one back', async (t) => {
  const token = new HeldToken();
  const { access: door } = access(token);
  const taken: ((credential: Credential) => boolean)[] = [];
  door.onTaken((isTaken) => taken.push(isTaken));
  const first = token.token;
  const end = door.rotate();
  t.same(taken, [], 'whoever asked for it is answered first');
  end();
  t.equal(outcome(door.admit(bearer(first), 'token')), 401);
  t.equal(outcome(door.admit(bearer(token.token), 'token')), 'owner');
  const owner = { id: 'owner', name: 'owner', role: 'owner', remote: true } as const;
  t.same(
    [owner, { ...owner, remote: false }, { ...owner, id: 'a device' }].map((one) => taken[0]?.(one)),
    [true, false, false],
    'not those of this machine, nor the devices',
  );
  door.reload();
  t.equal(taken.length, 1, 'the same token is no news');
  token.token = 'by-hand'.padEnd(43, 'y');
  door.reload();
  t.equal(taken.length, 2);
  t.equal(outcome(door.admit(bearer(token.token), 'token')), 'owner');
  token.read = () => {
    throw new Error('half of it');
  };
  t.throws(() => door.reload(), 'half of it');
  t.equal(outcome(door.admit(bearer(token.token), 'token')), 'owner', 'the old one stays');
});

void t.test('a device has a token of its own until that is taken back', async (t) => {
  const { access: door, store } = access();
  const [device, token] = await door.devices.add('phone', 'observer', 0);
  t.notMatch(JSON.stringify(store.devices), token, 'only its digest is kept');
  t.match(door.admit(bearer(token), 'token'), {
    as: { id: device.deviceId, name: 'phone', role: 'observer', remote: true },
  });
  const taken: ((credential: Credential) => boolean)[] = [];
  door.onTaken((isTaken) => taken.push(isTaken));
  let release = (): void => {};
  store.disk = new Promise((resolve) => (release = resolve));
  const revoked = door.revoke(device.deviceId);
  t.equal(outcome(door.admit(bearer(token), 'token')), 401, 'at once, whatever the disk does');
  t.ok(taken[0]?.({ id: device.deviceId, name: '', role: 'observer', remote: true }));
  t.notOk(taken[0]?.({ id: 'another', name: '', role: 'observer', remote: true }));
  release();
  t.equal((await revoked)?.name, 'phone');
  t.same(store.devices, []);
  t.equal(await door.revoke(device.deviceId), null, 'a second time');
});

void t.test('a device whose revocation cannot be written is out, and can be revoked again', async (t) => {
  const { access: door, store } = access();
  const [device, token] = await door.devices.add('phone', 'controller', 0);
  store.failure = new Error('no space left');
  await t.rejects(door.revoke(device.deviceId), { message: /could not be written/ });
  t.equal(outcome(door.admit(bearer(token), 'token')), 401);
  t.same(door.devices.all, [device]);
  store.failure = null;
  t.equal((await door.revoke(device.deviceId))?.deviceId, device.deviceId);
  t.same(store.devices, []);
});

void t.test('before the devices are known no device is called a stranger', async (t) => {
  const { access: door } = access();
  const [, token] = await door.devices.add('phone', 'controller', 0);
  const early = access();
  t.equal(outcome(early.access.admit(bearer(token), 'token')), 401, 'of another broker');
  const { Access } = await import('../../broker/access/access.js');
  const { AllowedNames } = await import('../../broker/access/names.js');
  const names = new AllowedNames({ origins: [], hosts: [], publicUrl: null });
  const starting = new Access({ names, token: new HeldToken(), clock: early.clock });
  t.equal(outcome(starting.admit(bearer(token), 'token')), 503);
});
