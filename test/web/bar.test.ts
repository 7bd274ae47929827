import t from 'tap';
import type { ConnectionState, Cut } from '../../client/types.js';
import { close } from '../../protocol/close.js';
import { barOf, countdownOf, reasonOf } from '../../web/app/bar.js';
import { BACK_MS } from '../../web/limits.js';
import { ago, bytesInWords } from '../../web/state/times.js';

const NOW = Date.parse('2026-06-15T12:00:00Z');
const CUT: Cut = { code: 4008, reason: 'slowConsumer', pendingBytes: null, at: NOW };
const LIVE: ConnectionState = {
  status: 'live',
  attempt: 0,
  retryAt: null,
  lastCut: null,
  missed: null,
  proving: false,
  connectionId: 'c',
  role: 'controller',
  broker: 'threadcast 1',
};
const AROUND = { now: NOW, backAt: null, onLine: true };
const said = (
  state: Partial<ConnectionState>,
  around: Partial<typeof AROUND | { backAt: number }> = {},
): string => barOf({ ...LIVE, ...state }, { ...AROUND, ...around }).text;

t.test('every reason of the table of close codes has a sentence', async (t) => {
  for (const { reason } of Object.values(close)) t.notMatch(reasonOf({ ...CUT, reason }), reason, reason);
  t.match(reasonOf({ ...CUT, reason: 'somethingNew' }), 'somethingNew', 'a new one is said as it is');
});

t.test('what was on its way is said when the broker has told it', async (t) => {
  t.equal(reasonOf(CUT), 'this device read too slowly');
  t.equal(reasonOf({ ...CUT, pendingBytes: 0 }), 'this device read too slowly');
  t.equal(
    reasonOf({ ...CUT, pendingBytes: 1_234_567 }),
    'this device read too slowly (1.2 MB were on their way)',
  );
});

t.test('the bar says where the connection stands', async (t) => {
  t.equal(said({}), 'Live');
  t.equal(said({ status: 'connecting', attempt: 1 }), 'Connecting…');
  t.equal(
    said({ status: 'connecting', attempt: 2, lastCut: CUT }),
    'Connecting again… Cut: this device read too slowly.',
  );
  t.equal(said({ status: 'catchingUp' }), 'Catching up…');
  t.equal(said({ status: 'waiting', lastCut: CUT }), 'Cut: this device read too slowly.');
  t.equal(said({ status: 'waiting' }), 'No connection: the broker cannot be reached.');
  t.match(said({ status: 'closed', lastCut: CUT }), /^Cut: .* Reload the page/);
  t.match(said({ status: 'waiting', lastCut: CUT }, { onLine: false }), /This device is offline\.$/);
  t.equal(said({}, { onLine: false }), 'Live. This device is offline.');
  t.equal(said({ proving: true }), 'The broker does not answer…');
});

t.test('after a cut it says whether anything was missed, for a while, and only what is known', async (t) => {
  const back = { status: 'live', lastCut: CUT } as const;
  t.equal(said({ ...back, missed: 'nothing' }, { backAt: NOW }), 'Back. You missed nothing.');
  t.equal(
    said({ ...back, missed: 'refetched' }, { backAt: NOW }),
    'Back. There was no replay of what you missed: everything was loaded anew.',
  );
  t.equal(said({ ...back, missed: null }, { backAt: NOW }), 'Back.');
  t.equal(said({ ...back, missed: 'nothing' }, { backAt: NOW - BACK_MS + 1 }), 'Back. You missed nothing.');
  t.equal(said({ ...back, missed: 'nothing' }, { backAt: NOW - BACK_MS }), 'Live');
  t.notMatch(said({ ...back, status: 'catchingUp', missed: null }), 'missed nothing');
});

t.test('the seconds to the next try are counted, whatever became of the clock', async (t) => {
  const waiting = (retryAt: number | null): string | null =>
    countdownOf({ ...LIVE, status: 'waiting', retryAt }, NOW);
  t.equal(waiting(NOW + 2_100), 'Next try in 3 s');
  t.equal(waiting(NOW - 5_000), 'Next try in a moment');
  t.equal(waiting(NOW + 86_400_000), 'Next try in a moment');
  t.equal(waiting(null), 'Next try in a moment');
  t.equal(countdownOf(LIVE, NOW), null);
});

t.test('times are words, and a clock that is wrong makes no nonsense', async (t) => {
  const seconds = NOW / 1000;
  for (const [before, words] of [
    [0, 'now'],
    [59, 'now'],
    [60, '1 min'],
    [3_599, '59 min'],
    [3_600, '1 h'],
    [86_400, '1 d'],
    [7 * 86_400, 'Jun 8'],
    [400 * 86_400, 'May 11, 2025'],
    [-5, 'now'],
    [-86_400 * 365, 'now'],
  ] as const)
    t.equal(ago(seconds - before, NOW), words, String(before));
  t.equal(ago(Number.NaN, NOW), 'now');
  t.equal(ago(0, NOW), 'long ago');
});

t.test('bytes are words', async (t) => {
  t.same([0, 999, 1_000, 12_345, 999_999, 1_200_000, 12_000_000].map(bytesInWords), [
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '12 kB',
    '1000 kB',
    '1.2 MB',
    '12 MB',
  ]);
});
