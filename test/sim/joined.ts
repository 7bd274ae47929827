import type { Sent } from './connection-context.js';
import type { Connection } from './connection.js';
import type { Epoch } from './epoch.js';
import type { Asked, Entry } from './history.js';
import { list, object, text } from './message.js';
import type { Json, Message } from './message.js';
import { NumberedReader } from './readers.js';
import { wrongInLatest, wrongInSnapshot } from './snapshot.js';
import { ThreadState } from './thread-state.js';

/** The answer to a join: what was missed follows, or the snapshot is all that there is, exactly at its number. */
export function onJoined(of: Connection, sent: Sent, result: Json): void {
  const { history } = of;
  const threadId = text(sent.params, 'threadId');
  const epoch = history.epoch(threadId, text(result, 'epoch'));
  const [seq, since] = [Number(result['seq']), object(sent.params, 'since')];
  const sinceSeq = Number(since['seq']);
  const mayRecover = since['epoch'] === epoch.name && sinceSeq <= seq;
  const recovered = result['recovered'] === true;
  if (recovered && !mayRecover)
    of.fail(`recovered ${threadId} from where it never was: ${JSON.stringify(since)}`);
  if (!recovered && mayRecover && seq - sinceSeq <= of.context.entriesHeld) {
    of.fail(`did not recover ${threadId} at ${seq} from ${sinceSeq}`);
  }
  if (recovered !== (result['snapshot'] === null))
    of.fail(`was given a snapshot of ${threadId} for nothing, or none`);
  if (!recovered) checkSnapshot(of, epoch, seq, object(result, 'snapshot'));
  // It was answered after all that had come before.
  const from = Math.max(sent.readAt ?? 0, of.order + 1);
  const at = { epoch, seq: recovered ? sinceSeq : seq, replayUntil: seq };
  of.readers.set(threadId, new NumberedReader(of, threadId, { from, lateUntil: 0 }, at));
  checkPending(of, epoch, { seq, readAt: sent.readAt ?? 0 }, list(result, 'pendingRequests'));
}

function checkSnapshot(of: Connection, epoch: Epoch, seq: number, snapshot: Json): void {
  const { history } = of;
  epoch.whenKnown((base) => {
    const states = history.statesAfter(epoch.log, base + seq);
    const wrongs = states.map((state) => wrongInSnapshot(snapshot, epoch.log, state));
    const told = history.log(epoch.log).slice(0, base + seq);
    const wrongLatest = wrongInLatest(snapshot, latestOf(told.slice(base)), latestOf(told));
    if (wrongLatest !== null) of.fail(`has a snapshot of ${epoch.log} at ${seq} ${wrongLatest}`);
    const [wrong] = wrongs;
    if (!wrongs.includes(null))
      of.fail(`has a snapshot of ${epoch.log} at ${seq} that is not true: ${wrong}`);
  });
}

function latestOf(entries: readonly Entry[]): ThreadState['latest'] {
  const state = new ThreadState([]);
  for (const { message } of entries) state.apply(message);
  return state.latest;
}

/** What is open and may be answered is asked; what is resolved is not. */
function checkPending(
  of: Connection,
  epoch: Epoch,
  { seq, readAt }: { readonly seq: number; readonly readAt: number },
  pending: readonly Message[],
): void {
  const { history } = of;
  of.asks.opening(epoch.log);
  for (const message of pending) of.asks.take(message);
  const asked = new Set(pending.map((message) => history.entryOf(message)?.asked));
  const now = history.now;
  epoch.whenKnown((base) => {
    const log = history.log(epoch.log);
    // The join was answered between these two.
    const [from, to] = [
      Math.max(log[base + seq - 1]?.stamp ?? 0, readAt - 1),
      Math.min(log[base + seq]?.stamp ?? now, now),
    ];
    for (const entry of log.slice(0, base + seq)) {
      const one = entry.asked;
      if (one === null || one.life !== (log[base + seq - 1]?.life ?? one.life)) continue;
      const [closed, open] = [
        closedBy(one, from),
        !one.single && !closedBy(one, to) && of.capabilities.mayBeAsked(one),
      ];
      if (asked.has(one) && closed) of.fail(`was asked in a join what was answered: ${entry.line}`);
      if (!asked.has(one) && open) of.fail(`was not asked in a join what is open: ${entry.line}`);
    }
  });
}

/** Whether a request was answered or resolved by a point in time. */
function closedBy({ answeredAt, resolvedAt }: Asked, stamp: number): boolean {
  return (answeredAt ?? Infinity) <= stamp || (resolvedAt ?? Infinity) <= stamp;
}
