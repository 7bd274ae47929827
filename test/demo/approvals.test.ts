import t from 'tap';
import { isObject, type Json, type JsonObject, member, text } from '../codex/json.js';
import { entries, readyDemo, type Runtime } from './runtime.js';

const COMMAND = 'item/commandExecution/requestApproval';
const FILES = 'item/fileChange/requestApproval';

/** Plays a turn in a new thread and answers its one request. @returns what the turn left. */
async function decide(
  demo: Runtime,
  words: string,
  result: object,
): Promise<{ turn: Json | undefined; item: JsonObject | undefined; kept: boolean; methods: Json[] }> {
  const threadId = await demo.startThread();
  await demo.startTurn(threadId, words);
  const request = await demo.next(words === 'edit' ? FILES : COMMAND, threadId);
  demo.answer(request, result);
  const turn = await demo.turnEnd(threadId);
  const itemId = member(request, 'params', 'itemId');
  const done = demo.said.all.find((message) => {
    return message['method'] === 'item/completed' && member(message, 'params', 'item', 'id') === itemId;
  });
  const item = member(done, 'params', 'item');
  const { data } = await demo.result('thread/items/list', { threadId });
  const kept = entries(data).some((entry) => member(entry, 'item', 'id') === itemId);
  return { turn, item: isObject(item) ? item : undefined, kept, methods: demo.methods(threadId) };
}

t.test('a command', async (t) => {
  const demo = await readyDemo(t);

  t.test('that is accepted shows its output and ends', async (t) => {
    const { turn, item, kept, methods } = await decide(demo, 'run', { decision: 'accept' });
    t.match(item, { status: 'completed', exitCode: 0, source: 'unifiedExecStartup' });
    t.match(text(item, 'aggregatedOutput'), /33/);
    t.ok(kept);
    t.equal(member(turn, 'status'), 'completed');
    const asked = methods.indexOf(COMMAND);
    t.strictSame(methods.slice(asked + 1, asked + 3), ['serverRequest/resolved', 'thread/status/changed']);
    t.ok(methods.indexOf('item/commandExecution/outputDelta') > asked);
  });

  t.test('that is declined shows no output, and the turn goes on without it', async (t) => {
    const { turn, item, kept, methods } = await decide(demo, 'run', { decision: 'decline' });
    t.match(item, { status: 'declined', aggregatedOutput: null, source: 'agent' });
    t.notOk(kept, 'as app-server, which forgets it');
    t.equal(member(turn, 'status'), 'completed');
    t.match(text(entries(member(turn, 'items'))[0], 'text'), /Declined/);
    t.notOk(methods.includes('item/commandExecution/outputDelta'));
  });

  t.test('that is cancelled interrupts the turn', async (t) => {
    const { turn, item } = await decide(demo, 'run', { decision: 'cancel' });
    t.equal(item?.['status'], 'declined');
    t.match(turn, { status: 'interrupted', items: [] });
  });

  t.test('that is answered with no decision has failed', async (t) => {
    const { turn, item } = await decide(demo, 'run', { decision: 'perhaps' });
    t.equal(item?.['status'], 'failed');
    t.equal(member(turn, 'status'), 'completed');
  });

  t.test('offers what can be decided', async (t) => {
    const threadId = await demo.startThread({ cwd: '/somewhere' });
    await demo.startTurn(threadId, 'approve');
    const { params } = await demo.next(COMMAND, threadId);
    t.match(params, { kind: 'command', cwd: '/somewhere', reason: /\?$/ });
    const decisions = member(params, 'availableDecisions');
    t.match(decisions, ['accept', { acceptWithExecpolicyAmendment: {} }, 'cancel']);
  });

  t.test('accepted for the session is not asked about again in that thread', async (t) => {
    const threadId = await demo.startThread();
    await demo.startTurn(threadId, 'run');
    demo.answer(await demo.next(COMMAND, threadId), { decision: 'acceptForSession' });
    await demo.turnEnd(threadId);
    await demo.playTurn(threadId, 'run');
    t.equal(demo.methods(threadId).filter((method) => method === COMMAND).length, 1);
  });

  t.test('is not asked about where the policy is never', async (t) => {
    const threadId = await demo.startThread({ approvalPolicy: 'never' });
    await demo.playTurn(threadId, 'run');
    t.notOk(demo.methods(threadId).includes(COMMAND));
    t.ok(demo.methods(threadId).includes('item/commandExecution/outputDelta'));
  });
});

t.test('a change of files', async (t) => {
  const demo = await readyDemo(t);

  t.test('that is accepted becomes the diff of the turn', async (t) => {
    const { turn, item, methods } = await decide(demo, 'edit', { decision: 'accept' });
    t.equal(item?.['status'], 'completed');
    t.equal(member(turn, 'status'), 'completed');
    t.ok(
      methods.indexOf('item/fileChange/patchUpdated') < methods.indexOf(FILES),
      'it is seen being written',
    );
    const diff = demo.said.all.findLast((message) => message['method'] === 'turn/diff/updated');
    t.match(text(diff, 'params', 'diff'), /^diff --git a\/src\/orders\/refund\.ts/);
    t.match(text(diff, 'params', 'diff'), /new file mode 100644/);
  });

  t.test('that is declined is remembered as such and changes nothing', async (t) => {
    const { item, kept, methods } = await decide(demo, 'edit', { decision: 'decline' });
    t.equal(item?.['status'], 'declined');
    t.ok(kept);
    t.notOk(methods.includes('turn/diff/updated'));
  });

  t.test('that is cancelled interrupts the turn and never ends', async (t) => {
    const { turn, item, kept } = await decide(demo, 'edit', { decision: 'cancel' });
    t.equal(member(turn, 'status'), 'interrupted');
    t.equal(item, undefined);
    t.notOk(kept);
  });
});

t.test('an open request', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  const turnId = await demo.startTurn(threadId, 'run');
  const first = await demo.next(COMMAND, threadId);

  t.test('is sent again, as it was, to whoever resumes the thread', async (t) => {
    const { thread } = await demo.result('thread/resume', { threadId, excludeTurns: true });
    t.strictSame(member(thread, 'status', 'activeFlags'), ['waitingOnApproval']);
    t.strictSame(await demo.next(COMMAND, threadId), first);
  });

  t.test('is resolved, after the end of the turn, when the turn is interrupted', async (t) => {
    await demo.result('turn/interrupt', { threadId, turnId });
    const { params } = await demo.next('serverRequest/resolved', threadId);
    t.strictSame(params, { threadId, requestId: first['id'] });
    t.strictSame(demo.methods(threadId).slice(-2), ['turn/completed', 'serverRequest/resolved']);
  });

  t.test('that is resolved takes no further answer', async (t) => {
    demo.answer(first, { decision: 'accept' });
    t.match(await demo.stderr.take('a log line', () => true), /answer to nothing/);
    t.match(await demo.result('thread/read', { threadId }), { thread: { status: { type: 'idle' } } });
  });
});

t.test('a question is asked, and the answer is used', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  await demo.startTurn(threadId, 'ask');
  const request = await demo.next('item/tool/requestUserInput', threadId);
  t.strictSame(
    entries(member(request, 'params', 'questions')).map(({ id }) => id),
    ['database', 'tone'],
  );
  demo.answer(request, { answers: { database: { answers: ['Postgres, please'] }, tone: { answers: 5 } } });
  const turn = await demo.turnEnd(threadId);
  t.match(text(entries(member(turn, 'items'))[0], 'text'), /\*\*Postgres, please\*\*.*\*\*nothing\*\*/);
});
