import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import tap from 'tap';
import { isList, member, text, type Json } from '../codex/json.js';
import { typed } from '../conformance/scenarios/steps.js';
import { positionIn } from '../delivery/wire-client.js';
import {
  auditOf,
  create,
  holdModel,
  list,
  newThread,
  obeyMessages,
  reply,
  send,
  Witness,
} from './attachments-stage.js';
import { COMMAND_APPROVAL, noCodex, setStage, startBroker } from './stage.js';

/** All that Codex shows and keeps of some threads; what that makes it say has come to these clients. */
async function shown(
  reader: Witness,
  threadIds: readonly string[],
  others: readonly Witness[],
): Promise<unknown> {
  const each = [];
  for (const threadId of threadIds) {
    const read = await reader.client.call('thread/read', { threadId, includeTurns: true });
    const resumed = await reader.client.call('thread/resume', { threadId, excludeTurns: true });
    for (const one of [reader, ...others]) await one.of(threadId, 'thread/goal/cleared');
    const file = text(read, 'thread', 'path');
    each.push({
      read,
      resumed,
      history: await readFile(file, 'utf8'),
      writtenMs: (await stat(file)).mtimeMs,
    });
  }
  // Its cursors tell the times to a millisecond.
  return { each, list: await reader.client.call('thread/list', { sortKey: 'updated_at' }) };
}

function message(turn: readonly (readonly [string, string])[]): Json {
  return turn.map(([type, words]) => ({ type, text: words }));
}

void tap.test('an operator works with attached threads', { skip: noCodex }, async (suite) => {
  const stage = await setStage(suite);
  stage.model.script = obeyMessages;
  const { url } = await startBroker(suite, stage);
  const operator = await Witness.connect(suite, url, 'operator');
  const ofParent = await Witness.connect(suite, url, 'client of the parent', 'stock');
  const ofChild = await Witness.connect(suite, url, 'client of the child', 'stock');
  const parentThreadId = await newThread(stage, ofParent, 'parent');
  const childThreadId = await newThread(stage, ofChild, 'child');
  const ends = { parentThreadId, childThreadId };
  const threadIds = [parentThreadId, childThreadId];

  await suite.test('an edge that comes and goes changes nothing about its threads', async (t) => {
    const reader = await Witness.connect(t, url, 'reader', 'stock');
    const stock = [ofParent, ofChild, reader];
    const counts = async (): Promise<number[]> => await Promise.all(stock.map((one) => one.count()));
    const before = await shown(reader, threadIds, [ofParent, ofChild]);
    const told = await counts();
    const { attachmentId } = await create(operator, { ...ends, roleLabel: 'reviewer', deliverReplies: true });
    t.strictSame(await counts(), told, 'nobody is told of its creation who speaks as app-server does');
    t.strictSame(await shown(reader, threadIds, [ofParent, ofChild]), before);
    const toldMore = await counts();
    await operator.client.call('thread/attachment/delete', { attachmentId });
    t.strictSame(await counts(), toldMore, 'nor of its end');
    t.strictSame(await shown(reader, threadIds, [ofParent, ofChild]), before);
  });

  const { attachmentId } = await create(operator, { ...ends, roleLabel: 'reviewer' });
  await operator.client.call('broker/thread/join', { threadId: parentThreadId });

  await suite.test('a message is a turn in the folder of the child, and the reply its end', async (t) => {
    const sent = await send(operator, attachmentId, 'run pwd');
    const label = '[Message from the attached parent thread "hello parent"]\n\n';
    const content = message([
      ['text', label],
      ['text', 'run pwd'],
    ]);
    t.match(await ofChild.item(sent.turnId, 'userMessage'), { content });
    const { id } = await ofChild.told(COMMAND_APPROVAL, () => true);
    ofChild.client.send({ id: id ?? null, result: { decision: 'accept' } });
    const folder = path.join(stage.home.work, 'child');
    const ran = { cwd: folder, aggregatedOutput: `${folder}\n`, exitCode: 0 };
    t.match(await ofChild.item(sent.turnId, 'commandExecution'), ran);
    t.match(await ofChild.ended(sent.turnId), { status: 'completed' });

    const { log, seq, message: replied } = await reply(operator, sent);
    t.equal(log, parentThreadId);
    t.type(seq, 'number');
    const between = { from: childThreadId, to: parentThreadId, turnId: sent.turnId };
    t.match(replied, { ...between, kind: 'reply', text: 'It is done.', status: 'completed', hops: 2 });
    const [asked, answered] = (await auditOf(operator, { attachmentId })).slice(-2);
    t.match(asked, { kind: 'message', messageId: sent.messageId, text: 'run pwd' });
    t.strictSame(answered, { ...replied, ...ends });
  });

  await suite.test('the child writes to its parent, too', async (t) => {
    const sent = await send(operator, attachmentId, 'a question', { from: 'child' });
    const label = '[Message from the attached child thread (reviewer) "hello child"]\n\n';
    const content = message([
      ['text', label],
      ['text', 'a question'],
    ]);
    t.match(await ofParent.item(sent.turnId, 'userMessage'), { content });
    const { message: replied } = await reply(operator, sent);
    t.match(replied, { from: parentThreadId, to: childThreadId, turnId: sent.turnId });
    t.equal(replied.text, 'You said a question');
  });

  await suite.test('a message to a child that is at work joins its turn', async (t) => {
    const held = holdModel(stage, 'take your time');
    const params = { threadId: childThreadId, input: typed('take your time') };
    const turn = await ofChild.client.call('turn/start', params);
    const model = await held;
    const sent = await send(operator, attachmentId, 'and this');
    t.equal(sent.turnId, member(turn, 'turn', 'id'));
    model.finish();
    const { message: replied } = await reply(operator, sent);
    t.match(replied, { turnId: sent.turnId, status: 'completed', text: 'You said and this' });
    t.match(await ofChild.ended(sent.turnId), { status: 'completed' });
  });

  await suite.test('a reply that is waited for is a turn of the parent', async (t) => {
    await operator.client.call('thread/attachment/delete', { attachmentId });
    const edge = await create(operator, { ...ends, displayName: 'Ann', deliverReplies: true });
    const sent = await send(operator, edge.attachmentId, 'tell me');
    const note = '. The last message of this turn goes back to it as the reply';
    const asked = message([
      ['text', `[Message from the attached parent thread "hello parent"${note}]\n\n`],
      ['text', 'tell me'],
    ]);
    t.match(await ofChild.item(sent.turnId, 'userMessage'), { content: asked });
    const { message: replied } = await reply(operator, sent);
    const told = await ofParent.told(
      'item/completed',
      (params) => member(params, 'item', 'clientId') === replied.messageId,
    );
    const content = message([
      ['text', '[Reply from the attached child thread "Ann"]\n\n'],
      ['text', 'You said tell me'],
    ]);
    t.match(told['params'], { threadId: parentThreadId, item: { content } });
    t.match(await ofParent.ended(text(told['params'], 'turnId')), { status: 'completed' });
    await operator.client.call('thread/attachment/delete', { attachmentId: edge.attachmentId });
  });

  await suite.test('who was away while an edge was created learns of it', async (t) => {
    const away = await Witness.connect(t, url, 'away');
    const since = positionIn(await away.client.call('broker/thread/join', { threadId: parentThreadId }));
    away.client.cut();
    const edge = await create(operator, ends);
    const back = await Witness.connect(t, url, 'back');
    const joined = await back.client.call('broker/thread/join', {
      threadId: parentThreadId,
      since: { ...since },
    });
    t.match(joined, { recovered: true, seq: since.seq + 1 });
    const entry = await back.told('broker/attachment/changed', () => true);
    t.match(entry, { log: parentThreadId, seq: since.seq + 1, params: { attachment: edge } });
    await operator.client.call('thread/attachment/delete', { attachmentId: edge.attachmentId });
  });

  await suite.test('what was attached goes on by itself', async (t) => {
    t.strictSame(await list(operator), []);
    const params = { attachmentId, from: 'parent', input: typed('no') };
    const refusal = await operator.refused('broker/attachment/send', params);
    t.match(refusal, { code: -32_600, data: { reason: 'notRoutable' } });
    const { client } = await Witness.connect(t, url, 'later', 'stock');
    const data = member(await client.call('thread/list', {}), 'data');
    t.strictSame(isList(data) && data.map((thread) => text(thread, 'id')).toSorted(), threadIds.toSorted());
    for (const [threadId, folder, owner] of [
      [parentThreadId, 'parent', ofParent],
      [childThreadId, 'child', ofChild],
    ] as const) {
      const resumed = await client.call('thread/resume', { threadId });
      t.match(resumed, { cwd: path.join(stage.home.work, folder) });
      t.match(member(resumed, 'thread'), { status: { type: 'idle' }, attachedToThreadId: null });
      const turn = await owner.client.call('turn/start', { threadId, input: typed('on my own') });
      const turnId = text(turn, 'turn', 'id');
      t.match(await owner.item(turnId, 'agentMessage'), { text: 'You said on my own' });
      t.match(await owner.ended(turnId), { status: 'completed' });
    }
  });

  const own = [...ofParent.heard.all, ...ofChild.heard.all].map((one) => one['method']);
  suite.strictSame(
    own.filter((method) => typeof method === 'string' && method.startsWith('broker/')),
    [],
    'all of it without a word to those who speak as app-server does',
  );
});
