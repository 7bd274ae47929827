import t from 'tap';
import { member, text } from '../codex/json.js';
import { column, entries, readyDemo } from './runtime.js';

/** Where Codex keeps what is archived. */
const ARCHIVED = /[\\/]archived_sessions[\\/][^\\/]+\.jsonl$/;
const UNKNOWN = '00000000-0000-7000-8000-000000000000';

t.test('a thread', async (t) => {
  const demo = await readyDemo(t);

  t.test('is started, and everybody told', async (t) => {
    const result = await demo.result('thread/start', {
      cwd: '/work',
      model: 'other',
      sandbox: 'workspace-write',
    });
    t.match(result, {
      model: 'other',
      cwd: '/work',
      sandbox: { type: 'workspaceWrite' },
      approvalPolicy: 'on-request',
    });
    const { thread } = result;
    t.match(thread, { status: { type: 'idle' }, preview: '', turns: [], source: 'vscode', name: null });
    t.strictSame(member(await demo.next('thread/started'), 'params', 'thread'), thread);
  });

  t.test('has nothing to show before its first message', async (t) => {
    const threadId = await demo.startThread();
    const why = `thread ${threadId} is not materialized yet; thread/turns/list is unavailable before first user message`;
    t.equal(await demo.error('thread/turns/list', { threadId }), why);
    t.match(await demo.error('thread/items/list', { threadId }), /not materialized/);
    t.equal(await demo.error('thread/resume', { threadId }), 'list_turns is not supported yet');
    const { thread } = await demo.result('thread/resume', { threadId, excludeTurns: true });
    t.match(thread, { id: threadId, preview: '' });
    t.notOk(column((await demo.result('thread/list'))['data'], 'id').includes(threadId));
    await demo.result('thread/unsubscribe', { threadId });
    t.equal(await demo.error('thread/read', { threadId }), `thread not loaded: ${threadId}`);
  });

  t.test('is resumed with its turns, a page of them, or none', async (t) => {
    const threadId = await demo.startThread();
    for (const words of ['think', 'plan', 'think']) await demo.playTurn(threadId, words);
    const whole = await demo.result('thread/resume', { threadId });
    const notice = await demo.next('deprecationNotice');
    t.match(text(notice, 'params', 'summary'), /use `excludeTurns: true`, then page/);
    t.ok(demo.said.all.indexOf(notice) < demo.said.all.findIndex(({ result }) => result === whole));
    t.strictSame(column(member(whole, 'thread', 'turns'), 'itemsView'), ['full', 'full', 'full']);
    t.match(member(whole, 'collaborationMode'), { mode: 'default', settings: { model: 'demo' } });
    await demo.next('thread/goal/cleared', threadId);

    const paged = await demo.result('thread/resume', {
      threadId,
      excludeTurns: true,
      initialTurnsPage: { limit: 2 },
    });
    t.strictSame(member(paged, 'thread', 'turns'), []);
    t.equal(entries(member(paged, 'initialTurnsPage', 'data')).length, 2);
    const cursor = text(paged, 'initialTurnsPage', 'nextCursor');
    const older = await demo.result('thread/turns/list', { threadId, cursor });
    t.strictSame(
      column(older['data'], 'id').concat(
        column(member(paged, 'initialTurnsPage', 'data'), 'id').toReversed(),
      ),
      column(member(whole, 'thread', 'turns'), 'id'),
    );
    const newest = await demo.result('thread/turns/list', {
      threadId,
      cursor: paged['turnsBackwardsCursor'],
      limit: 1,
    });
    t.match(newest['data'], [{ id: column(member(whole, 'thread', 'turns'), 'id')[2] }]);
  });

  t.test('is forked with its history, whole or up to a turn', async (t) => {
    const threadId = await demo.startThread();
    const turns = [];
    for (const words of ['think', 'plan']) turns.push(member(await demo.playTurn(threadId, words), 'id'));
    const whole = await demo.result('thread/fork', { threadId });
    t.match(member(whole, 'thread'), { forkedFromId: threadId, preview: 'think' });
    t.strictSame(column(member(whole, 'thread', 'turns'), 'id'), turns);
    const started = await demo.next('thread/started');
    t.ok(started, 'everybody is told');
    const upTo = await demo.result('thread/fork', { threadId, lastTurnId: turns[0] });
    t.strictSame(column(member(upTo, 'thread', 'turns'), 'id'), [turns[0]]);
    const before = await demo.result('thread/fork', { threadId, beforeTurnId: turns[0], ephemeral: true });
    t.strictSame(member(before, 'thread', 'turns'), []);
    t.equal(member(before, 'thread', 'path'), null);

    await demo.playTurn(text(whole, 'thread', 'id'), 'think');
    const { data } = await demo.result('thread/turns/list', { threadId });
    t.equal(entries(data).length, 2, 'the fork goes its own way');
    t.match(await demo.error('thread/delete', { threadId }), /forked history still references it/);
  });

  t.test('is archived and back, and cannot be resumed in between', async (t) => {
    const threadId = await demo.startThread();
    await demo.playTurn(threadId, 'think');
    t.strictSame(await demo.result('thread/archive', { threadId }), {});
    await demo.next('thread/archived', threadId);
    const why = `session ${threadId} is archived. Run \`codex unarchive ${threadId}\` to unarchive it first.`;
    t.equal(await demo.error('thread/resume', { threadId }), why);
    t.equal(await demo.error('thread/archive', { threadId }), `no rollout found for thread id ${threadId}`);
    const { data } = await demo.result('thread/list', { archived: true });
    t.match(
      entries(data).find(({ id }) => id === threadId),
      { path: ARCHIVED },
    );
    const { thread } = await demo.result('thread/unarchive', { threadId });
    t.match(thread, { status: { type: 'notLoaded' } });
    t.notMatch(text(thread, 'path'), ARCHIVED);
    await demo.next('thread/unarchived', threadId);
    t.equal(
      await demo.error('thread/unarchive', { threadId }),
      `no archived rollout found for thread id ${threadId}`,
    );
    await demo.result('thread/resume', { threadId, excludeTurns: true });
    t.equal(
      await demo.error('thread/unarchive', { threadId }),
      `thread ${threadId} already has an active writer`,
    );
  });

  t.test('that is archived in the middle of a turn loses the turn', async (t) => {
    const threadId = await demo.startThread();
    await demo.startTurn(threadId, 'run');
    await demo.next('item/commandExecution/requestApproval', threadId);
    await demo.result('thread/archive', { threadId });
    t.match(await demo.turnEnd(threadId), { status: 'interrupted' });
  });

  t.test('is deleted for good', async (t) => {
    const threadId = await demo.startThread();
    await demo.playTurn(threadId, 'think');
    t.strictSame(await demo.result('thread/delete', { threadId }), {});
    await demo.next('thread/deleted', threadId);
    t.equal(await demo.error('thread/read', { threadId }), `thread not loaded: ${threadId}`);
  });

  t.test('takes a name and meta data', async (t) => {
    const threadId = await demo.startThread();
    await demo.playTurn(threadId, 'think');
    t.equal(await demo.error('thread/name/set', { threadId, name: ' ' }), 'thread name must not be empty');
    await demo.result('thread/name/set', { threadId, name: ' The cart ' });
    const { params } = await demo.next('thread/name/updated', threadId);
    t.strictSame(params, { threadId, threadName: 'The cart' });
    await demo.result('thread/metadata/update', { threadId, gitInfo: { branch: 'main' } });
    const { thread } = await demo.result('thread/read', { threadId });
    t.match(thread, { name: 'The cart', gitInfo: { sha: null, branch: 'main', originUrl: null } });
  });

  t.test('is unread after a turn, until it is read', async (t) => {
    const threadId = await demo.startThread();
    const turn = await demo.playTurn(threadId, 'think');
    const { readState } = await demo.result('thread/read', { threadId });
    t.match(readState, { firstUnread: { type: 'turn', turnId: member(turn, 'id') } });
    const expectedRevision = member(readState, 'revision');
    const read = await demo.result('thread/readState/update', {
      threadId,
      operation: { type: 'read' },
      expectedRevision,
    });
    t.match(read, { readState: { firstUnread: null } });
  });
});

t.test('threads that are not there', async (t) => {
  const demo = await readyDemo(t);
  const gone = `thread not found: ${UNKNOWN}`;
  const noRollout = `no rollout found for thread id ${UNKNOWN}`;
  for (const [method, error] of [
    ['thread/read', `thread not loaded: ${UNKNOWN}`],
    ['thread/turns/list', `thread not loaded: ${UNKNOWN}`],
    ['thread/resume', noRollout],
    ['thread/fork', noRollout],
    ['thread/archive', noRollout],
    ['thread/delete', noRollout],
    ['thread/unarchive', `no archived rollout found for thread id ${UNKNOWN}`],
    ['thread/compact/start', gone],
    ['thread/goal/get', gone],
  ] as const) {
    t.equal(await demo.error(method, { threadId: UNKNOWN }), error, method);
  }
  t.equal(await demo.error('turn/start', { threadId: UNKNOWN, input: [] }), gone);
  t.strictSame(await demo.result('thread/unsubscribe', { threadId: UNKNOWN }), { status: 'notLoaded' });
  t.match(await demo.error('thread/read', { threadId: 'nope' }), /invalid thread id: .* found `n` at 1$/);
  t.match(await demo.error('thread/resume', { threadId: 'nope' }), /^invalid session id/);
});
