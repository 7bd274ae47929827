import t from 'tap';
import { member, text } from '../codex/json.js';
import { column, entries, readyDemo } from './runtime.js';

t.test('a scene with two sub-agents', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  const turnId = await demo.startTurn(threadId, 'agent');
  const request = await demo.next('item/commandExecution/requestApproval');
  const childId = text(request, 'params', 'threadId');

  t.test('asks for an approval of the child, unasked', async (t) => {
    t.not(childId, threadId);
    t.strictSame(demo.methods(childId).slice(0, 3), [
      'thread/status/changed',
      'thread/status/changed',
      'turn/started',
    ]);
    const { thread } = await demo.result('thread/read', { threadId: childId });
    t.match(thread, { parentThreadId: threadId, sessionId: threadId, threadSource: 'subagent' });
    t.match(member(thread, 'source'), {
      subAgent: { thread_spawn: { parent_thread_id: threadId, depth: 1 } },
    });
  });

  t.test('never tells that the child has started, and lists it only when asked for it', async (t) => {
    const started = demo.said.all.filter((message) => message['method'] === 'thread/started');
    t.strictSame(
      started.map((message) => member(message, 'params', 'thread', 'id')),
      [threadId],
    );
    const listed = await demo.result('thread/list');
    t.notOk(column(listed['data'], 'id').includes(childId));
    const loaded = await demo.result('thread/loaded/list');
    t.match(loaded['data'], [threadId, /./, childId]);
    for (const params of [
      { parentThreadId: threadId },
      { ancestorThreadId: threadId },
      { sourceKinds: ['subAgent'] },
    ]) {
      const { data } = await demo.result('thread/list', params);
      t.ok(column(data, 'id').includes(childId));
    }
  });

  t.test('goes on when the child has its answer', async (t) => {
    demo.answer(request, { decision: 'accept' });
    const end = await demo.turnEnd(childId);
    t.match(end, { rootTurnId: turnId, status: 'completed' }, 'the child works for the root');
    t.match(await demo.turnEnd(threadId), { id: turnId, status: 'completed' });
    const { data } = await demo.result('thread/items/list', { threadId });
    const calls = entries(data).flatMap(({ item }) => {
      return member(item, 'type') === 'collabAgentToolCall' ? [item] : [];
    });
    t.strictSame(column(calls, 'tool'), ['spawnAgent', 'spawnAgent', 'wait']);
    t.match(member(calls[2], 'agentsStates', childId), { status: 'completed', message: /99th percentile/ });
  });

  t.test('takes its children with it into the archive and out of the list', async (t) => {
    await demo.result('thread/archive', { threadId });
    const archived = demo.said.all.filter((message) => message['method'] === 'thread/archived');
    const ids = archived.map((message) => member(message, 'params', 'threadId'));
    t.ok(ids.includes(childId));
    t.equal(ids[0], threadId);
    t.equal(ids.length, 3);
  });
});

t.test('an interrupt of the parent leaves the child at work', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  const turnId = await demo.startTurn(threadId, 'agent');
  const request = await demo.next('item/commandExecution/requestApproval');
  const childId = text(request, 'params', 'threadId');
  await demo.result('turn/interrupt', { threadId, turnId });
  t.match(await demo.turnEnd(threadId), { status: 'interrupted' });
  demo.answer(request, { decision: 'decline' });
  t.match(await demo.turnEnd(childId), { status: 'completed' });
});
