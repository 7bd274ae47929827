import { isDeepStrictEqual } from 'node:util';
import type { Attachment, AuditEntry } from '../../protocol/attachments.js';
import type { Found } from './kill-found.js';
import { refusalKey } from './kill-ledger.js';
import type { Creation, Ledger, Sending } from './kill-ledger.js';

type EdgeEntry = Extract<AuditEntry, { attachment: unknown }>;
type MessageEntry = Extract<AuditEntry, { inReplyTo: unknown }>;

/** What is there that should not be, or is not there that should: nothing. */
export function faultsOf(found: Found, ledger: Ledger): readonly string[] {
  return [
    ...graphFaults(found),
    ...trailFaults(found),
    ...found.edges.flatMap((edge) => historyFaults(found, edge)),
    ...creationFaults(found, ledger),
    ...deletionFaults(found, ledger),
    ...messageFaults(found, ledger),
    ...refusalFaults(found, ledger),
  ];
}

/** Active edges make a forest of threads that are not archived; no other edge could be active. */
function graphFaults({ edges, archived }: Found): string[] {
  const active = edges.filter(({ state }) => state === 'active');
  const above = new Map(active.map((edge) => [edge.childThreadId, edge.parentThreadId]));
  const faults = active.length === above.size ? [] : ['a child has two active parents'];
  for (const { childThreadId } of active) {
    const seen = new Set<string>();
    for (let one: string | undefined = childThreadId; one !== undefined; one = above.get(one)) {
      if (seen.has(one)) return [...faults, 'there is a cycle'];
      seen.add(one);
    }
  }
  for (const edge of edges) {
    const isShelved = [edge.parentThreadId, edge.childThreadId].some((threadId) => archived.has(threadId));
    if (edge.state === 'active' && isShelved)
      faults.push(`an archived thread has an active edge: ${show(edge)}`);
    // It stays so where another edge was in its way when its threads came back.
    const inItsWay = [edge.parentThreadId, edge.childThreadId];
    const others = edges.filter((one) => one !== edge && inItsWay.includes(one.childThreadId));
    if (edge.state === 'archived' && !isShelved && others.length === 0)
      faults.push(`an edge is archived, and its threads are not: ${show(edge)}`);
  }
  return faults;
}

/** Both ends of an edge have the same trail, and nothing is told of edges that are not there. */
function trailFaults({ edges, ofParents, ofChildren }: Found): string[] {
  const [parents, children] = [ofParents, ofChildren].map((one) =>
    one.filter(isAskedFor).map(show).toSorted(),
  );
  const faults = isDeepStrictEqual(parents, children) ? [] : ['parents and children have different trails'];
  const ids = new Set(edges.map(({ attachmentId }) => attachmentId));
  const strays = ofParents.filter((entry) => {
    const attachmentId = 'attachment' in entry ? entry.attachment.attachmentId : entry.attachmentId;
    return attachmentId !== null && !ids.has(attachmentId);
  });
  return [...faults, ...strays.map((entry) => `of an edge that is not there: ${show(entry)}`)];
}

/** Replies of an earlier life come while the trails are read. */
function isAskedFor({ kind, by }: AuditEntry): boolean {
  return kind === 'stateChanged' || (kind !== 'reply' && by !== null);
}

/** What is told of an edge leads, step by step, from its creation to what it is. */
function historyFaults({ ofParents }: Found, edge: Attachment): string[] {
  const steps = ofParents.filter(
    (entry): entry is EdgeEntry =>
      'attachment' in entry && entry.attachment.attachmentId === edge.attachmentId,
  );
  const [first, ...rest] = steps;
  const faults: string[] = [];
  const { createdAt, updatedAt } = edge;
  const created = { ...edge, state: 'active', updatedAt: createdAt };
  if (first?.kind !== 'created' || !isDeepStrictEqual(first.attachment, created))
    faults.push(`${show(edge)} was not created as ${show(first)}`);
  if (!isDeepStrictEqual(steps.at(-1)?.attachment, edge))
    faults.push(`${show(edge)} is not what it has become: ${show(steps.at(-1))}`);
  let state: Attachment['state'] = 'active';
  for (const step of rest) {
    const isDeletion = step.kind === 'deleted' && step.attachment.state === 'detached';
    const isChange = step.kind === 'stateChanged' && step.attachment.state !== 'detached';
    if (state === 'detached' || state === step.attachment.state || !(isDeletion || isChange))
      faults.push(`${show(step)} does not follow from ${state}`);
    state = step.attachment.state;
  }
  if (!isTime(createdAt) || !isTime(updatedAt) || createdAt > updatedAt)
    faults.push(`${show(edge)}: odd times`);
  return faults;
}

/** An edge that was answered is there; one that was not is there as it was asked for, or is not. */
function creationFaults({ edges, ofParents }: Found, ledger: Ledger): string[] {
  const faults: string[] = [];
  const byLabel = grouped(edges, ({ roleLabel }) => roleLabel ?? '');
  for (const [label, made] of byLabel) {
    const creation = ledger.creations.get(label);
    if (creation === undefined || creation.answer === 'refused' || made.length > 1)
      faults.push(`nobody has made ${made.map(show).join(' and ')}`);
  }
  for (const [label, creation] of ledger.creations) {
    const edge = byLabel.get(label)?.[0];
    const { answer } = creation;
    if (edge === undefined && answer !== null && answer !== 'refused') faults.push(`${show(answer)} is gone`);
    if (edge !== undefined) faults.push(...mismatches(edge, creation, ofParents));
  }
  return faults;
}

function mismatches(
  edge: Attachment,
  { by, params, answer }: Creation,
  trail: readonly AuditEntry[],
): string[] {
  const asked = { ...edge, ...params, displayName: null };
  const { state, updatedAt } = edge;
  const answered = answer === null || answer === 'refused' ? edge : { ...answer, state, updatedAt };
  const isSame = isDeepStrictEqual(edge, asked) && isDeepStrictEqual(edge, answered);
  const creators = trail.flatMap((entry) =>
    entry.kind === 'created' && entry.attachment.attachmentId === edge.attachmentId
      ? [entry.by?.clientName]
      : [],
  );
  return isSame && isDeepStrictEqual(creators, [by])
    ? []
    : [`${show(edge)} is not ${show(answer ?? params)} by ${by}`];
}

function deletionFaults({ edges }: Found, { deletions }: Ledger): string[] {
  return edges.flatMap((edge) => {
    const deletion = deletions.get(edge.attachmentId);
    if (edge.state === 'detached' && deletion === undefined) return [`nobody has deleted ${show(edge)}`];
    return edge.state !== 'detached' && deletion === true ? [`${show(edge)} is back`] : [];
  });
}

/** A message that was answered is there, once; one that was not may be. What is there is what was asked for. */
function messageFaults({ ofParents }: Found, { sendings }: Ledger): string[] {
  const messages = ofParents.filter(isMessage).filter(({ kind }) => kind === 'message');
  const byText = grouped(messages, (entry) => entry.text);
  const faults: string[] = [];
  for (const [words, sending] of sendings) {
    // One that has no turn was never taken by the runtime.
    const tried = byText.get(words) ?? [];
    const done = tried.filter(({ turnId }) => turnId !== null);
    byText.delete(words);
    if (done.length > 1) faults.push(`${words} was sent more than once: ${show(done)}`);
    if (!isAnswered(sending, done)) faults.push(`${show(sending)} is not what there is: ${show(done)}`);
    for (const one of tried.filter((entry) => !isAsked(entry, sending)))
      faults.push(`${show(one)} is not ${show(sending)}`);
  }
  for (const strays of byText.values()) faults.push(`nobody has sent ${show(strays)}`);
  return [...faults, ...replyFaults(ofParents, messages)];
}

function isAnswered({ answer }: Sending, done: readonly MessageEntry[]): boolean {
  if (answer === null) return true;
  const results = done.map(({ messageId, turnId }) => ({ messageId, turnId }));
  return isDeepStrictEqual(results, answer === 'refused' ? [] : [answer]);
}

function isAsked(entry: MessageEntry, { by, params }: Sending): boolean {
  return entry.attachmentId === params['attachmentId'] && by.includes(entry.by?.clientName ?? '');
}

/** Each reply is to a message, and to each there is one at most. */
function replyFaults(trail: readonly AuditEntry[], messages: readonly MessageEntry[]): string[] {
  const ids = new Set(messages.map(({ messageId }) => messageId));
  const replies = trail.filter(isMessage).filter(({ kind }) => kind === 'reply');
  return [...grouped(replies, ({ inReplyTo }) => inReplyTo ?? '')].flatMap(([messageId, all]) =>
    ids.has(messageId) && all.length === 1 ? [] : [`replies to ${messageId}: ${show(all)}`],
  );
}

function isMessage(entry: AuditEntry): entry is MessageEntry {
  return 'inReplyTo' in entry;
}

/** What was refused stands in the trail; of each client one more may, that has not been told any more. */
function refusalFaults({ ofParents }: Found, { refusals }: Ledger): string[] {
  const kept = new Map<string, string[]>();
  for (const entry of ofParents) {
    if (entry.kind !== 'refused' || entry.by === null) continue;
    const key = refusalKey(entry.by.clientName, entry.method);
    kept.set(key, [...(kept.get(key) ?? []), entry.reason]);
  }
  return [...refusals].flatMap(([key, answered]) => {
    const left = [...(kept.get(key) ?? [])];
    const missing = answered.filter((reason) => {
      const at = left.indexOf(reason);
      if (at !== -1) left.splice(at, 1);
      return at === -1;
    });
    return missing.length === 0 && left.length <= 1
      ? []
      : [`${key}: ${show(answered)}, kept: ${show(kept.get(key))}`];
  });
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

function isTime(text: string): boolean {
  return new Date(text).toISOString() === text;
}

function show(value: unknown): string {
  return JSON.stringify(value);
}
