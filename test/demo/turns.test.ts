import t from 'tap';
import { member, text } from '../codex/json.js';
import { column, entries, readyDemo } from './runtime.js';

const COMMAND = 'item/commandExecution/requestApproval';

t.test('a turn', async (t) => {
  const demo = await readyDemo(t);

  t.test('begins and ends in the order of app-server', async (t) => {
    const threadId = await demo.startThread();
    await demo.playTurn(threadId, 'think', { clientUserMessageId: 'mine' });
    const seen = demo.methods(threadId).filter((method, i, all) => method !== all[i - 1]);
    t.strictSame(seen, [
      'thread/status/changed',
      'turn/started',
      'item/started',
      'item/completed',
      'item/started',
      'item/reasoning/summaryPartAdded',
      'item/reasoning/summaryTextDelta',
      'item/reasoning/summaryPartAdded',
      'item/reasoning/summaryTextDelta',
      'item/reasoning/summaryPartAdded',
      'item/reasoning/summaryTextDelta',
      'item/completed',
      'item/started',
      'item/agentMessage/delta',
      'item/completed',
      'thread/tokenUsage/updated',
      'thread/readState/changed',
      'thread/status/changed',
      'turn/completed',
    ]);
    const { data } = await demo.result('thread/items/list', { threadId });
    const items = entries(data).map((entry) => entry['item']);
    t.strictSame(column(items, 'type'), ['userMessage', 'reasoning', 'agentMessage']);
    t.equal(member(items[0], 'clientId'), 'mine', 'the id that the client gave its message comes back');
    t.match(member(items[0], 'content'), [{ type: 'text', text: 'think', text_elements: [] }]);
  });

  t.test('streams text that adds up to the item', async (t) => {
    const threadId = await demo.startThread();
    await demo.playTurn(threadId, 'help');
    const about = demo.said.all.filter((message) => member(message, 'params', 'threadId') === threadId);
    const deltas = about.filter((message) => message['method'] === 'item/agentMessage/delta');
    const whole = about.findLast((message) => message['method'] === 'item/completed');
    t.ok(deltas.length > 50);
    const added = deltas.map((delta) => text(delta, 'params', 'delta')).join('');
    t.equal(added, member(whole, 'params', 'item', 'text'));
  });

  t.test('ticks off its plan', async (t) => {
    const threadId = await demo.startThread();
    await demo.playTurn(threadId, 'plan');
    const plans = demo.said.all.filter((message) => message['method'] === 'turn/plan/updated');
    const done = plans.map((plan) => {
      return column(member(plan, 'params', 'plan'), 'status').filter((status) => status === 'completed')
        .length;
    });
    t.strictSame(done, [0, 1, 2, 3, 4]);
  });

  t.test('fails when it is asked to, after trouble that it got over', async (t) => {
    const threadId = await demo.startThread();
    const turn = await demo.playTurn(threadId, 'fail');
    t.match(turn, { status: 'failed', error: { codexErrorInfo: 'other', misalignment: null } });
    const errors = demo.said.all.filter((message) => message['method'] === 'error');
    t.strictSame(
      errors.map((error) => member(error, 'params', 'willRetry')),
      [true, true, false],
    );
    t.match(await demo.result('thread/read', { threadId }), { thread: { status: { type: 'systemError' } } });
    t.match(await demo.playTurn(threadId, 'think'), { status: 'completed' }, 'and the next one is fine');
  });

  t.test('takes any text for a tour', async (t) => {
    const threadId = await demo.startThread({ approvalPolicy: 'never' });
    await demo.playTurn(threadId, 'the cart is off by one cent');
    const { data } = await demo.result('thread/items/list', { threadId });
    const types = entries(data).map((entry) => member(entry, 'item', 'type'));
    for (const type of ['reasoning', 'agentMessage', 'commandExecution', 'fileChange'])
      t.ok(types.includes(type));
    const said = JSON.stringify(
      entries(data).filter((entry) => member(entry, 'item', 'type') === 'agentMessage'),
    );
    t.match(said, /the cart is off by one cent/, 'it has listened');
  });

  t.test('gives JSON to a program that asks for a title', async (t) => {
    const threadId = await demo.startThread({ ephemeral: true, threadSource: 'thread_title' });
    const outputSchema = { type: 'object', properties: { title: { type: 'string', maxLength: 36 } } };
    const turn = await demo.playTurn(threadId, 'Write a title.\n\nUser prompt:\nfix the cart', {
      outputSchema,
    });
    t.equal(text(entries(member(turn, 'items'))[0], 'text'), '{"title":"fix the cart"}');
  });
});

t.test('a running turn', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  const turnId = await demo.startTurn(threadId, 'run');
  const request = await demo.next(COMMAND, threadId);
  const input = [{ type: 'text', text: 'and be quick' }];

  t.test('is joined by another start', async (t) => {
    const { turn } = await demo.result('turn/start', { threadId, input, clientUserMessageId: 'second' });
    t.match(turn, { id: turnId, status: 'inProgress', items: [], itemsView: 'notLoaded', startedAt: null });
  });

  t.test('is steered by who knows it', async (t) => {
    const steer = { threadId, input, clientUserMessageId: 'third' };
    t.equal(await demo.error('turn/steer', steer), 'Invalid request: missing field `expectedTurnId`');
    const wrong = await demo.error('turn/steer', { ...steer, expectedTurnId: 'other' });
    t.equal(wrong, `expected active turn id \`other\` but found \`${turnId}\``);
    t.strictSame(await demo.result('turn/steer', { ...steer, expectedTurnId: turnId }), { turnId });
  });

  t.test('takes no more messages than it has room for', async (t) => {
    const joins = Array.from({ length: 15 }, () => demo.call('turn/start', { threadId, input }));
    const refused = (await Promise.all(joins)).filter(({ error }) => error !== undefined);
    t.match(refused, [{ error: { message: /too many messages/ } }]);
  });

  t.test('answers in the end what has joined it', async (t) => {
    demo.answer(request, { decision: 'accept' });
    const turn = await demo.turnEnd(threadId);
    t.match(entries(member(turn, 'items')), [{ text: /further message/ }]);
    const { data } = await demo.result('thread/items/list', { threadId });
    const items = entries(data).map((entry) => entry['item']);
    t.strictSame(
      column(items, 'clientId').filter((id) => typeof id === 'string'),
      ['second', 'third'],
    );
  });

  t.test('that is over can neither be steered nor interrupted', async (t) => {
    const over = { threadId, input, expectedTurnId: turnId };
    t.equal(await demo.error('turn/steer', over), 'no active turn to steer');
    t.equal(await demo.error('turn/interrupt', { threadId, turnId }), 'no active turn to interrupt');
  });
});

t.test('an interrupt ends a turn at once and drops what was being said', async (t) => {
  const demo = await readyDemo(t, ['--pace', '200']);
  const threadId = await demo.startThread();
  const turnId = await demo.startTurn(threadId, 'long 1000000');
  await demo.next('item/agentMessage/delta', threadId);
  t.equal(
    await demo.error('turn/interrupt', { threadId, turnId: 'other' }),
    `expected active turn id other but found ${turnId}`,
  );
  t.strictSame(await demo.result('turn/interrupt', { threadId, turnId }), {});
  t.match(await demo.turnEnd(threadId), { id: turnId, status: 'interrupted', items: [] });
  const { data } = await demo.result('thread/items/list', { threadId });
  t.strictSame(
    entries(data).map((entry) => member(entry, 'item', 'type')),
    ['userMessage'],
  );
});

t.test('a thread that nobody is subscribed to tells of its status only', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  await demo.startTurn(threadId, 'run');
  const request = await demo.next(COMMAND, threadId);
  t.strictSame(await demo.result('thread/unsubscribe', { threadId }), { status: 'unsubscribed' });
  t.strictSame(await demo.result('thread/unsubscribe', { threadId }), { status: 'notSubscribed' });
  const before = demo.methods(threadId).length;
  demo.answer(request, { decision: 'accept' });
  for (let status = ''; status !== 'idle';) {
    status = text(await demo.next('thread/status/changed', threadId), 'params', 'status', 'type');
  }
  const since = demo.methods(threadId).slice(before);
  t.strictSame([...new Set(since)], ['thread/status/changed']);
});

t.test('settings that a turn changes are told of and stay', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  await demo.playTurn(threadId, 'think', { approvalPolicy: 'never', effort: 'low' });
  const { params } = await demo.next('thread/settings/updated', threadId);
  t.match(params, { threadSettings: { approvalPolicy: 'never', effort: 'low', model: 'demo' } });
  await demo.playTurn(threadId, 'run');
  t.notOk(demo.methods(threadId).includes(COMMAND), 'the policy holds for the next turn, too');
  const resumed = await demo.result('thread/resume', { threadId, excludeTurns: true });
  t.match(resumed, { approvalPolicy: 'never', reasoningEffort: 'low' });
});

t.test('settings are changed between turns, too', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread({ personality: 'pragmatic', approvalsReviewer: 'user' });
  const change = { sandboxPolicy: { type: 'dangerFullAccess' }, summary: 'detailed', cwd: '/elsewhere' };
  const collaborationMode = { mode: 'plan', settings: { model: 'demo', reasoning_effort: null } };
  t.strictSame(await demo.result('thread/settings/update', { threadId, ...change, collaborationMode }), {});
  const { params } = await demo.next('thread/settings/updated', threadId);
  const threadSettings = { ...change, personality: 'pragmatic', collaborationMode: { mode: 'plan' } };
  t.match(params, { threadSettings });
});

t.test('turns without a message', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();

  t.test('compact the thread', async (t) => {
    t.strictSame(await demo.result('thread/compact/start', { threadId }), {});
    t.match(await demo.turnEnd(threadId), { status: 'completed', items: [], itemsView: 'notLoaded' });
  });

  t.test('show a command that the user typed, and run nothing', async (t) => {
    await demo.result('thread/shellCommand', { threadId, command: 'rm -rf important' });
    await demo.turnEnd(threadId);
    const done = demo.said.all.findLast((message) => message['method'] === 'item/completed');
    t.match(member(done, 'params', 'item'), { source: 'userShell', aggregatedOutput: /runs no commands/ });
  });

  t.test('review', async (t) => {
    const target = { type: 'custom', instructions: 'look at the cart' };
    t.match(await demo.result('review/start', { threadId, target }), { reviewThreadId: threadId });
    await demo.turnEnd(threadId);
    const { data } = await demo.result('thread/items/list', { threadId, sortDirection: 'desc', limit: 4 });
    const types = entries(data).map((entry) => member(entry, 'item', 'type'));
    t.strictSame(types, ['exitedReviewMode', 'agentMessage', 'reasoning', 'enteredReviewMode']);
  });

  t.test('pursue a goal until it is reached', async (t) => {
    const { goal } = await demo.result('thread/goal/set', { threadId, objective: 'ship it' });
    t.match(goal, { objective: 'ship it', status: 'active' });
    await demo.next('thread/goal/updated', threadId);
    await demo.turnEnd(threadId);
    const reached = await demo.next('thread/goal/updated', threadId);
    t.match(member(reached, 'params', 'goal'), { status: 'complete' });
    t.ok(Number(member(reached, 'params', 'goal', 'tokensUsed')) > 0);
    t.strictSame(await demo.result('thread/goal/clear', { threadId }), { cleared: true });
    t.strictSame(await demo.result('thread/goal/get', { threadId }), { goal: null });
  });
});
