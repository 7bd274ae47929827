import t from 'tap';
import { type Json, member, text } from '../codex/json.js';
import { column, entries, readyDemo, type Runtime } from './runtime.js';

async function names(demo: Runtime, params: object = {}): Promise<unknown[]> {
  return column((await demo.result('thread/list', params))['data'], 'name');
}

const [BUG, SPLIT, GUIDE] = [
  'Hunt down the flaky checkout test',
  'Split the payment module',
  'Write the webhook guide',
];
const SPIKE = 'Spike: search without a server';

t.test('the threads of a new state folder', async (t) => {
  const demo = await readyDemo(t);

  t.test('are there, the newest first, and not loaded', async (t) => {
    const { data, readStates } = await demo.result('thread/list');
    t.strictSame(column(data, 'name'), [BUG, SPLIT, GUIDE]);
    for (const thread of entries(data)) {
      t.match(thread, {
        status: { type: 'notLoaded' },
        turns: [],
        canAcceptDirectInput: null,
        environments: null,
      });
      t.match(member(readStates, text(thread, 'id')), { firstUnread: null });
    }
    t.strictSame((await demo.result('thread/loaded/list'))['data'], []);
  });

  t.test('are filtered', async (t) => {
    t.strictSame(await names(demo, { archived: true }), [SPIKE]);
    t.strictSame(await names(demo, { searchTerm: 'payment' }), [SPLIT], 'by name');
    t.strictSame(await names(demo, { searchTerm: 'webhook signatures' }), [GUIDE], 'by what was said first');
    t.strictSame(await names(demo, { searchTerm: 'PAYMENT' }), [], 'to the letter');
    t.strictSame(await names(demo, { cwd: '/nowhere' }), []);
    t.strictSame(await names(demo, { cwd: ['/nowhere', process.cwd()] }), [BUG, SPLIT, GUIDE]);
    t.strictSame(await names(demo, { sourceKinds: ['cli'] }), []);
    t.strictSame(await names(demo, { sourceKinds: ['vscode', 'exec'] }), [BUG, SPLIT, GUIDE]);
    t.strictSame(await names(demo, { modelProviders: ['openai'] }), []);
    t.strictSame(await names(demo, { originators: ['somebody'] }), []);
    t.strictSame(await names(demo, { sectionId: 'any' }), []);
    const [first] = column((await demo.result('thread/list'))['data'], 'id');
    t.strictSame(await names(demo, { excludedThreadIds: [first] }), [SPLIT, GUIDE]);
  });

  t.test('are sorted and paged, there and back', async (t) => {
    t.strictSame(await names(demo, { sortKey: 'updated_at', sortDirection: 'asc' }), [GUIDE, SPLIT, BUG]);
    const first = await demo.result('thread/list', { limit: 2 });
    t.strictSame(column(first['data'], 'name'), [BUG, SPLIT]);
    const second = await demo.result('thread/list', { limit: 2, cursor: first['nextCursor'] });
    t.strictSame(column(second['data'], 'name'), [GUIDE]);
    t.equal(second['nextCursor'], null);
    const back = { cursor: second['backwardsCursor'], sortDirection: 'asc' };
    t.strictSame(await names(demo, back), [GUIDE, SPLIT, BUG]);
    t.equal(await demo.error('thread/list', { cursor: 'here' }), 'invalid cursor: here');
  });

  t.test('are found', async (t) => {
    const { data } = await demo.result('thread/search', { searchTerm: 'checkout' });
    t.match(data, [{ thread: { name: BUG }, snippet: BUG }]);
    t.equal(await demo.error('thread/search'), 'Invalid request: missing field `searchTerm`');
  });

  t.test('can be read and gone on with', async (t) => {
    const [threadId] = column((await demo.result('thread/list'))['data'], 'id');
    const read = await demo.result('thread/read', { threadId, includeTurns: true });
    t.match(text(await demo.next('deprecationNotice'), 'params', 'summary'), /omit `includeTurns`/);
    t.match(member(read, 'thread', 'turns'), [{ status: 'completed' }, { status: 'completed' }]);
    const { thread } = await demo.result('thread/resume', { threadId, excludeTurns: true });
    t.match(thread, { status: { type: 'idle' }, name: BUG });
    await demo.next('thread/tokenUsage/updated', text(thread, 'id'));
    t.match(await demo.playTurn(text(thread, 'id'), 'think'), { status: 'completed' });
  });
});

t.test('loaded threads are listed page by page', async (t) => {
  const demo = await readyDemo(t);
  const ids = [await demo.startThread(), await demo.startThread(), await demo.startThread()];
  const first = await demo.result('thread/loaded/list', { limit: 2 });
  t.strictSame(first, { data: ids.slice(0, 2), nextCursor: ids[1] });
  const rest = await demo.result('thread/loaded/list', { limit: 2, cursor: first['nextCursor'] });
  t.strictSame(rest, { data: ids.slice(2), nextCursor: null });
});

t.test('turns and items', async (t) => {
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  const turns: (Json | undefined)[] = [];
  for (let i = 0; i < 3; i += 1) turns.push(member(await demo.playTurn(threadId, 'think'), 'id'));

  t.test('of a turn are shown as much as is asked for', async (t) => {
    const kinds = async (itemsView?: string): Promise<unknown[]> => {
      const { data } = await demo.result('thread/turns/list', { threadId, limit: 1, itemsView });
      return column(member(entries(data)[0], 'items'), 'type');
    };
    t.strictSame(await kinds(), ['userMessage', 'agentMessage']);
    t.strictSame(await kinds('full'), ['userMessage', 'reasoning', 'agentMessage']);
    t.strictSame(await kinds('notLoaded'), []);
    const wrong = await demo.error('thread/turns/list', { threadId, itemsView: 'most' });
    t.match(wrong, 'unknown variant `most`, expected one of `notLoaded`, `summary`, `full`');
  });

  t.test('of a running turn are there as far as they are complete', async (t) => {
    const running = await demo.startThread();
    await demo.startTurn(running, 'run');
    await demo.next('item/commandExecution/requestApproval', running);
    const { data } = await demo.result('thread/turns/list', { threadId: running, itemsView: 'full' });
    t.match(data, [{ status: 'inProgress', completedAt: null }]);
    t.strictSame(column(member(entries(data)[0], 'items'), 'type'), ['userMessage', 'agentMessage']);
  });

  t.test('are listed from either end, page by page, each once', async (t) => {
    for (const [method, size] of [
      ['thread/turns/list', 3],
      ['thread/items/list', 9],
    ] as const) {
      for (const sortDirection of ['asc', 'desc']) {
        const seen: string[] = [];
        for (let cursor: unknown = null; seen.length === 0 || cursor !== null;) {
          const page = await demo.result(method, { threadId, limit: 2, cursor, sortDirection });
          seen.push(...entries(page['data']).map((entry) => JSON.stringify(entry)));
          cursor = page['nextCursor'];
        }
        t.equal(new Set(seen).size, size, `${method} ${sortDirection}`);
        t.equal(seen.length, size);
      }
    }
    t.match(await demo.error('thread/items/list', { threadId, cursor: '{}' }), 'invalid cursor: {}');
  });

  t.test('of one turn can be listed alone', async (t) => {
    const { data } = await demo.result('thread/items/list', { threadId, turnId: turns[1] });
    t.strictSame([...new Set(column(data, 'turnId'))], [turns[1]]);
    t.equal(entries(data).length, 3);
  });
});

t.test('what clients ask for at their start has an answer', async (t) => {
  const demo = await readyDemo(t);
  t.match(await demo.result('model/list'), { data: [{ id: 'demo', isDefault: true }], nextCursor: null });
  t.match(await demo.result('account/read'), { account: null, requiresOpenaiAuth: false });
  t.match(await demo.result('config/read', { includeLayers: true }), {
    config: { model: 'demo' },
    layers: [],
  });
  t.match(await demo.result('config/read'), { layers: null });
  t.match(await demo.result('config/value/write', { keyPath: 'model', value: 'x' }), { status: 'ok' });
  t.strictSame(await demo.result('hooks/list', { cwds: ['/a', '/b'] }), {
    data: ['/a', '/b'].map((cwd) => ({ cwd, hooks: [], warnings: [], errors: [] })),
  });
  t.match(await demo.result('skills/list'), { data: [{ cwd: process.cwd(), skills: [] }] });
  t.match(await demo.error('account/rateLimits/read'), /authentication required/);
  demo.raw('{"id":"no params","method":"configRequirements/read"}');
  t.match(await demo.answerTo('no params'), { result: { requirements: null } });
  const search = { sessionId: 's', query: 'cart' };
  await demo.result('fuzzyFileSearch/sessionUpdate', search);
  t.match((await demo.next('fuzzyFileSearch/sessionUpdated'))['params'], { ...search, files: [] });
});
