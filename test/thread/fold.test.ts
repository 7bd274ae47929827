import t from 'tap';
import { fillIn } from '../../broker/thread/fill-in.js';
import { Fold } from '../../broker/thread/fold.js';
import { snapshotOf, NO_TURNS } from '../../broker/thread/snapshot.js';
import { FOLD_BYTES_MAX, FOLD_TURNS_MAX, ITEM_PARTS_MAX } from '../../protocol/limits.js';
import { itemCompleted, itemStarted, turnCompleted, turnStarted } from '../broker/events.js';
import { delta } from '../support/in-memory.js';
import { apply, applyLine } from './logged.js';

type Json = Record<string, unknown>;

const ids = { threadId: 't1', turnId: 'turn', itemId: 'item' };

/** The fold of a running turn with an item in progress. */
function running(...more: readonly object[]): Fold {
  const fold = new Fold();
  apply(fold, turnStarted(), itemStarted(), ...more);
  return fold;
}

/** The turns as a snapshot has them. */
function turnsOf(fold: Fold): { id: string; status: string; items: Json[] }[] {
  const { thread } = snapshotOf(Buffer.from('{"thread":{}}'), NO_TURNS, fold);
  return (thread as { turns: { id: string; status: string; items: Json[] }[] }).turns;
}

const itemsOf = (fold: Fold): Json[] => turnsOf(fold)[0]?.items ?? [];

function filledIn(fold: Fold): Json[] {
  return [...fillIn(fold)].map(({ line }) => JSON.parse(line.toString('utf8')) as Json);
}

const deltas: readonly (readonly [method: string, ...params: object[]])[] = [
  ['item/agentMessage/delta', { delta: 'one ' }, { delta: 'two' }],
  ['item/plan/delta', { delta: '1. ' }, { delta: 'look' }],
  ['item/commandExecution/outputDelta', { delta: 'out\n' }, { delta: 'put' }],
  ['item/reasoning/summaryTextDelta', { delta: 'a', summaryIndex: 0 }, { delta: 'b', summaryIndex: 1 }],
  ['item/reasoning/textDelta', { delta: 'x', contentIndex: 0 }, { delta: 'y', contentIndex: 0 }],
  ['item/fileChange/outputDelta', { delta: 'patch' }, { delta: 'ed' }],
  ['item/fileChange/patchUpdated', { changes: [{ path: 'a' }] }, { changes: [{ path: 'a' }, { path: 'b' }] }],
  ['item/mcpToolCall/progress', { message: '10 %' }, { message: '20 %' }],
];
const soFar: Readonly<Record<string, object>> = {
  'item/agentMessage/delta': { text: 'one two' },
  'item/plan/delta': { text: '1. look' },
  'item/commandExecution/outputDelta': { aggregatedOutput: 'out\nput' },
  'item/reasoning/summaryTextDelta': { summary: ['a', 'b'] },
  'item/reasoning/textDelta': { content: ['xy'] },
  'item/fileChange/outputDelta': { threadcast: { output: 'patched' } },
  'item/fileChange/patchUpdated': { changes: [{ path: 'a' }, { path: 'b' }] },
  'item/mcpToolCall/progress': { threadcast: { progress: ['10 %', '20 %'] } },
};

for (const [method, ...changes] of deltas) {
  t.test(`${method}: told as it is now, and filled in so that it adds up to the same`, async (t) => {
    const events = changes.map((change) => ({ method, params: { ...ids, ...change }, emittedAtMs: 1 }));
    const fold = running(...events);
    t.match(itemsOf(fold), [soFar[method]]);
    const [first, ...rest] = filledIn(fold);
    t.same(first, itemStarted());
    t.ok(rest.length <= 2 && rest.every((line) => line['method'] === method));
    const again = running(...rest);
    t.same(itemsOf(again), itemsOf(fold));
  });
}

t.test('a part of a reasoning summary may begin and be empty', async (t) => {
  const added = (summaryIndex: number): object => ({
    method: 'item/reasoning/summaryPartAdded',
    params: { ...ids, summaryIndex },
  });
  const text = { method: 'item/reasoning/summaryTextDelta', params: { ...ids, delta: 'x', summaryIndex: 0 } };
  const fold = running(added(0), text, added(1));
  t.same(itemsOf(fold)[0]?.['summary'], ['x', '']);
  t.match(filledIn(fold).slice(1), [added(0), text, added(1)]);
});

t.test('items that grow side by side are told apart, in the order in which they began', async (t) => {
  const fold = running(itemStarted('t1', 'other'));
  for (let i = 0; i < 30; i += 1) {
    apply(fold, delta('t1', `${i} `), otherDelta(`-${i}`));
    apply(fold, { method: 'item/plan/delta', params: { ...ids, delta: 'p' } });
  }
  const numbers = Array.from({ length: 30 }, (_, i) => i);
  t.match(itemsOf(fold), [
    { id: 'item', text: `${numbers.map((i) => `${i} p`).join('')}` },
    { id: 'other', text: numbers.map((i) => `-${i}`).join('') },
  ]);
});

function otherDelta(text: string): object {
  return { method: 'item/agentMessage/delta', params: { ...ids, itemId: 'other', delta: text } };
}

t.test('a delta is recognised by what it says, not by where it stands', async (t) => {
  const fold = running(itemStarted('t1', 'ITEM'));
  const method = 'item/agentMessage/delta';
  const orders: readonly ((itemId: string, delta: string) => object)[] = [
    (itemId, delta) => ({ threadId: 't1', itemId, turnId: 'turn', delta }),
    (itemId, delta) => ({ itemId, threadId: 't1', delta, turnId: 'turn' }),
    (itemId, delta) => ({ delta, itemId, turnId: 'turn', threadId: 't1' }),
    (itemId, delta) => ({ threadId: 't1', turnId: 'turn', delta, more: { delta: 'no' }, itemId }),
  ];
  for (const params of orders) {
    apply(fold, { method, params: params('item', 'a') }, { method, params: params('ITEM', 'b') });
    apply(fold, { method, params: params('item', 'c') }, { method, params: params('ITEM', 'd') });
  }
  t.match(itemsOf(fold), [
    { id: 'item', text: 'ac'.repeat(orders.length) },
    { id: 'ITEM', text: 'bd'.repeat(orders.length) },
  ]);
});

t.test('so is the part of an item that it goes to', async (t) => {
  const fold = running();
  const method = 'item/reasoning/textDelta';
  for (const contentIndex of [0, 1, 0, 1])
    apply(fold, {
      method,
      params: { threadId: 't1', itemId: 'item', contentIndex, turnId: 'turn', delta: `${contentIndex}` },
    });
  t.same(itemsOf(fold)[0]?.['content'], ['00', '11']);
});

t.test('spaces and escapes do not matter', async (t) => {
  const fold = running();
  for (const written of [
    '{"method":"item/agentMessage/delta","params":{"threadId":"t1","turnId":"turn","itemId":"item","delta":"a\\"b\\\\"},"emittedAtMs":1}',
    '{"method":"item/agentMessage/delta","params":{"threadId":"t1","turnId":"turn","itemId":"item","delta":"\\\\"},"emittedAtMs":12}',
    '{"method":"item/agentMessage/delta","params":{"threadId":"t1","turnId":"turn","itemId":"item","delta":"","more":"x"}}',
    '{ "method" : "item/agentMessage/delta" , "params" : { "threadId" : "t1" , "turnId":"turn", "itemId":"\\u0069tem" , "delta" : "\\u00e9é" } }',
    '{"method":"item/agentMessage/delta","params":{"threadId":"t1","turnId":"turn","itemId":"item","delta":"\\ud83d"},"emittedAtMs":1}',
    '{"method":"item/agentMessage/delta","params":{"threadId":"t1","turnId":"turn","itemId":"item","delta":"\\ude00"},"emittedAtMs":1}',
  ])
    applyLine(fold, Buffer.from(written));
  t.equal(itemsOf(fold)[0]?.['text'], 'a"b\\\\éé😀');
});

t.test('deltas of what is not in progress change nothing', async (t) => {
  const fold = new Fold();
  apply(fold, delta('t1', 'no turn'), turnStarted(), delta('t1', 'no item'));
  t.same(itemsOf(fold), []);
  apply(fold, itemStarted(), delta('t1', 'yes'), itemCompleted('done'), delta('t1', 'too late'));
  t.match(itemsOf(fold), [{ id: 'item', text: 'done' }]);
  t.same(filledIn(fold), []);
});

t.test('an item is what its first end says, also when its start was not seen', async (t) => {
  const fold = running(delta('t1', 'x'), itemCompleted('first'), itemCompleted('second'), itemStarted());
  apply(fold, itemCompleted('of itself', 't1', 'unseen'));
  t.match(itemsOf(fold), [
    { id: 'item', text: 'first' },
    { id: 'unseen', text: 'of itself' },
  ]);
});

t.test('a delta of 10 MB is held like any other', async (t) => {
  const text = 'x'.repeat(10 * 1024 * 1024);
  const fold = running(delta('t1', 'a'), delta('t1', text), delta('t1', 'b'));
  t.equal(itemsOf(fold)[0]?.['text'], `a${text}b`);
});

t.test('over its bytes the oldest text goes, and that is said', async (t) => {
  const fold = running();
  const room = FOLD_BYTES_MAX - fold.bytes;
  const piece = 'x'.repeat(1024 * 1024);
  for (let left = room; left > 0; left -= piece.length) apply(fold, delta('t1', piece.slice(0, left)));
  t.equal(fold.bytes, FOLD_BYTES_MAX);
  t.equal(String(itemsOf(fold)[0]?.['text']).length, room);
  apply(fold, delta('t1', '!'));
  t.ok(fold.bytes <= FOLD_BYTES_MAX);
  const [, omitted, kept] =
    /^\[the first (\d+) bytes are no longer held\]\n(.*)$/.exec(String(itemsOf(fold)[0]?.['text'])) ?? [];
  t.equal(Number(omitted) + (kept?.length ?? 0), room + 1);
  t.ok(kept?.endsWith('x!'));
});

t.test('over its bytes what has ended goes first: it can be had elsewhere', async (t) => {
  const half = 'x'.repeat(FOLD_BYTES_MAX / 2);
  const fold = running(itemCompleted(half), itemStarted('t1', 'other'), otherDelta(half));
  t.match(itemsOf(fold), [{ id: 'other', text: half }]);
  const page = {
    ...NO_TURNS,
    data: [{ id: 'turn', items: [{ id: 'item', text: 'as listed' }, { id: 'other' }] }],
  };
  const { thread } = snapshotOf(Buffer.from('{}'), page, fold);
  t.match(thread, { turns: [{ items: [{ text: 'as listed' }, { id: 'other', text: half }] }] });
});

t.test('parts of one item are bounded', async (t) => {
  const fold = running();
  const part = (contentIndex: number): object => ({
    method: 'item/reasoning/textDelta',
    params: { ...ids, contentIndex, delta: String(contentIndex) },
  });
  for (const index of [ITEM_PARTS_MAX - 1, ITEM_PARTS_MAX, 1e15, -1]) apply(fold, part(index));
  const content = itemsOf(fold)[0]?.['content'] as string[];
  t.equal(content.length, ITEM_PARTS_MAX);
  t.equal(content.at(-1), String(ITEM_PARTS_MAX - 1));
  t.same(
    content.slice(0, -1),
    Array.from({ length: ITEM_PARTS_MAX - 1 }, () => ''),
    'nor is there a part −1',
  );
});

t.test('turns that run at the same time are bounded: the oldest goes', async (t) => {
  const fold = new Fold();
  for (let i = 0; i < FOLD_TURNS_MAX; i += 1) apply(fold, turnStarted('t1', `turn ${i}`));
  t.equal(turnsOf(fold)[0]?.id, 'turn 0');
  apply(fold, turnStarted('t1', 'one more'));
  t.equal(turnsOf(fold).length, FOLD_TURNS_MAX);
  t.equal(turnsOf(fold)[0]?.id, 'turn 1');
  for (const { id } of turnsOf(fold)) apply(fold, turnCompleted('t1', id));
  t.match(fold, { running: false, bytes: 0 });
});

t.test('a turn that has ended is let go of, unless somebody waits for an older page', async (t) => {
  const fold = running(delta('t1', 'x'));
  fold.keepEnded();
  fold.keepEnded();
  apply(fold, itemCompleted('done'), turnCompleted());
  t.equal(fold.running, false);
  t.match(turnsOf(fold), [{ id: 'turn', status: 'completed', items: [{ text: 'done' }] }]);
  fold.letEndedGo();
  t.equal(turnsOf(fold).length, 1);
  fold.letEndedGo();
  t.equal(turnsOf(fold).length, 0);
  t.equal(fold.bytes, 0);
});

t.test('a turn that began unseen runs from its first item on', async (t) => {
  const fold = new Fold();
  fold.mayRunUnseen = true;
  apply(fold, itemStarted());
  t.equal(fold.running, true);
  t.match(turnsOf(fold), [{ id: 'turn', status: 'inProgress', items: [{ id: 'item' }] }]);
  apply(fold, turnCompleted());
  t.equal(fold.running, false);
});

t.test('what comes of a turn after its end does not make it run again', async (t) => {
  const fold = running();
  apply(fold, turnCompleted(), itemCompleted('of a command that outlived it'));
  t.equal(fold.running, false);
});

t.test('a turn that begins twice has begun once', async (t) => {
  const fold = running(delta('t1', 'x'), turnStarted());
  t.match(itemsOf(fold), [{ id: 'item', text: 'x' }]);
  apply(fold, turnCompleted());
  t.equal(fold.running, false);
});
