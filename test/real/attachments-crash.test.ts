import assert from 'node:assert/strict';
import tap, { type Test } from 'tap';
import type { SendResult } from '../../protocol/attachments.js';
import { statusResult } from '../../protocol/schemas.js';
import { isList, member, text, type Json } from '../codex/json.js';
import type { ModelTurn } from '../codex/model-turn.js';
import { typed } from '../conformance/scenarios/steps.js';
import {
  auditOf,
  create,
  holdModel,
  kill,
  newThread,
  obeyMessages,
  reply,
  send,
  Witness,
} from './attachments-stage.js';
import { inTime } from '../support/deadline.js';
import { noCodex, setStage, startBroker, type RunningBroker, type Stage } from './stage.js';

/** A broker that can be killed, and what its clients have made. */
interface Pair {
  readonly stage: Stage;
  readonly broker: RunningBroker;
  readonly operator: Witness;
  readonly parentThreadId: string;
  readonly childThreadId: string;
  readonly attachmentId: string;
}

/** Two threads, attached; replies are delivered. */
async function attached(t: Test): Promise<Pair> {
  const stage = await setStage(t);
  stage.model.script = obeyMessages;
  const broker = await startBroker(t, stage);
  const operator = await Witness.connect(t, broker.url, 'operator');
  const parentThreadId = await newThread(stage, operator, 'parent');
  const childThreadId = await newThread(stage, operator, 'child');
  const { attachmentId } = await create(operator, { parentThreadId, childThreadId, deliverReplies: true });
  return { stage, broker, operator, parentThreadId, childThreadId, attachmentId };
}

/** Sends what the model of the child does not get done with. */
async function sendWork({ stage, operator, attachmentId, childThreadId }: Pair): Promise<SendResult> {
  const held = holdModel(stage, 'work');
  const sent = await send(operator, attachmentId, 'work');
  (await held).say('some ', 'words');
  const isLast = (params: Json): boolean =>
    member(params, 'threadId') === childThreadId && member(params, 'delta') === 'words';
  await operator.told('item/agentMessage/delta', isLast);
  return sent;
}

/** The next turn that begins with a reply. */
async function delivery({ model }: Stage): Promise<ModelTurn> {
  const held = model.hold(({ text: asked }) => asked.startsWith('[Reply from the attached child thread'));
  return await inTime(held, () => 'a reply that is delivered');
}

/** What there is of a message in the audit trail: the message, and replies to it. */
async function traces(by: Witness, { attachmentId }: Pair, { messageId }: SendResult): Promise<Json[]> {
  const audit = await auditOf(by, { attachmentId });
  return audit
    .filter((entry) => 'messageId' in entry && [entry.messageId, entry.inReplyTo].includes(messageId))
    .map((entry) => ('status' in entry ? [entry.kind, entry.status] : entry.kind));
}

async function turnsOf({ client }: Witness, threadId: string): Promise<readonly Json[]> {
  const page = await client.call('thread/turns/list', { threadId });
  const turns = member(page, 'data');
  assert(isList(turns));
  return turns;
}

void tap.test('what is submitted twice is done once', { skip: noCodex }, async (t) => {
  const stage = await setStage(t);
  const broker = await startBroker(t, stage);
  const [a, b] = [await Witness.connect(t, broker.url, 'a'), await Witness.connect(t, broker.url, 'b')];
  const threadId = await newThread(stage, a, 'work');
  const params = { threadId, input: typed('once'), clientUserMessageId: 'the same' };
  const submit = async ({ client }: Witness): Promise<Json> =>
    await client.call('broker/turn/submit', params);
  const [first, second] = await Promise.all([submit(a), submit(b)]);
  t.match(first, { turn: { status: 'inProgress' } });
  t.strictSame(second, first);
  await a.ended(text(first, 'turn', 'id'));
  t.strictSame(await submit(b), first, 'after its end, too');

  await kill(broker);
  const again = await startBroker(t, stage);
  const c = await Witness.connect(t, again.url, 'c');
  t.strictSame(await submit(c), first, 'and after the broker was killed');
  t.equal((await turnsOf(c, threadId)).length, 2, 'with the first one of the thread');
  await c.client.call('thread/resume', { threadId, excludeTurns: true });
  const other = await c.client.call('broker/turn/submit', { ...params, clientUserMessageId: 'another' });
  t.match(await c.ended(text(other, 'turn', 'id')), { status: 'completed' });
  t.equal((await turnsOf(c, threadId)).length, 3);
});

void tap.test('the broker is killed while the child is at work', { skip: noCodex }, async (t) => {
  const pair = await attached(t);
  const { stage, attachmentId } = pair;
  const sent = await sendWork(pair);
  const back = { attachmentId, from: 'child', input: typed('a question') };
  const refusal = await pair.operator.refused('broker/attachment/send', back);
  t.match(refusal, { data: { reason: 'waitCycle' } });

  await kill(pair.broker);
  const delivered = delivery(stage);
  const second = await startBroker(t, stage);
  const model = await delivered;
  t.equal(model.request.threadId, pair.parentThreadId, 'whoever waits for it is told');
  t.match(model.request.text, /^\[Reply [^\n]*\. Its turn was interrupted; this is the last it said\]\n\n/);
  model.finish();
  const operator = await Witness.connect(t, second.url, 'operator');
  t.strictSame(await traces(operator, pair, sent), [
    ['message', null],
    ['reply', 'interrupted'],
  ]);

  await operator.client.call('broker/thread/join', { threadId: pair.childThreadId });
  const question = await send(operator, attachmentId, 'a question', { from: 'child' });
  t.match(
    (await reply(operator, question)).message,
    { text: 'You said a question' },
    'nobody waits any more',
  );

  await kill(second);
  const third = await startBroker(t, stage);
  const later = await Witness.connect(t, third.url, 'later');
  await later.client.call('broker/thread/join', { threadId: pair.childThreadId });
  const last = await send(later, attachmentId, 'are you there');
  t.match((await reply(later, last)).message, { text: 'You said are you there' });
  t.equal((await traces(later, pair, sent)).length, 2, 'and it is replied to once');
});

void tap.test('the runtime is killed while the child is at work', { skip: noCodex }, async (t) => {
  const pair = await attached(t);
  const { stage, operator, parentThreadId, childThreadId } = pair;
  const sent = await sendWork(pair);
  const { runtime } = statusResult.parse(await operator.client.call('broker/status'));
  const delivered = delivery(stage);
  process.kill(Number(/\(pid (\d+)\)/.exec(runtime.label)?.[1]), 'SIGKILL');

  const { log, message } = await reply(operator, sent);
  t.match({ log, ...message }, { from: childThreadId, to: parentThreadId, kind: 'reply', status: 'failed' });
  const model = await delivered;
  t.equal(model.request.threadId, parentThreadId, 'it is delivered when the runtime is back');
  t.match(model.request.text, /^\[Reply [^\n]*\. Its turn has failed; this is the last it said\]\n\n/);
  model.say('I ', 'see.');
  model.finish();
  const isAnswer = (params: Json): boolean => member(params, 'item', 'text') === 'I see.';
  t.match((await operator.told('item/completed', isAnswer))['params'], { threadId: parentThreadId });
  t.strictSame(await traces(operator, pair, sent), [
    ['message', null],
    ['reply', 'failed'],
  ]);

  const next = await send(operator, pair.attachmentId, 'go on');
  t.match((await reply(operator, next)).message, { status: 'completed', text: 'You said go on' });
});
