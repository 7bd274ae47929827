import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { close } from '../../protocol/close.js';
import { Caller } from './caller.js';
import { statusOf, UPGRADE } from './raw-request.js';
import { withEachServer } from './stage.js';
import type { Stage } from './stage.js';

const UNAUTHORIZED = { code: close.unauthorized.code, reason: close.unauthorized.reason };
/** Turns of work between a connection's first byte and a revocation: it is caught wherever it is. */
const MOMENTS = 12;

function knock({ url, port }: Stage, token: string): Promise<number> {
  return statusOf(url, 'GET /', `host: localhost:${port}`, `authorization: Bearer ${token}`, ...UPGRADE);
}

withEachServer(
  t,
  'a device that is revoked is out before its owner is told, and stays out',
  async (t, stage) => {
    const { id, token } = await stage.device('controller');
    const { token: other } = await stage.device('controller', 'other');
    const [device, second, bystander] = [
      await Caller.connect(t, stage.url, token),
      await Caller.connect(t, stage.url, token, { wire: 'msgpack' }),
      await Caller.connect(t, stage.url, other),
    ];
    let written = (): void => {};
    stage.store.disk = new Promise((resolve) => (written = resolve));
    const revoked = stage.access.revoke(id);
    device.ask('turn/start', { threadId: 't', input: [] });
    t.same(await device.ended, UNAUTHORIZED);
    t.same(await second.ended, UNAUTHORIZED);
    t.equal(await knock(stage, token), 401, 'while the disk is still at it');
    written();
    t.match(await revoked, { deviceId: id });
    t.equal(await knock(stage, token), 401, 'and after');
    await bystander.heard();
    t.same(stage.runtime.received, [], 'what it said last was not heard');
  },
);

withEachServer(t, 'one that is coming in while it is revoked does not stay', async (t, stage) => {
  for (let moment = 0; moment < MOMENTS; moment += 1) {
    const { id, token } = await stage.device('controller');
    const coming = Caller.open(t, stage.url, token).then(
      async (caller) => (await caller.ended).code,
      (error: Error) => error.message,
    );
    for (let turn = 0; turn < moment; turn += 1) await nextTurn();
    await stage.access.revoke(id);
    const end = await coming;
    t.ok(end === UNAUTHORIZED.code || /\b401\b/.test(String(end)), `after ${moment} turns: ${end}`);
  }
});

withEachServer(t, 'a token that is rotated, twice at once, leaves one that is good', async (t, stage) => {
  const { token: kept } = await stage.device('controller');
  const device = await Caller.connect(t, stage.url, kept);
  const first = stage.token.token;
  const [owner, another] = [
    await Caller.connect(t, stage.url, first),
    await Caller.connect(t, stage.url, first),
  ];
  const local = await stage.memory.client();
  const ids = [local.request('broker/token/rotate'), local.request('broker/token/rotate')];
  t.same(await owner.ended, UNAUTHORIZED);
  t.same(await another.ended, UNAUTHORIZED);
  await device.heard();
  t.ok(
    ids.every((id) => local.answerTo(id)?.error === undefined && local.answerTo(id) !== undefined),
    'both are answered',
  );
  t.notOk(local.closed, 'who has shown no token keeps the connection');
  const last = stage.token.token;
  t.not(last, first);
  t.equal(await knock(stage, first), 401);
  t.equal(await knock(stage, `next-${first}`.slice(0, 43)), 401, 'the one in between');
  t.equal(await knock(stage, last), 101);
  t.equal(await knock(stage, kept), 101, 'devices have their own');
});
