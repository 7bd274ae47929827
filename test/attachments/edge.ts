import type { StoredAttachment } from '../../broker/attachments/store.js';

/** An edge as it is kept, active where nothing else is said. */
export function edge(
  number: number,
  parentThreadId: string,
  childThreadId: string,
  state: StoredAttachment['state'] = 'active',
): StoredAttachment {
  return {
    number,
    home: '/codex',
    archived: state === 'archived' ? ['child'] : [],
    attachmentId: `a${number}`,
    parentThreadId,
    childThreadId,
    roleLabel: null,
    displayName: null,
    deliverReplies: false,
    state,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
  };
}
