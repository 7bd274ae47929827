import t from 'tap';
import { Fold } from '../../broker/thread/fold.js';
import { NO_TURNS, readTurnsPage, settingsOf, snapshotOf } from '../../broker/thread/snapshot.js';
import type { TurnsPage } from '../../broker/thread/snapshot.js';
import { itemCompleted, itemStarted, turnCompleted, turnStarted } from '../broker/events.js';
import { delta } from '../support/in-memory.js';
import { apply } from './logged.js';

interface Turn {
  readonly id: string;
  readonly status?: string;
  readonly items?: readonly object[];
}

const BASE = Buffer.from(
  '{"thread":{"id":"t1","name":"old","turns":null},"model":"m","initialTurnsPage":null}',
);

const pageOf = (...data: readonly Turn[]): TurnsPage => ({
  ...NO_TURNS,
  data: data.map((turn) => ({ ...turn })),
});

function turnsOf(page: TurnsPage, fold: Fold): readonly Turn[] {
  return (snapshotOf(BASE, page, fold)['thread'] as { turns: Turn[] }).turns;
}

t.test('a page is read; what is none is not', async (t) => {
  t.same(readTurnsPage({ data: [{ id: 'a' }, 5], nextCursor: 'n', more: 1 }), {
    data: [{ id: 'a' }],
    nextCursor: 'n',
    backwardsCursor: null,
  });
  for (const odd of [null, [], {}, { data: {} }, 'x']) t.equal(readTurnsPage(odd), null);
});

t.test('a thread that rests: as it was answered, its turns the oldest first', async (t) => {
  const page = { data: [{ id: 'b' }, { id: 'a' }], nextCursor: 'older', backwardsCursor: 'newer' };
  t.same(snapshotOf(BASE, page, new Fold()), {
    thread: { id: 't1', name: 'old', turns: [{ id: 'a' }, { id: 'b' }] },
    model: 'm',
    initialTurnsPage: { data: [], nextCursor: 'older', backwardsCursor: 'newer' },
    threadcast: { latest: [] },
  });
});

t.test('the latest status, name and settings are laid over it', async (t) => {
  const fold = new Fold();
  const threadId = 't1';
  apply(
    fold,
    { method: 'thread/status/changed', params: { threadId, status: { type: 'active' } } },
    { method: 'thread/status/changed', params: { threadId, status: { type: 'idle' } } },
    { method: 'thread/name/updated', params: { threadId, threadName: 'new' } },
    {
      method: 'thread/settings/updated',
      params: {
        threadId,
        threadSettings: { model: 'n', cwd: '/x', sandboxPolicy: { type: 'readOnly' }, effort: 'high' },
      },
    },
  );
  t.match(snapshotOf(BASE, NO_TURNS, fold), {
    thread: { name: 'new', status: { type: 'idle' } },
    model: 'n',
    cwd: '/x',
    sandbox: { type: 'readOnly' },
    reasoningEffort: 'high',
  });
  apply(fold, { method: 'thread/name/updated', params: { threadId } });
  t.match(snapshotOf(BASE, NO_TURNS, fold), { thread: { name: null } });
  t.same(settingsOf(null), {});
});

t.test('the running turn is whole, in its place among the listed ones', async (t) => {
  const fold = new Fold();
  apply(fold, turnStarted('t1', 'turn', { startedAt: 5 }), itemCompleted('done'), itemStarted('t1', 'two'));
  apply(fold, {
    method: 'item/agentMessage/delta',
    params: { turnId: 'turn', itemId: 'two', delta: 'so far' },
  });
  const items = [
    { type: 'agentMessage', id: 'item', text: 'done' },
    { type: 'agentMessage', id: 'two', text: 'so far', threadcast: { inProgress: true } },
  ];
  const running = { id: 'turn', status: 'inProgress', startedAt: 5, items, itemsView: 'full' };
  const older = { id: 'older', status: 'completed' };
  t.same(turnsOf(pageOf(older), fold), [older, running], 'where the page does not know it yet');
  const stale = { id: 'turn', status: 'inProgress', items: [{ id: 'item', text: 'stale' }, { id: 'gone' }] };
  t.same(turnsOf(pageOf(stale, older), fold), [older, running]);
  t.same(
    turnsOf(pageOf({ ...stale, status: 'completed' }, older), fold),
    [older, running],
    'not told of yet',
  );
});

t.test('what ended while the page was on its way has ended', async (t) => {
  const fold = new Fold();
  apply(fold, turnStarted(), itemStarted());
  fold.keepEnded();
  apply(fold, delta('t1', 'x'), itemCompleted('whole'), turnCompleted());
  const stale = pageOf({ id: 'turn', status: 'inProgress', items: [{ id: 'item' }] });
  t.match(turnsOf(stale, fold), [{ status: 'completed', items: [{ id: 'item', text: 'whole' }] }]);
});

t.test('a turn that the page has and the log has not told of yet is left to come', async (t) => {
  const ahead = pageOf({ id: 'next', status: 'inProgress' }, { id: 'turn', status: 'completed' });
  const fold = new Fold();
  t.match(turnsOf(ahead, fold), [{ id: 'turn' }]);
  fold.mayRunUnseen = true;
  t.match(turnsOf(ahead, fold), [{ id: 'turn' }, { id: 'next' }], 'unless it began before the log did');
});

t.test('where the fold has not all of a turn, the page fills in the rest, in its order', async (t) => {
  const fold = new Fold();
  fold.mayRunUnseen = true;
  apply(fold, itemStarted('t1', 'two'), itemStarted('t1', 'four'));
  apply(fold, {
    method: 'item/agentMessage/delta',
    params: { turnId: 'turn', itemId: 'two', delta: 'live' },
  });
  const listed = { id: 'turn', status: 'inProgress', items: ['one', 'two', 'three'].map((id) => ({ id })) };
  t.match(turnsOf(pageOf(listed), fold), [
    { id: 'turn', items: [{ id: 'one' }, { id: 'two', text: 'live' }, { id: 'three' }, { id: 'four' }] },
  ]);
});

t.test('an answer that is no thread is still a snapshot', async (t) => {
  const fold = new Fold();
  apply(fold, turnStarted());
  for (const base of ['', '[]', '{"thread":5}'])
    t.match(snapshotOf(Buffer.from(base), NO_TURNS, fold), { thread: { turns: [{ id: 'turn' }] } });
});
