import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import tap, { type Test } from 'tap';
import { statusResult, type StatusResult } from '../../protocol/schemas.js';
import type { Wire } from '../../protocol/wires.js';
import { member, text, type Json, type JsonObject } from '../codex/json.js';
import { of, typed } from '../conformance/scenarios/steps.js';
import { positionIn, Refused, WireClient } from '../delivery/wire-client.js';
import { Inbox } from '../support/inbox.js';
import { COMMAND_APPROVAL, noCodex, setStage, startBroker } from './stage.js';

/** What the turn that fails has changed. Its sandbox is narrower than `workspace-write` by itself, but for the network. */
const CHANGED = {
  model: 'another-model',
  approvalPolicy: 'never',
  sandbox: {
    type: 'workspaceWrite',
    writableRoots: [],
    networkAccess: true,
    excludeTmpdirEnvVar: true,
    excludeSlashTmp: true,
  },
  reasoningEffort: 'high',
};

/** A client, and what it was told. */
class Witness {
  readonly heard: Inbox<JsonObject>;
  private constructor(
    readonly client: WireClient,
    heard: Inbox<JsonObject>,
  ) {
    this.heard = heard;
  }

  static async connect(t: Test, url: string, name: string, wire: Wire): Promise<Witness> {
    const heard = new Inbox<JsonObject>(name);
    const client = await WireClient.connect(t, url, { name, wire, hear: (message) => heard.push(message) });
    return new Witness(client, heard);
  }

  /** The params of the next such notification or request, about that thread. */
  async told(method: string, threadId: string): Promise<Json> {
    const is = (message: JsonObject): boolean =>
      message['method'] === method && of(threadId)(message['params'] ?? null);
    const { params } = await this.heard.take(`${method} of ${threadId}`, is);
    return params ?? null;
  }

  /** The next `broker/log/reset` of that log. */
  async reset(log: string): Promise<Json> {
    const { params } = await this.heard.take(
      `the reset of ${log}`,
      ({ method, params }) => method === 'broker/log/reset' && member(params, 'log') === log,
    );
    return params ?? null;
  }
}

async function statusOf({ client }: Witness): Promise<StatusResult> {
  return statusResult.parse(await client.call('broker/status'));
}

function pidOf({ runtime }: StatusResult): number {
  return Number(/\(pid (\d+)\)/.exec(runtime.label)?.[1]);
}

/** What a thread goes on with. */
function settings(result: Json): Json {
  const names = ['cwd', ...Object.keys(CHANGED)];
  return Object.fromEntries(names.map((name) => [name, member(result, name) ?? null]));
}

void tap.test('the runtime killed in the middle of a turn', { skip: noCodex }, async (suite) => {
  const stage = await setStage(suite);
  const { cli, url } = await startBroker(suite, stage);
  const stock = await Witness.connect(suite, url, 'stock', 'stock');
  const v1 = await Witness.connect(suite, url, 'v1', 'json');
  const other = path.join(stage.home.work, 'other');
  await mkdir(other);
  const chosen = { cwd: other, sandbox: 'workspace-write', approvalPolicy: 'untrusted' };
  const threadId = text(await stock.client.call('thread/start', chosen), 'thread', 'id');
  const ephemeral = await v1.client.call('thread/start', { cwd: other, ephemeral: true });
  const ephemeralId = text(ephemeral, 'thread', 'id');
  const waitingId = text(await v1.client.call('thread/start', { cwd: other }), 'thread', 'id');
  await stock.client.call('turn/start', { threadId, input: typed('hello') });
  await stock.told('turn/completed', threadId);
  const before = await v1.client.call('thread/resume', { threadId, excludeTurns: true });
  suite.match(before, { cwd: other, approvalPolicy: 'untrusted', sandbox: { type: 'workspaceWrite' } });
  const position = positionIn(member(before, 'threadcast'));

  const held = stage.model.hold('never ends');
  const { sandbox: sandboxPolicy, reasoningEffort: effort, model, approvalPolicy } = CHANGED;
  const changed = { sandboxPolicy, effort, model, approvalPolicy };
  const turn = await stock.client.call('turn/start', { threadId, input: typed('never ends'), ...changed });
  (await held).say('these ', 'are ', 'the ', 'last ', 'words');
  for (const one of [stock, v1])
    await one.heard.take('the last words', ({ params }) => member(params, 'delta') === 'words');
  await v1.client.call('turn/start', { threadId: waitingId, input: typed('run true') });
  await v1.told(COMMAND_APPROVAL, waitingId);
  const inFlight = stock.client.call('command/exec', { command: ['sleep', '1000'] });
  const failed = inFlight.then(
    () => null,
    (error: unknown) => error,
  );
  const status = await statusOf(v1);
  suite.equal(status.runtime.restarts, 0);
  process.kill(pidOf(status), 'SIGKILL');

  await suite.test('whoever watches is told that the turn has failed', async (t) => {
    const turnId = text(turn, 'turn', 'id');
    for (const one of [stock, v1]) {
      const told = await one.told('turn/completed', threadId);
      t.match(told, { turn: { id: turnId, status: 'failed', error: { message: /SIGKILL/ } } });
    }
  });

  await suite.test('nobody waits for ever', async (t) => {
    const refusal = await failed;
    t.match(refusal, { error: { code: -32_001, data: { reason: 'runtimeExited' } } });
    t.type(refusal, Refused);
    await v1.told('serverRequest/resolved', waitingId);
    t.match(await v1.told('turn/completed', waitingId), { turn: { status: 'failed' } });
  });

  await suite.test('its threads come back, but for one that it has kept nowhere', async (t) => {
    await v1.told('thread/closed', ephemeralId);
    t.match(await v1.reset('lobby'), { seq: 0, reason: 'runtimeRestarted' });
    const reset = await v1.reset(threadId);
    t.match(reset, { seq: 0, reason: 'runtimeRestarted' });
    t.not(member(reset, 'epoch'), position.epoch);
    t.match(await v1.reset(waitingId), { seq: 0 });
    await cli.stderr.take('the return', (line) => line.includes('the runtime is back'));
    const { runtime, threads } = await statusOf(v1);
    t.match(runtime, { state: 'running', restarts: 1 });
    t.not(runtime.label, status.runtime.label);
    t.strictSame(threads.map((thread) => thread.threadId).sort(), [threadId, waitingId].sort());
  });

  await suite.test('a thread goes on, on the same connections and with the same settings', async (t) => {
    const resumed = await stock.client.call('thread/resume', { threadId, excludeTurns: true });
    t.strictSame(settings(resumed), { cwd: other, ...CHANGED });
    await stock.client.call('turn/start', { threadId, input: typed('hello again') });
    for (const one of [stock, v1])
      t.match(await one.told('turn/completed', threadId), { turn: { status: 'completed' } });
    const joined = await v1.client.call('broker/thread/join', { threadId, since: { ...position } });
    t.match(joined, { recovered: false, snapshot: { cwd: other, ...CHANGED } });
    const turns = member(joined, 'snapshot', 'thread', 'turns');
    t.match(
      turns,
      [{ status: 'completed' }, { id: text(turn, 'turn', 'id') }, { status: 'completed' }],
      'it has all three turns',
    );
  });
});
