import assert from 'node:assert/strict';
import tap, { type Test } from 'tap';
import { member, type Json } from '../codex/json.js';
import { startCodexServer } from '../codex/server.js';
import { typed } from '../conformance/scenarios/steps.js';
import {
  auditOf,
  create,
  kill,
  list,
  newThread,
  obeyMessages,
  reply,
  send,
  Witness,
} from './attachments-stage.js';
import { noCodex, setStage, startBroker, type Stage } from './stage.js';

const ALL = ['active', 'archived', 'detached'];

/** Something is asked of Codex while no broker runs. */
async function beside(t: Test, stage: Stage, method: string, threadId: string): Promise<void> {
  const server = await startCodexServer(stage.codex, stage.home);
  const { client } = await Witness.connect(t, server.url, 'without a broker', 'stock');
  await client.call(method, { threadId });
  client.cut();
  await server.stop();
}

/** The next change of the edge, as a subscriber of its parent is told. */
async function change(watcher: Witness, parentThreadId: string): Promise<Json> {
  const { params } = await watcher.heard.take(
    'a change',
    ({ method, log }) => method === 'broker/attachment/changed' && log === parentThreadId,
  );
  return member(params, 'attachment') ?? null;
}

void tap.test('an edge follows its threads', { skip: noCodex }, async (suite) => {
  const stage = await setStage(suite);
  stage.model.script = obeyMessages;
  let broker = await startBroker(suite, stage);
  let operator = await Witness.connect(suite, broker.url, 'operator');
  const parentThreadId = await newThread(stage, operator, 'parent');
  const childThreadId = await newThread(stage, operator, 'child');
  const edge = await create(operator, { parentThreadId, childThreadId });
  const { attachmentId } = edge;
  suite.strictSame(await change(operator, parentThreadId), edge);
  const states = async (): Promise<unknown[]> => (await list(operator, ALL)).map(({ state }) => state);
  const refusal = async (): Promise<Json> =>
    await operator.refused('broker/attachment/send', { attachmentId, from: 'parent', input: typed('no') });
  /** What happens to the child while the broker is down. */
  const meanwhile = async (t: Test, method: string): Promise<void> => {
    await kill(broker);
    await beside(t, stage, method, childThreadId);
    broker = await startBroker(suite, stage);
    operator = await Witness.connect(suite, broker.url, 'operator');
  };

  await suite.test('into the archive, where nothing is sent to', async (t) => {
    await operator.client.call('thread/archive', { threadId: childThreadId });
    const changed = await change(operator, parentThreadId);
    t.match(changed, { ...edge, state: 'archived', updatedAt: String });
    t.strictSame(await list(operator), []);
    t.match(await refusal(), { data: { reason: 'notRoutable' } });
    const ends = { parentThreadId: childThreadId, childThreadId: parentThreadId };
    const error = await operator.refused('thread/attachment/create', ends);
    t.match(error, { data: { reason: 'threadArchived' } });
  });

  await suite.test('and back, where the child is loaded for what is sent to it', async (t) => {
    await operator.client.call('thread/unarchive', { threadId: childThreadId });
    t.match(await change(operator, parentThreadId), { state: 'active' });
    const sent = await send(operator, attachmentId, 'are you back');
    t.match((await reply(operator, sent)).message, { status: 'completed', text: 'You said are you back' });
  });

  await suite.test('into the archive while the broker is down', async (t) => {
    await meanwhile(t, 'thread/archive');
    t.strictSame(await states(), ['archived'], 'the first list knows');
    t.match(await refusal(), { data: { reason: 'notRoutable' } });
  });

  await suite.test('and back while it is down', async (t) => {
    await meanwhile(t, 'thread/unarchive');
    t.strictSame(await states(), ['active']);
    await operator.client.call('broker/thread/join', { threadId: parentThreadId });
    const sent = await send(operator, attachmentId, 'nobody has loaded you');
    const { message } = await reply(operator, sent);
    t.match(message, { status: 'completed', text: 'You said nobody has loaded you' });
  });

  await suite.test('and ends with one that is deleted while the broker is down', async (t) => {
    await meanwhile(t, 'thread/delete');
    t.strictSame(await states(), ['detached']);
    t.match(await refusal(), { data: { reason: 'notRoutable' } });
    const audit = await auditOf(operator, { attachmentId });
    const changes = audit.filter(({ kind }) => kind === 'stateChanged');
    t.strictSame(
      changes.map((entry) => {
        assert('attachment' in entry);
        return entry.attachment.state;
      }),
      ['archived', 'active', 'archived', 'active', 'detached'],
      'each of it once',
    );
  });

  await suite.test('or with one that is deleted now', async (t) => {
    const other = await newThread(stage, operator, 'other');
    await operator.client.call('broker/thread/join', { threadId: parentThreadId });
    const created = await create(operator, { parentThreadId, childThreadId: other });
    t.strictSame(await change(operator, parentThreadId), created);
    await operator.client.call('thread/delete', { threadId: other });
    t.match(await change(operator, parentThreadId), { childThreadId: other, state: 'detached' });
    t.strictSame(await list(operator), []);
  });
});
