import { errors } from '../../protocol/errors.js';
import type { Sent } from './connection-context.js';
import type { Connection } from './connection.js';
import { FillIn } from './fill-in.js';
import { LOBBY } from './history.js';
import { onJoined } from './joined.js';
import { object, same, text, without } from './message.js';
import type { Json, Message } from './message.js';
import { NumberedReader, StockReader } from './readers.js';

/** An answer has come: to something that was asked, once, and with what the runtime or the broker has to say. */
export function onAnswer(of: Connection, message: Message): void {
  const sent = of.inFlight.get(message.id ?? '');
  if (sent === undefined) {
    of.fail(`got an answer to nothing: ${JSON.stringify(message)}`);
    return;
  }
  of.inFlight.delete(sent.id);
  if (message.error !== undefined) onError(of, sent, message.error);
  else if (sent.method === 'initialize') onInitialized(of, sent, message.result ?? {});
  else if (sent.method === 'broker/thread/join') onJoined(of, sent, message.result ?? {});
  else if (sent.method === 'thread/unsubscribe' && message.result?.['saidAt'] === undefined)
    onUnsubscribed(of, sent);
  else if (sent.method === 'broker/status') {
    of.status = message.result ?? {};
    of.passed(sent.readAt ?? 0, 'a status');
  } else onRuntimeAnswer(of, sent, message.result ?? {});
}

/** Reasons that need no proof: the story makes them happen. */
const ownReasons = new Set([
  'runtimeExited',
  'runtimeRestarting',
  'threadNotFound',
  'threadArchived',
  'notInitialized',
]);

function onError(of: Connection, sent: Sent, { message, data }: NonNullable<Message['error']>): void {
  if (typeof data?.['saidAt'] === 'number') {
    const said = of.context.runtime.said.get(sent.mark);
    if (said?.stamp !== data['saidAt']) of.fail(`got another's error for ${sent.method}: ${message}`);
    of.passed(data['saidAt'], `the error ${message}`);
  } else if (!ownReasons.has(text(data, 'reason')) && !mayNot(of, data) && !wasPutAway(of, sent))
    of.fail(`got an odd error for ${sent.method}: ${message}`);
}

/** Whether it is an observer that was told that it may not. */
function mayNot({ capabilities }: Connection, data: Json | undefined): boolean {
  return capabilities.declared.observer && data?.['reason'] === errors.forbidden.reason;
}

/** Whether the thread that was asked for was put away, perhaps while somebody else's question was shared. */
function wasPutAway({ history }: Connection, { params }: Sent): boolean {
  return history.goneAfter(text(params, 'threadId'), 0) < Infinity;
}

function onInitialized(of: Connection, sent: Sent, result: Json): void {
  const { history } = of;
  const from = sent.readAt ?? 0;
  const count = history.countBefore(LOBBY, from);
  if (!of.isV1) {
    if (result['threadcast'] !== undefined) of.fail('was told on the stock wire who it talks to');
    of.readers.set(LOBBY, new StockReader(of, LOBBY, { from, lateUntil: 0 }, count));
    return;
  }
  const told = object(result, 'threadcast');
  const lobby = object(told, 'lobby');
  const [epoch, seq] = [history.epoch(LOBBY, text(lobby, 'epoch')), Number(lobby['seq'])];
  of.connectionId = text(told, 'connectionId');
  history.number(epoch, seq, count - 1);
  const since = object(of.before, 'lobby');
  const at = lobby['recovered'] === true ? Number(since['seq']) : seq;
  const mayRecover = since['epoch'] === epoch.name && Number(since['seq']) <= seq;
  if (lobby['recovered'] === true && !mayRecover) of.fail('recovered a lobby that it was never in');
  const mustRecover = mayRecover && seq - Number(since['seq']) <= of.context.entriesHeld;
  if (lobby['recovered'] !== true && mustRecover)
    of.fail(`did not recover the lobby from ${JSON.stringify(since)}`);
  const reader = new NumberedReader(of, LOBBY, { from, lateUntil: 0 }, { epoch, seq: at, replayUntil: seq });
  of.readers.set(LOBBY, reader);
  if (of.endBefore !== null && text(object(told, 'previous'), 'reason') !== of.endBefore) {
    of.fail(`was told that it had gone for ${JSON.stringify(told['previous'])}, not ${of.endBefore}`);
  }
}

function onUnsubscribed(of: Connection, sent: Sent): void {
  of.passed(sent.readAt ?? 0, 'the end of a subscription');
  of.readers.delete(text(sent.params, 'threadId'));
}

function onRuntimeAnswer(of: Connection, sent: Sent, result: Json): void {
  const said = of.context.runtime.said.get(sent.mark);
  if (said === undefined || said.result === null || !same(without(result, 'threadcast'), said.result)) {
    of.fail(`got another answer for ${sent.method} than was given: ${JSON.stringify(result)}`);
    return;
  }
  of.passed(said.stamp, `the answer to ${sent.method}`);
  if (sent.method === 'thread/start' || sent.method === 'thread/fork')
    onSubscribed(of, result, said.stamp, true);
  if (sent.method === 'thread/resume') onSubscribed(of, result, said.stamp, false);
}

/** From here on the thread's events come; those of a new thread from its first on. */
function onSubscribed(of: Connection, result: Json, stamp: number, isNew: boolean): void {
  const { history } = of;
  const threadId = text(object(result, 'thread'), 'id');
  const count = history.countBefore(threadId, stamp);
  const since = { from: stamp, lateUntil: isNew ? stamp : 0 };
  const wasSubscribed = of.readers.get(threadId)?.lasts(stamp) === true;
  of.asks.opening(threadId);
  if (of.isV1) {
    const told = object(result, 'threadcast');
    const [epoch, seq] = [history.epoch(threadId, text(told, 'epoch')), Number(told['seq'])];
    history.number(epoch, seq, (isNew ? 0 : count) - 1);
    of.readers.set(threadId, new NumberedReader(of, threadId, since, { epoch, seq }));
  } else of.readers.set(threadId, new StockReader(of, threadId, since, isNew ? 0 : count));
  // Who was there all along has it all.
  if (isNew || wasSubscribed) return;
  const fillIn = new FillIn(threadId, history.stateAfter(threadId, count).inProgress(), of.capabilities);
  if (!fillIn.complete) of.fillIn = fillIn;
}
