import t from 'tap';
import { MemoryStore } from '../support/memory-store.js';
import { attached, pair } from './attached.js';
import type { Attached } from './attached.js';

/** The runtime lists these turns, whatever the thread. */
function lists(stage: Attached, turns: readonly object[]): void {
  stage.answers.set('thread/turns/list', () => ({ result: { data: turns } }));
}

t.test('the runtime ends: what ran has failed, and the reply is delivered when it is back', async (t) => {
  const { stage, attachmentId } = await pair({ deliverReplies: true });
  const { turnId } = await stage.send(attachmentId, 'parent', 'x');
  stage.saysIn('child', turnId, 'half of it');
  stage.runtime.exit();
  await stage.settled();
  t.match(await stage.audit({ attachmentId }), [
    { kind: 'reply', status: 'failed', text: 'half of it' },
    {},
    {},
  ]);
  t.same(stage.turnsIn('parent'), []);
  stage.broker.advance(10_000);
  await stage.settled();
  stage.broker.advance(10_000);
  await stage.settled();
  t.match(stage.turnsIn('parent'), [{ input: [{}, { text: 'half of it' }] }]);
});

t.test('the broker ends: who waits is told afterwards', async (t) => {
  const store = new MemoryStore();
  const before = await attached(store);
  const { attachment } = await before.create('parent', 'child', { deliverReplies: true });
  const { attachmentId } = attachment;
  const first = await before.send(attachmentId, 'parent', 'one');
  await before.send(attachmentId, 'parent', 'two', { clientUserMessageId: 'mine' });
  t.equal(store.sent.length, 2);
  const items = [
    { type: 'agentMessage', text: 'early' },
    { type: 'agentMessage', text: 'late' },
  ];
  const user = [
    { type: 'userMessage', clientId: 'mine', content: [] },
    { type: 'agentMessage', text: 'half' },
  ];
  const after = await attached(store, undefined, (stage) =>
    lists(stage, [
      { id: 'other', status: 'interrupted', items: user },
      { id: first.turnId, status: 'completed', items },
    ]),
  );
  t.same(store.sent, []);
  const replies = (await after.audit({ attachmentId })).filter(({ kind }) => kind === 'reply');
  t.match(
    replies,
    [
      { status: 'completed', text: 'late' },
      { status: 'interrupted', text: 'half' },
    ].toReversed(),
  );
  t.equal(after.turnsIn('parent').length, 2);
});

t.test('a reply that may not have been delivered is looked for by the next broker', async (t) => {
  for (const hasArrived of [true, false]) {
    const store = new MemoryStore();
    const before = await attached(store);
    const { attachment } = await before.create('parent', 'child', { deliverReplies: true });
    const { turnId } = await before.send(attachment.attachmentId, 'parent', 'one');
    before.answers.set('turn/start', () => null);
    before.saysIn('child', turnId, 'fine');
    before.ends('child', turnId);
    await before.settled();
    t.match(store.sent, [{ message: { kind: 'reply', text: 'fine' } }]);
    const clientId = hasArrived ? store.sent[0]?.clientUserMessageId : 'another';
    const items = [{ type: 'userMessage', clientId }];
    const after = await attached(store, undefined, (stage) => lists(stage, [{ id: 'turn-9', items }]));
    t.equal(after.turnsIn('parent').length, hasArrived ? 0 : 1);
    t.same(store.sent, []);
  }
});
