import t from 'tap';
import { DEVICES_MAX, PAIRING_FAILURES_MAX, PAIRING_MS_MAX, PAIRINGS_MAX } from '../../protocol/limits.js';
import { access } from './asking.js';

void t.test('a code makes one device, once', async (t) => {
  const { access: door, store } = access();
  const { code, expiresAt } = door.pairings.begin('phone', 'observer');
  t.match(code, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  t.equal(expiresAt, new Date(PAIRING_MS_MAX).toISOString());
  const waiting = door.pairings.wait(code);
  const made = await door.pairings.redeem(code);
  t.match(made?.[0], { name: 'phone', role: 'observer' });
  t.same(await waiting, made?.[0]);
  t.same(store.devices, [made?.[0]], 'on disk');
  t.equal(await door.pairings.redeem(code), null, 'not twice');
  t.same(await door.pairings.wait(code), made?.[0], 'also for who asks late');
  t.equal(await door.pairings.wait('00000000'), null, 'of a code that there never was');
});

void t.test('two that bring it at once: the first gets it', async (t) => {
  const { access: door } = access();
  const { code } = door.pairings.begin('phone', 'controller');
  const [first, second] = await Promise.all([door.pairings.redeem(code), door.pairings.redeem(code)]);
  t.ok(first);
  t.equal(second, null);
  t.equal(door.devices.all.length, 1);
});

void t.test('as people type it', async (t) => {
  const { access: door } = access();
  for (const typed of [
    (code: string) => code.toLowerCase(),
    (code: string) => code.replace('-', ''),
    (code: string) => code.replaceAll('0', 'o').replaceAll('1', 'L'),
    (code: string) => ` ${code.replace('-', ' ')} `,
  ]) {
    const { code } = door.pairings.begin('phone', 'controller');
    t.ok(await door.pairings.redeem(typed(code)));
  }
});

void t.test('a code is good for its time and no longer', async (t) => {
  const { access: door, clock } = access();
  const just = door.pairings.begin('just in time', 'controller');
  clock.tick(PAIRING_MS_MAX - 1);
  t.ok(await door.pairings.redeem(just.code));
  const { code } = door.pairings.begin('late', 'controller');
  const waiting = door.pairings.wait(code);
  while (clock.tick(2 * PAIRING_MS_MAX));
  t.equal(await waiting, null, 'who waits is told');
  t.equal(await door.pairings.redeem(code), null);
});

void t.test('there are only so many codes, and only so many guesses', async (t) => {
  const { access: door } = access();
  const codes = Array.from({ length: PAIRINGS_MAX }, () => door.pairings.begin('phone', 'controller').code);
  const oldest = door.pairings.wait(codes[0] ?? '');
  codes.push(door.pairings.begin('phone', 'controller').code);
  t.equal(await oldest, null, 'one more than there may be: the oldest is void');
  t.equal(await door.pairings.redeem(codes.shift() ?? ''), null);
  for (let tries = 2; tries < PAIRING_FAILURES_MAX; tries += 1)
    t.equal(await door.pairings.redeem('00000000'), null);
  t.ok(await door.pairings.redeem(codes[0] ?? ''), 'one less than there may be');
  const waiting = door.pairings.wait(codes[1] ?? '');
  t.equal(await door.pairings.redeem('00000000'), null);
  t.equal(await door.pairings.redeem(codes[1] ?? ''), null, 'as many: all of them are void');
  t.equal(await waiting, null);
});

void t.test('a device that cannot be kept is none', async (t) => {
  const { access: door, store } = access();
  const { code } = door.pairings.begin('phone', 'controller');
  const waiting = door.pairings.wait(code);
  store.failure = new Error('no space left');
  await t.rejects(async () => await door.pairings.redeem(code), { message: /could not be written/ });
  t.equal(await waiting, null);
  t.same(door.devices.all, []);
});

void t.test('there are only so many devices', async (t) => {
  const { access: door } = access();
  await Promise.all(Array.from({ length: DEVICES_MAX - 1 }, () => door.devices.add('one', 'observer', 0)));
  const [last, beyond] = await Promise.allSettled([
    door.devices.add('the last', 'observer', 0),
    door.devices.add('one more', 'observer', 0),
  ]);
  t.equal(last.status, 'fulfilled');
  t.match(beyond, { status: 'rejected', reason: { reason: 'overloaded' } });
  t.equal(door.devices.all.length, DEVICES_MAX);
});
