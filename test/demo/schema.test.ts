import t from 'tap';
import { type JsonObject, member } from '../codex/json.js';
import { findCodex } from './real-codex.js';
import { column, readyDemo, type Runtime, stateFolder } from './runtime.js';
import { printSchemas, Schema } from './schema.js';

const codex = await findCodex();
const skip = 'missing' in codex ? codex.missing : false;
const command = 'command' in codex ? codex.command : '';

const DECISIONS: Readonly<Record<string, object>> = {
  'item/commandExecution/requestApproval': { decision: 'accept' },
  'item/fileChange/requestApproval': { decision: 'accept' },
  'item/tool/requestUserInput': { answers: {} },
};

/** Plays everything that the demo has, and allows it all. */
async function playAll(demo: Runtime, threadId: string): Promise<void> {
  for (const words of ['help', 'think', 'plan', 'fail', 'long 5']) await demo.playTurn(threadId, words);
  for (const words of ['run', 'edit', 'ask', 'agent', 'free text']) {
    await demo.startTurn(threadId, words);
    for (const [method, decision] of asked(words)) demo.answer(await demo.next(method), decision);
    await demo.turnEnd(threadId);
  }
  await demo.result('thread/compact/start', { threadId });
  await demo.turnEnd(threadId);
  await demo.result('thread/shellCommand', { threadId, command: 'ls' });
  await demo.turnEnd(threadId);
  await demo.result('thread/goal/set', { threadId, objective: 'all of it' });
  await demo.turnEnd(threadId);
  await demo.playTurn(threadId, 'think', { effort: 'low' });
}

function asked(words: string): [method: string, decision: object][] {
  const [run, edit, ask] = Object.entries(DECISIONS);
  const order = { edit: [edit], ask: [ask], 'free text': [edit, run] }[words] ?? [run];
  return order.filter((entry) => entry !== undefined);
}

/** The schema of the answer to each request, where its name is not that of the method. */
const ANSWERS: readonly (readonly [method: string, params: object, schema: string])[] = [
  ['thread/read', { includeTurns: true }, 'v2/ThreadReadResponse'],
  ['thread/resume', { initialTurnsPage: {} }, 'v2/ThreadResumeResponse'],
  ['thread/turns/list', { itemsView: 'full' }, 'v2/ThreadTurnsListResponse'],
  ['thread/items/list', { limit: 100 }, 'v2/ThreadItemsListResponse'],
  ['thread/goal/get', {}, 'v2/ThreadGoalGetResponse'],
  ['thread/fork', {}, 'v2/ThreadForkResponse'],
  ['thread/list', {}, 'v2/ThreadListResponse'],
  ['thread/search', { searchTerm: 'checkout' }, 'v2/ThreadSearchResponse'],
  ['thread/loaded/list', {}, 'v2/ThreadLoadedListResponse'],
  ['thread/readState/update', { operation: { type: 'read' } }, 'v2/ThreadReadStateUpdateResponse'],
  ['thread/metadata/update', { gitInfo: { sha: 'x' } }, 'v2/ThreadMetadataUpdateResponse'],
  ['review/start', { target: { type: 'uncommittedChanges' } }, 'v2/ReviewStartResponse'],
  ['thread/unsubscribe', {}, 'v2/ThreadUnsubscribeResponse'],
  ['account/read', {}, 'v2/GetAccountResponse'],
  ['config/read', { includeLayers: true }, 'v2/ConfigReadResponse'],
  ['config/value/write', { keyPath: 'a', value: 1 }, 'v2/ConfigWriteResponse'],
  ['configRequirements/read', {}, 'v2/ConfigRequirementsReadResponse'],
  ['collaborationMode/list', {}, 'v2/CollaborationModeListResponse'],
  ['experimentalFeature/list', {}, 'v2/ExperimentalFeatureListResponse'],
  ['hooks/list', {}, 'v2/HooksListResponse'],
  ['mcpServerStatus/list', {}, 'v2/ListMcpServerStatusResponse'],
  ['model/list', {}, 'v2/ModelListResponse'],
  ['permissionProfile/list', {}, 'v2/PermissionProfileListResponse'],
  ['plugin/installed', {}, 'v2/PluginInstalledResponse'],
  ['plugin/list', {}, 'v2/PluginListResponse'],
  ['skills/list', {}, 'v2/SkillsListResponse'],
];

t.test('all that the demo says is what the schema of Codex allows', { skip }, async (t) => {
  const folder = stateFolder(t);
  await printSchemas(command, folder);
  const demo = await readyDemo(t);
  const threadId = await demo.startThread();
  await playAll(demo, threadId);

  t.test('answers', async (t) => {
    for (const [method, params, schema] of ANSWERS) {
      const result = await demo.result(method, { threadId, ...params });
      t.strictSame(new Schema(folder, schema).errors(result), [], method);
    }
  });

  t.test('notifications and requests', (t) => {
    const said = demo.said.all.filter((message) => message['method'] !== undefined);
    const check = (kind: string, messages: readonly JsonObject[]): void => {
      const schema = new Schema(folder, kind);
      t.ok(messages.length > 0);
      for (const message of messages) {
        const errors = schema.errors(message);
        if (errors.length > 0) t.fail(`${kind}: ${errors.join('; ')}`);
      }
    };
    check(
      'ServerNotification',
      said.filter((message) => message['id'] === undefined),
    );
    check(
      'ServerRequest',
      said.filter((message) => message['id'] !== undefined),
    );
    const kinds = new Set(column(said, 'method'));
    t.ok(kinds.size > 20, `of ${kinds.size} kinds`);
    t.end();
  });

  t.test('and the schema would say so if it were not', (t) => {
    const schema = new Schema(folder, 'ServerNotification');
    const started = demo.said.all.find((message) => message['method'] === 'turn/started');
    t.strictSame(schema.errors(started ?? null), []);
    t.not(schema.errors({ method: 'turn/started', params: {} }).length, 0);
    t.not(schema.errors({ method: 'nope', params: member(started, 'params') ?? null }).length, 0);
    const odd = { threadId: 'a', status: { type: 'tired' } };
    t.not(schema.errors({ method: 'thread/status/changed', params: odd }).length, 0);
    t.end();
  });
});
