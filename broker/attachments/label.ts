import { TITLE_CHARS_MAX } from '../../protocol/limits.js';
import { NOT_ONE_LINE } from '../../protocol/attachments.js';
import type { Side } from '../../protocol/attachments.js';

/** Where a message comes from. */
export interface Origin {
  /** The end of the edge that the sender is. */
  readonly side: Side;
  readonly kind: 'message' | 'reply';
  /** The child's role and name, as the attachment gives them. */
  readonly roleLabel: string | null;
  readonly displayName: string | null;
  /** The name of the sender's thread. */
  readonly title: string | null;
  /** What is to be known besides, a sentence; null where there is nothing. */
  readonly note: string | null;
}

/**
 * The line that stands in front of a message: it tells the agent and whoever reads along that this is not what a
 * person has typed. Nothing that a name says can end it.
 */
export function labelOf({ side, kind, roleLabel, displayName, title, note }: Origin): string {
  const what = kind === 'reply' ? 'Reply' : 'Message';
  const role = side === 'child' && roleLabel !== null ? ` (${plain(roleLabel)})` : '';
  const name = side === 'child' ? (displayName ?? title) : title;
  const named = name === null || plain(name) === '' ? '' : ` "${plain(name)}"`;
  return `[${what} from the attached ${side} thread${role}${named}${note === null ? '' : `. ${note}`}]\n\n`;
}

/** One line, without what would look like the end of the label. */
function plain(text: string): string {
  const line = text
    .replaceAll(new RegExp(NOT_ONE_LINE, 'gu'), ' ')
    .replaceAll(/["[\]]/g, "'")
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (line.length <= TITLE_CHARS_MAX) return line;
  // What was cut through is half of a character, which the runtime does not take.
  return `${line.slice(0, TITLE_CHARS_MAX).replace(/\p{Cs}$/u, '')}…`;
}
