/**
 * Attachments: what is said about persistent edges between threads, and messages along them.
 */
import { z } from 'zod';
import { ATTACHMENTS_PAGE_MAX, LABEL_CHARS_MAX, NAME_CHARS_MAX } from './limits.js';
import { plainThreadId } from './messages.js';

const name = z.string().min(1).max(NAME_CHARS_MAX);
/** In any spelling. */
const anyThreadId = name.transform(plainThreadId);
/** Controls, line and paragraph separators, what turns the direction of text around, and halves of characters. */
export const NOT_ONE_LINE = /[\p{Cc}\p{Cs}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;
const label = z
  .string()
  .max(LABEL_CHARS_MAX)
  .refine((text) => !NOT_ONE_LINE.test(text), 'must be one line of plain text, without control characters')
  .nullish();
const limit = z.int().min(1).max(ATTACHMENTS_PAGE_MAX).nullish();
const cursor = z.string().max(NAME_CHARS_MAX).nullish();

/** The states of an edge. Only along an active one messages go. */
export const attachmentStates = ['active', 'archived', 'detached'] as const;
export type AttachmentState = (typeof attachmentStates)[number];

/** The two ends of an edge. */
export type Side = 'parent' | 'child';

/** `thread/attachment/create`. */
export const attachmentCreateParams = z.object({
  parentThreadId: anyThreadId,
  childThreadId: anyThreadId,
  roleLabel: label,
  displayName: label,
  deliverReplies: z.boolean().nullish(),
});
export type AttachmentCreateParams = z.infer<typeof attachmentCreateParams>;

/** `thread/attachment/delete`. */
export const attachmentDeleteParams = z.object({ attachmentId: name });

/** `thread/attachments/list`. */
export const attachmentsListParams = z.object({
  parentThreadId: anyThreadId.nullish(),
  childThreadId: anyThreadId.nullish(),
  states: z.array(z.enum(attachmentStates)).max(attachmentStates.length).nullish(),
  cursor,
  limit,
});
export type AttachmentsListParams = z.infer<typeof attachmentsListParams>;

/** What a turn is started with, as far as the broker reads it. */
const input = z.array(z.looseObject({ type: z.string() })).min(1);

/** `broker/attachment/send`. */
export const attachmentSendParams = z.object({
  attachmentId: name,
  from: z.enum(['parent', 'child']),
  input,
  clientUserMessageId: name.nullish(),
});
export type AttachmentSendParams = z.infer<typeof attachmentSendParams>;

/** `broker/attachment/messages/list`: of one thread, or of one edge. */
export const attachmentMessagesListParams = z
  .object({ threadId: anyThreadId.nullish(), attachmentId: name.nullish(), cursor, limit })
  .refine(({ threadId, attachmentId }) => (threadId ?? null) === null || (attachmentId ?? null) === null, {
    message: 'only one of threadId and attachmentId can be given',
  })
  .refine(({ threadId, attachmentId }) => (threadId ?? attachmentId ?? null) !== null, {
    message: 'threadId or attachmentId is needed',
  });
export type AttachmentMessagesListParams = z.infer<typeof attachmentMessagesListParams>;

/** An edge from a parent thread to a child thread. Times are ISO 8601. */
export const attachment = z.object({
  attachmentId: z.string(),
  parentThreadId: z.string(),
  childThreadId: z.string(),
  roleLabel: z.string().nullable(),
  displayName: z.string().nullable(),
  /** Whether a reply to a message is sent on to the thread that it came from, as a message. */
  deliverReplies: z.boolean(),
  state: z.enum(attachmentStates),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Attachment = z.infer<typeof attachment>;

/** The client that asked for something; null where the runtime or the broker did it. */
export const by = z.object({ connectionId: z.string(), clientName: z.string() }).nullable();
export type By = z.infer<typeof by>;

/** A message along an edge, or the reply to one. */
export const attachmentMessage = z.object({
  messageId: z.string(),
  attachmentId: z.string(),
  /** The threads. */
  from: z.string(),
  to: z.string(),
  kind: z.enum(['message', 'reply']),
  /** The turn that the message started or joined; of a reply, the turn that has ended. Null until it is known. */
  turnId: z.string().nullable(),
  /** What was sent, or the last message of the agent; at most `MESSAGE_TEXT_CHARS_MAX` characters of it. */
  text: z.string(),
  /** How many messages long the chain is that led to it. */
  hops: z.number(),
  at: z.string(),
  by,
  /** Of a reply: the message that it answers, and how the turn ended. */
  inReplyTo: z.string().nullable(),
  status: z.enum(['completed', 'failed', 'interrupted']).nullable(),
});
export type AttachmentMessage = z.infer<typeof attachmentMessage>;

const audited = { at: z.string(), parentThreadId: z.string(), childThreadId: z.string(), by };

/** One entry of the audit trail. */
export const auditEntry = z.discriminatedUnion('kind', [
  z.object({ ...audited, kind: z.enum(['created', 'deleted', 'stateChanged']), attachment }),
  attachmentMessage.extend(audited),
  z.object({
    ...audited,
    kind: z.literal('refused'),
    attachmentId: z.string().nullable(),
    /** What was asked for, and why it was refused: the `data.reason` of the error, or what the runtime said. */
    method: z.string(),
    reason: z.string(),
    /** Of a message: what was to be sent. */
    text: z.string().nullable(),
  }),
]);
export type AuditEntry = z.infer<typeof auditEntry>;

/** The answer of `thread/attachments/list`: oldest first. */
export const attachmentsPage = z.object({ data: z.array(attachment), nextCursor: z.string().nullable() });
export type AttachmentsPage = z.infer<typeof attachmentsPage>;

/** The answer of `broker/attachment/messages/list`: newest first. */
export const auditPage = z.object({ data: z.array(auditEntry), nextCursor: z.string().nullable() });
export type AuditPage = z.infer<typeof auditPage>;

/** The answer of `broker/attachment/send`. */
export const sendResult = z.object({ messageId: z.string(), turnId: z.string() });
export type SendResult = z.infer<typeof sendResult>;
