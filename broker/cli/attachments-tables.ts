import type { Attachment, AuditEntry } from '../../protocol/attachments.js';
import { NAME_CHARS_MAX } from '../../protocol/limits.js';
import { cell } from './one-line.js';
import { table } from './output.js';

/** How much of a label is shown, and of a client's name, and how much of the end of an id. */
const LABEL_CHARS = 24;
const ID_CHARS = 12;

/** Attachments for people, a line each. */
export function attachmentsTable(attachments: readonly Attachment[]): string {
  return table(
    ['ATTACHMENT', 'PARENT', 'CHILD', 'ROLE', 'NAME', 'REPLIES', 'STATE', 'UPDATED'],
    attachments.map((one) => [
      ...[one.attachmentId, one.parentThreadId, one.childThreadId].map((id) => cell(id, NAME_CHARS_MAX)),
      cell(one.roleLabel ?? '', LABEL_CHARS),
      cell(one.displayName ?? '', LABEL_CHARS),
      one.deliverReplies ? 'delivered' : '',
      one.state,
      minute(one.updatedAt),
    ]),
  );
}

/** An audit trail for people, a line each, in the order in which it is given. */
export function trailTable(trail: readonly AuditEntry[]): string {
  return table(
    ['TIME', 'KIND', 'FROM → TO', 'BY', 'TEXT'],
    trail.map((entry) => [
      cell(entry.at.slice(0, 19).replace('T', ' ')),
      entry.kind,
      wayOf(entry),
      cell(entry.by?.clientName ?? '', LABEL_CHARS),
      cell(textOf(entry)),
    ]),
  );
}

function wayOf(entry: AuditEntry): string {
  const isMessage = entry.kind === 'message' || entry.kind === 'reply';
  const [from, to] = isMessage ? [entry.from, entry.to] : [entry.parentThreadId, entry.childThreadId];
  return `${shortId(from)} → ${shortId(to)}`;
}

function textOf(entry: AuditEntry): string {
  switch (entry.kind) {
    case 'message':
      return entry.text;
    case 'reply':
      return entry.status === 'completed' ? entry.text : `(${entry.status}) ${entry.text}`;
    case 'refused':
      return `${entry.method}: ${entry.reason}${entry.text === null ? '' : `: ${entry.text}`}`;
    case 'created':
    case 'deleted':
    case 'stateChanged': {
      const { state, roleLabel, displayName } = entry.attachment;
      return [state, roleLabel, displayName].filter((part) => part !== null).join(' ');
    }
  }
}

/** The end of an id: ids that were made in the same hour begin alike. */
function shortId(id: string): string {
  return id.length > ID_CHARS ? `…${cell(id.slice(-ID_CHARS))}` : cell(id);
}

/** ISO 8601, to the minute, as people write it. */
function minute(time: string): string {
  return cell(time.slice(0, 16).replace('T', ' '));
}
