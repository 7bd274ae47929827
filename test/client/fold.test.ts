import t from 'tap';
import { ThreadFold } from '../../client/fold/thread.js';
import { message, turnOf } from './hand.js';

const where = { threadId: 't1', turnId: 'a' };

/** A thread in whose only turn these items have begun. */
function foldOf(...items: readonly object[]): ThreadFold {
  const fold = new ThreadFold();
  fold.replace('t1', { thread: { id: 't1', turns: [] } });
  fold.apply('turn/started', { threadId: 't1', turn: turnOf('a', 'inProgress') });
  for (const item of items) fold.apply('item/started', { ...where, item });
  return fold;
}
const last = (fold: ThreadFold): unknown => fold.state.turns.at(-1)?.items.at(-1);

t.test('each kind of text grows where the item has it', async (t) => {
  const cases: readonly [object, readonly (readonly [string, object])[], object][] = [
    [message('i', 'a'), [['item/agentMessage/delta', { delta: 'b' }]], { item: { text: 'ab' } }],
    [{ id: 'i', type: 'plan', text: '' }, [['item/plan/delta', { delta: '1.' }]], { item: { text: '1.' } }],
    [
      { id: 'i', type: 'reasoning', summary: [], content: [] },
      [
        ['item/reasoning/summaryPartAdded', { summaryIndex: 0 }],
        ['item/reasoning/summaryTextDelta', { summaryIndex: 0, delta: 'x' }],
        ['item/reasoning/summaryTextDelta', { summaryIndex: 2, delta: 'z' }],
        ['item/reasoning/textDelta', { contentIndex: 0, delta: 'raw' }],
      ],
      { item: { summary: ['x', '', 'z'], content: ['raw'] } },
    ],
    [
      { id: 'i', type: 'commandExecution', aggregatedOutput: null },
      [['item/commandExecution/outputDelta', { delta: '\u001b[1mls' }]],
      { item: { aggregatedOutput: '\u001b[1mls' } },
    ],
    [
      { id: 'i', type: 'fileChange', changes: [1] },
      [
        ['item/fileChange/patchUpdated', { changes: [2] }],
        ['item/fileChange/outputDelta', { delta: 'out' }],
      ],
      { item: { changes: [2] }, output: 'out' },
    ],
    [
      { id: 'i', type: 'mcpToolCall', threadcast: { progress: ['1 %'] } },
      [['item/mcpToolCall/progress', { message: '2 %' }]],
      { progress: ['1 %', '2 %'] },
    ],
  ];
  for (const [item, deltas, due] of cases) {
    const fold = foldOf(item);
    for (const [method, more] of deltas) fold.apply(method, { ...where, itemId: 'i', ...more });
    t.match(last(fold), { ...due, inProgress: true });
    fold.apply('item/completed', { ...where, item: { ...item, done: true }, completedAtMs: 5 });
    t.match(last(fold), { inProgress: false, progress: [], item: { done: true, completedAtMs: 5 } });
    const before = fold.state.turns;
    for (const [method, more] of deltas) fold.apply(method, { ...where, itemId: 'i', ...more });
    t.same(fold.state.turns, before, 'what is done does not grow');
  }
});

t.test('what a file change has put out stays when it is done', async (t) => {
  const fold = foldOf({ id: 'i', type: 'fileChange', changes: [] });
  fold.apply('item/fileChange/outputDelta', { ...where, itemId: 'i', delta: 'out' });
  fold.apply('item/completed', { ...where, item: { id: 'i', type: 'fileChange', changes: [] } });
  t.match(last(fold), { output: 'out' });
});

t.test('what has not changed is the same object as before, and what was read does not change', async (t) => {
  const fold = foldOf(message('x', 'done'), message('i', ''));
  const before = fold.state;
  t.same([fold.state.turns === before.turns, fold.state.requests === before.requests], [true, true]);
  fold.apply('item/agentMessage/delta', { ...where, itemId: 'i', delta: 'b' });
  const after = fold.state;
  t.not(after.turns, before.turns);
  t.equal(after.turns[0]?.items[0], before.turns[0]?.items[0]);
  t.match(before.turns[0]?.items[1], { item: { text: '' } });
  t.equal(after.turns[0]?.notices, before.turns[0]?.notices);
});

t.test('plan, diff, tokens, name, status, settings, who started it, notices', async (t) => {
  const fold = foldOf();
  const usage = { total: { totalTokens: 5 } };
  fold.apply('turn/plan/updated', { ...where, explanation: 'why', plan: [{ step: 's', status: 'pending' }] });
  fold.apply('turn/diff/updated', { ...where, diff: '+x' });
  fold.apply('thread/tokenUsage/updated', { ...where, tokenUsage: usage });
  fold.apply('thread/name/updated', { threadId: 't1', threadName: 'name' });
  fold.apply('thread/status/changed', { threadId: 't1', status: { type: 'active', activeFlags: [] } });
  fold.apply('thread/settings/updated', { threadId: 't1', threadSettings: { cwd: '/x', model: 'big' } });
  fold.apply('broker/turn/origin', { ...where, connectionId: 'c', clientName: 'tui' });
  fold.apply('error', { ...where, error: { message: 'again' }, willRetry: true });
  fold.apply('warning', { threadId: 't1', message: 'careful' });
  t.match(fold.state, {
    tokenUsage: usage,
    thread: { name: 'name', status: { type: 'active' }, cwd: '/x', model: 'big' },
    notices: [{ level: 'warning', text: 'careful', method: 'warning' }],
    turns: [
      {
        plan: { explanation: 'why', steps: [{ step: 's', status: 'pending' }] },
        diff: '+x',
        origin: { connectionId: 'c', clientName: 'tui' },
        notices: [{ level: 'warning', text: 'again', method: 'error' }],
      },
    ],
  });
  fold.apply('broker/turn/origin', { threadId: 't1', turnId: 'b', connectionId: null, clientName: 'bot' });
  fold.apply('turn/started', { threadId: 't1', turn: turnOf('b', 'inProgress') });
  t.match(fold.state.turns[1]?.origin, { connectionId: null, clientName: 'bot' });
  for (let n = 0; n < 60; n += 1) fold.apply('warning', { threadId: 't1', message: `${n}` });
  t.same([fold.state.notices.length, fold.state.notices[0]?.text], [50, '10']);
});

t.test(
  'a snapshot brings the latest of what has no member, and keeps what cannot have changed',
  async (t) => {
    const fold = foldOf();
    fold.apply('turn/plan/updated', { ...where, plan: [{ step: 'mine' }] });
    fold.apply('error', { ...where, error: { message: 'seen' } });
    fold.apply('turn/completed', { threadId: 't1', turn: turnOf('a') });
    const latest = [{ method: 'turn/diff/updated', params: { threadId: 't1', turnId: 'b', diff: '+y' } }];
    const turns = [turnOf('a'), turnOf('b', 'inProgress')];
    fold.replace('t1', { thread: { turns }, threadcast: { latest } });
    t.match(fold.state.turns, [
      { plan: { steps: [{ step: 'mine' }] }, notices: [{ text: 'seen' }] },
      { diff: '+y' },
    ]);
    fold.apply('turn/plan/updated', { threadId: 't1', turnId: 'b', plan: [{ step: 'then' }] });
    fold.replace('t1', { thread: { turns } });
    t.equal(fold.state.turns[1]?.plan, null, 'the plan of a turn that runs may be another one by now');
  },
);

t.test(
  'attachments and messages along them; a snapshot does not know what became of the former',
  async (t) => {
    const fold = foldOf();
    const attachment = (state: string): { readonly attachment: object } => ({
      attachment: { attachmentId: 'e', state },
    });
    fold.apply('broker/attachment/changed', attachment('active'));
    fold.apply('broker/attachment/changed', attachment('archived'));
    for (let n = 0; n < 110; n += 1)
      fold.apply('broker/attachment/message', { message: { messageId: `${n}` } });
    t.same(fold.state.attachments, [{ attachmentId: 'e', state: 'archived' }]);
    t.same([fold.state.messages.length, fold.state.messages[0]], [100, { messageId: '10' }]);
    fold.replace('t1', { thread: {} });
    t.same([fold.state.attachments.length, fold.state.messages.length], [0, 100]);
  },
);

/** How long so many deltas take, each of them read. */
function measured(fold: ThreadFold, deltas: number): number {
  const from = performance.now();
  for (let n = 0; n < deltas; n += 1) {
    fold.apply('item/agentMessage/delta', { ...where, itemId: 'i', delta: 'some words ' });
    if (fold.state.turns.length === 0) throw new Error('no turn');
  }
  return performance.now() - from;
}

t.test('100,000 deltas into one item cost ten times as much as 10,000', async (t) => {
  measured(foldOf(message('i', '')), 20_000);
  const few = measured(foldOf(message('i', '')), 10_000);
  const fold = foldOf(message('i', ''));
  const many = measured(fold, 100_000);
  t.match(last(fold), { item: { text: 'some words '.repeat(100_000) } });
  t.ok(many < 40 * few, `${many.toFixed(0)} ms against ${few.toFixed(0)} ms`);
});

t.test('a delta among 10,000 items makes one item anew', async (t) => {
  const items = Array.from({ length: 10_000 }, (_, n) => message(`n${n}`, 'x'));
  const fold = foldOf(...items, message('i', ''));
  const before = fold.state.turns[0]?.items ?? [];
  fold.apply('item/agentMessage/delta', { ...where, itemId: 'i', delta: 'y' });
  const after = fold.state.turns[0]?.items ?? [];
  t.equal(after.filter((item, at) => item !== before[at]).length, 1);
});

t.test('parts, lines of progress, origins and attachments are bounded', async (t) => {
  const fold = foldOf(
    { id: 'tool', type: 'mcpToolCall' },
    { id: 'i', type: 'reasoning', summary: [], content: [] },
  );
  for (const summaryIndex of [1_024, 1_023])
    fold.apply('item/reasoning/summaryTextDelta', { ...where, itemId: 'i', summaryIndex, delta: 'x' });
  const { summary } = (last(fold) as { item: { summary: string[] } }).item;
  t.same([summary.length, summary.at(-1)], [1_024, 'x']);
  for (let n = 0; n < 1_030; n += 1)
    fold.apply('item/mcpToolCall/progress', { ...where, itemId: 'tool', message: `${n}` });
  const progress = fold.state.turns[0]?.items[0]?.progress ?? [];
  t.same([progress.length, progress[0]], [1_024, '6']);
  for (let n = 0; n < 65; n += 1)
    fold.apply('broker/turn/origin', { threadId: 't1', turnId: `t${n}`, connectionId: 'c', clientName: 'x' });
  for (const id of ['t0', 't1'])
    fold.apply('turn/started', { threadId: 't1', turn: turnOf(id, 'inProgress') });
  t.same(
    fold.state.turns.slice(1).map(({ origin }) => origin?.clientName),
    [undefined, 'x'],
  );
  for (let n = 0; n < 1_001; n += 1)
    fold.apply('broker/attachment/changed', { attachment: { attachmentId: `${n}` } });
  t.same([fold.state.attachments.length, fold.state.attachments[0]?.attachmentId], [1_000, '1']);
});
