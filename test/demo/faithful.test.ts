import t from 'tap';
import { isList, isObject, type JsonObject, member } from '../codex/json.js';
import { findCodex, startCodex } from './real-codex.js';
import { readyDemo, type Runtime } from './runtime.js';
import { differences } from './shape.js';

const codex = await findCodex();
const skip = 'missing' in codex ? codex.missing : false;
const command = 'command' in codex ? codex.command : '';

/** Notifications whose place depends on how the real machine is doing. */
const ELSEWHERE = new Set(['item/commandExecution/outputDelta', 'warning']);

const GOES_ON = 'thread/status/changed active';
const USAGE = 'thread/tokenUsage/updated';

/** What a message is, for comparing the order of things. */
function label(message: JsonObject): string {
  const { method, params } = message;
  const item = member(params, 'item');
  const status = member(params, 'status');
  const about = [member(item, 'type'), member(item, 'status'), member(status, 'type')];
  const flags = member(status, 'activeFlags');
  return [method, ...about, ...(isList(flags) ? flags : [])]
    .filter((word) => typeof word === 'string')
    .join(' ');
}

/**
 * What was said about one thread; of the same thing twice in a row, one. That a turn goes on counts once: after
 * an answer the real server says it before or after the item's end, as it comes. The usage of a turn that is called
 * off does not count: the real server says it or not, by which of its own tasks is faster.
 */
function course(runtime: Runtime, threadId: string): JsonObject[] {
  const all = runtime.said.all.filter((message) => member(message, 'params', 'threadId') === threadId);
  const calledOff = all
    .filter((message) => member(message, 'params', 'turn', 'status') === 'interrupted')
    .map((message) => member(message, 'params', 'turn', 'id'));
  const about = all
    .filter(({ method }) => typeof method === 'string' && !ELSEWHERE.has(method))
    .filter(({ method, params }) => method !== USAGE || !calledOff.includes(member(params, 'turnId')));
  const goesOn = about.findIndex((message) => label(message) === GOES_ON);
  return about
    .filter((message, i) => label(message) !== GOES_ON || i === goesOn)
    .filter((message, i, all) => label(message) !== label(all[i - 1] ?? {}));
}

/** Plays a scene and answers what it asks. @returns the course of its thread, and those of its sub-agents. */
async function play(runtime: Runtime, words: string, answer: object): Promise<JsonObject[][]> {
  const threadId = await runtime.startThread({ model: 'gpt-5.5' });
  const first = runtime.said.all.length;
  await runtime.startTurn(threadId, words);
  const over = runtime.turnEnd(threadId);
  if (ASKS[words] !== undefined) runtime.answer(await runtime.next(ASKS[words]), answer);
  await over;
  const ids = runtime.said.all.slice(first).map((message) => member(message, 'params', 'threadId'));
  const threads = new Set(ids.filter((id) => typeof id === 'string'));
  for (const id of threads) if (id !== threadId) await runtime.turnEnd(id);
  return [...threads].map((id) => course(runtime, id));
}

const ASKS: Readonly<Record<string, string>> = {
  run: 'item/commandExecution/requestApproval',
  edit: 'item/fileChange/requestApproval',
  ask: 'item/tool/requestUserInput',
  agent: 'item/commandExecution/requestApproval',
};

t.test('the demo behaves like the real server', { skip }, async (t) => {
  const real = await startCodex(t, command);
  const demo = await readyDemo(t);
  const hello = await real.initialize();
  t.strictSame(Object.keys(hello), ['userAgent', 'codexHome', 'platformFamily', 'platformOs']);

  const scenes: readonly (readonly [words: string, answer: object])[] = [
    ['help', {}],
    ['think', {}],
    ['run', { decision: 'accept' }],
    ['run', { decision: 'decline' }],
    ['run', { decision: 'cancel' }],
    ['run', { decision: 'perhaps' }],
    ['edit', { decision: 'decline' }],
    ['edit', { decision: 'cancel' }],
    ['edit', { decision: 'accept' }],
    ['ask', { answers: {} }],
    ['plan', {}],
    ['agent', { decision: 'accept' }],
  ];
  for (const [words, answer] of scenes) {
    t.test(`in the scene ${words} ${JSON.stringify(answer)}`, async (t) => {
      const [expected, actual] = [await play(real, words, answer), await play(demo, words, answer)];
      t.equal(actual.length, expected.length, 'as many threads');
      for (const [i, messages] of expected.entries()) {
        t.strictSame(actual[i]?.map(label), messages.map(label), 'the same order of things');
        t.strictSame(
          messages.flatMap((message, at) => differences(message, actual[i]?.[at])),
          [],
        );
      }
    });
  }

  t.test('at the end of a turn that fails', async (t) => {
    const [[expected = []], [actual = []]] = [await play(real, 'fail', {}), await play(demo, 'fail', {})];
    t.strictSame(actual.slice(-4).map(label), expected.slice(-4).map(label));
    t.equal(label(expected.at(-3) ?? {}), 'error');
    const pairs = expected.slice(-4).map((message, i) => [message, actual.slice(-4)[i]] as const);
    t.strictSame(
      pairs.flatMap(([one, other]) => differences(one, other)),
      [],
    );
  });

  t.test('when a turn that waits is interrupted, and when a thread is compacted', async (t) => {
    const [expected, actual] = [await interruptAndCompact(real), await interruptAndCompact(demo)];
    t.strictSame(actual.map(label), expected.map(label));
    t.strictSame(
      expected.flatMap((message, i) => differences(message, actual[i])),
      [],
    );
  });

  t.test('in what it answers', async (t) => {
    const [expected, actual] = [await results(real), await results(demo)];
    for (const [what, result] of Object.entries(expected)) {
      t.strictSame(differences(result, actual[what]), [], what);
    }
  });

  t.test('in what it refuses', async (t) => {
    for (const [method, params] of REFUSED) {
      const [expected, actual] = [await real.error(method, params), await demo.error(method, params)];
      // The list of all methods that there are is the one thing that may differ.
      t.equal(
        actual.replace(/, expected one of `initialize`.*/, ''),
        expected.replace(/, expected one of `initialize`.*/, ''),
      );
    }
  });
});

async function interruptAndCompact(runtime: Runtime): Promise<JsonObject[]> {
  const threadId = await runtime.startThread({ model: 'gpt-5.5' });
  const turnId = await runtime.startTurn(threadId, 'run');
  await runtime.next('item/commandExecution/requestApproval', threadId);
  await runtime.result('turn/interrupt', { threadId, turnId });
  await runtime.next('serverRequest/resolved', threadId);
  await runtime.turnEnd(threadId);
  await runtime.result('thread/compact/start', { threadId });
  await runtime.turnEnd(threadId);
  return course(runtime, threadId);
}

/** What the requests about one thread, and those of a client that starts, are answered with. */
async function results(runtime: Runtime): Promise<Record<string, JsonObject>> {
  const threadId = await runtime.startThread({ model: 'gpt-5.5' });
  await runtime.playTurn(threadId, 'think');
  await runtime.playTurn(threadId, 'help');
  const found: Record<string, JsonObject> = {};
  for (const [method, params] of ASKED) {
    const { result, error } = await runtime.call(
      method,
      method.startsWith('thread/') ? { threadId, ...params } : params,
    );
    found[`${method} ${JSON.stringify(params)}`] = isObject(result) ? result : { error: error ?? null };
  }
  return found;
}

const ASKED: readonly (readonly [method: string, params: object])[] = [
  ['thread/start', { ephemeral: true, sandbox: 'workspace-write' }],
  ['thread/read', {}],
  ['thread/read', { includeTurns: true }],
  ['thread/resume', {}],
  ['thread/resume', { excludeTurns: true, initialTurnsPage: { limit: 1 } }],
  ['thread/turns/list', {}],
  ['thread/turns/list', { itemsView: 'full', limit: 1 }],
  ['thread/turns/list', { itemsView: 'notLoaded', sortDirection: 'asc' }],
  ['thread/items/list', { limit: 2 }],
  ['thread/list', { limit: 1 }],
  ['thread/list', { searchTerm: 'no such thing' }],
  ['thread/search', { searchTerm: 'think' }],
  ['thread/loaded/list', { limit: 1 }],
  ['thread/name/set', { name: 'Named' }],
  ['thread/metadata/update', { gitInfo: { branch: 'main' } }],
  ['thread/goal/get', {}],
  ['thread/goal/set', { objective: 'later', status: 'paused' }],
  ['thread/goal/clear', {}],
  ['thread/backgroundTerminals/list', {}],
  ['thread/fork', { excludeTurns: true, ephemeral: true }],
  ['thread/unsubscribe', {}],
  ['thread/archive', {}],
  ['thread/unarchive', {}],
  ['thread/delete', {}],
  ['account/read', {}],
  ['account/bedrock/checkGovCloudRequirements', {}],
  ['app/list', {}],
  ['collaborationMode/list', {}],
  ['experimentalFeature/list', {}],
  ['getAuthStatus', {}],
  ['hooks/list', {}],
  ['mcpServerStatus/list', {}],
  ['model/list', {}],
  ['permissionProfile/list', {}],
  ['plugin/installed', {}],
  ['plugin/list', {}],
  ['skills/list', {}],
];

const UNKNOWN = { threadId: '00000000-0000-7000-8000-000000000000' };
const REFUSED: readonly (readonly [method: string, params: object])[] = [
  ['nope', {}],
  ['initialize', { clientInfo: { name: 'again', version: '1' } }],
  ['thread/read', {}],
  ['thread/read', { threadId: 5 }],
  ['thread/read', { threadId: 'nope' }],
  ['thread/read', UNKNOWN],
  ['thread/resume', { threadId: 'nope' }],
  ['thread/resume', UNKNOWN],
  ['thread/fork', UNKNOWN],
  ['thread/archive', UNKNOWN],
  ['thread/unarchive', UNKNOWN],
  ['thread/delete', UNKNOWN],
  ['thread/name/set', UNKNOWN],
  ['thread/name/set', { ...UNKNOWN, name: 'x' }],
  ['thread/turns/list', UNKNOWN],
  ['thread/compact/start', UNKNOWN],
  ['thread/goal/get', UNKNOWN],
  ['thread/list', { limit: 'x' }],
  ['thread/list', { sortKey: 'x' }],
  ['thread/list', { cursor: 'x' }],
  ['thread/start', { approvalPolicy: 'x' }],
  ['thread/start', { sandbox: 'x' }],
  ['turn/start', UNKNOWN],
  ['turn/start', { ...UNKNOWN, input: [] }],
  ['turn/start', { ...UNKNOWN, input: [{ type: 'nope' }] }],
  ['turn/steer', { ...UNKNOWN, input: [] }],
  ['turn/steer', { ...UNKNOWN, input: [], expectedTurnId: 'x' }],
  ['turn/interrupt', { ...UNKNOWN, turnId: 'x' }],
  ['account/rateLimits/read', {}],
];
