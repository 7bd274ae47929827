import t from 'tap';
import { Fold } from '../../broker/thread/fold.js';
import { NO_TURNS, snapshotOf } from '../../broker/thread/snapshot.js';
import { FOLD_BYTES_MAX, KEPT_LINES_MAX } from '../../protocol/limits.js';
import { itemCompleted, itemStarted, turnCompleted, turnStarted } from '../broker/events.js';
import { delta } from '../support/in-memory.js';
import { apply } from './logged.js';

type Json = Record<string, unknown>;

const plan = (turnId: string, step: string): object => ({
  method: 'turn/plan/updated',
  params: { threadId: 't1', turnId, plan: [{ step }] },
});
const diff = (turnId: string, text: string): object => ({
  method: 'turn/diff/updated',
  params: { threadId: 't1', turnId, diff: text },
});
const usage = (total: number): object => ({
  method: 'thread/tokenUsage/updated',
  params: { threadId: 't1', turnId: 'turn', tokenUsage: { total } },
});

function snapshot(fold: Fold): Json & { threadcast: { latest: Json[] } } {
  return snapshotOf(Buffer.from('{"thread":{}}'), NO_TURNS, fold) as Json & {
    threadcast: { latest: Json[] };
  };
}

const latest = (fold: Fold): Json[] => snapshot(fold).threadcast.latest;

t.test('the latest plan, diff and use of tokens are told as they were', async (t) => {
  const fold = new Fold();
  t.same(latest(fold), []);
  apply(fold, turnStarted(), plan('turn', 'a'), usage(1), diff('turn', 'x'), plan('turn', 'b'), usage(2));
  t.same(latest(fold), [diff('turn', 'x'), plan('turn', 'b'), usage(2)]);
  apply(fold, turnCompleted());
  t.equal(latest(fold).length, 3, 'also of a turn that is over, as long as it is the last');
  apply(fold, { method: 'turn/plan/updated', params: { threadId: 't1', plan: [] } });
  t.equal(latest(fold).length, 3, 'not what is about no turn');
});

t.test('what is about a turn goes when another begins, unless it runs', async (t) => {
  const fold = new Fold();
  apply(fold, turnStarted('t1', 'a'), plan('a', '1'), usage(1), turnStarted('t1', 'b'), plan('b', '2'));
  t.same(latest(fold), [plan('a', '1'), usage(1), plan('b', '2')], 'both run');
  apply(fold, turnCompleted('t1', 'a'), turnStarted('t1', 'c'));
  t.same(latest(fold), [usage(1), plan('b', '2')]);
  apply(fold, diff('d', 'early'), turnCompleted('t1', 'b'), turnCompleted('t1', 'c'), turnStarted('t1', 'd'));
  t.same(latest(fold), [usage(1), diff('d', 'early')], 'what is said of a turn before it begins is its own');
});

t.test('it outlives what resumes the thread, and the life of a log', async (t) => {
  const fold = new Fold();
  apply(fold, turnStarted(), plan('turn', 'a'), usage(1));
  fold.clearLatest();
  t.equal(latest(fold).length, 2);
  const next = new Fold();
  next.inheritLatest(fold);
  t.same(latest(next), [plan('turn', 'a'), usage(1)]);
  t.ok(next.bytes > 0);
});

t.test('it counts among the bytes of the fold, and is let go of before anything else', async (t) => {
  const fold = new Fold();
  apply(fold, turnStarted(), itemStarted('t1', 'done'), itemCompleted('kept', 't1', 'done'), itemStarted());
  const before = fold.bytes;
  const half = 'x'.repeat(FOLD_BYTES_MAX / 2);
  apply(fold, plan('turn', half), usage(1));
  t.ok(fold.bytes > before + half.length);
  apply(fold, delta('t1', half));
  t.same(latest(fold), [usage(1)]);
  t.ok(fold.bytes <= FOLD_BYTES_MAX);
  const [turn] = (snapshot(fold)['thread'] as { turns: { items: Json[] }[] }).turns;
  t.match(turn?.items, [{ text: 'kept' }, { text: half, threadcast: { inProgress: true } }]);
});

t.test('there are only so many lines', async (t) => {
  const fold = new Fold();
  for (let i = 0; i <= KEPT_LINES_MAX; i += 1) apply(fold, plan(`turn-${i}`, ''));
  t.equal(latest(fold).length, KEPT_LINES_MAX);
  t.same(latest(fold)[0], plan('turn-1', ''));
});

t.test('an item in progress is marked as such, and one that is over is not', async (t) => {
  const fold = new Fold();
  apply(fold, turnStarted(), itemStarted('t1', 'a'), itemCompleted('x', 't1', 'a'), itemStarted('t1', 'b'));
  const [turn] = (snapshot(fold)['thread'] as { turns: { items: Json[] }[] }).turns;
  t.same(
    turn?.items.map((item) => item['threadcast']),
    [undefined, { inProgress: true }],
  );
});
