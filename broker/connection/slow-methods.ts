import type { z } from 'zod';
import {
  attachmentCreateParams,
  attachmentDeleteParams,
  attachmentMessagesListParams,
  attachmentSendParams,
  attachmentsListParams,
} from '../../protocol/attachments.js';
import { errors } from '../../protocol/errors.js';
import { ownRequests } from '../../protocol/methods.js';
import { describeIssue, turnSubmitParams } from '../../protocol/schemas.js';
import { findTurn } from '../attachments/past-turns.js';
import type { AttachmentParts } from '../attachments/parts.js';
import type { InFlight } from '../requests/in-flight.js';
import { Refusal } from '../requests/refusal.js';
import type { TurnOrigins } from '../thread/turn-origins.js';
import type { Connection } from './connection.js';

/** One method of the broker's own that waits for the disk or for the runtime. Rejects with a `Refusal`. */
export type SlowMethod = (connection: Connection, params: unknown) => Promise<unknown>;

/** The methods of the broker's own whose answers come later, by name. */
export function slowMethods(
  { ask, attachments, messages, submissions }: AttachmentParts,
  inFlight: InFlight,
  origins: TurnOrigins,
): ReadonlyMap<string, SlowMethod> {
  return new Map([
    [
      'broker/turn/submit',
      checked(turnSubmitParams, (connection, params) => {
        const { threadId, clientUserMessageId } = params;
        return submissions.once({
          credential: connection.credential.id,
          method: 'broker/turn/submit',
          clientUserMessageId,
          submit: async () => {
            const answered = origins.asking(threadId);
            const result = await inFlight.call(ownRequests.startTurn, params, connection);
            answered(result, connection.by);
            return result;
          },
          find: async () => {
            const found = await findTurn(ask, threadId, { turnId: null, clientUserMessageId });
            // As `turn/start` answers: without what was said since.
            return found && { turn: { ...found.turn, items: [] } };
          },
        });
      }),
    ],
    [
      'thread/attachment/create',
      checked(attachmentCreateParams, (connection, params) => attachments.create(params, connection.by)),
    ],
    [
      'thread/attachment/delete',
      checked(attachmentDeleteParams, (connection, { attachmentId }) =>
        attachments.delete(attachmentId, connection.by),
      ),
    ],
    ['thread/attachments/list', checked(attachmentsListParams, (_, params) => attachments.list(params))],
    [
      'broker/attachment/send',
      checked(attachmentSendParams, (connection, params) =>
        submissions.once({
          credential: connection.credential.id,
          method: 'broker/attachment/send',
          clientUserMessageId: params.clientUserMessageId ?? null,
          submit: (id) => messages.send(params, connection.by, id),
          find: (id) => messages.find(params, id),
        }),
      ),
    ],
    [
      'broker/attachment/messages/list',
      checked(attachmentMessagesListParams, async (_, params) => attachments.trail.page(params)),
    ],
  ]);
}

/** Half of a character, as JSON writes it: the runtime drops what has one, without a word. */
const HALF_A_CHARACTER = /(?<!\\)(?:\\\\)*\\ud[89a-f]/i;

/** A method with params of that shape. Rejects with `invalidParams` where they have another. */
export function checked<T extends z.ZodType>(
  schema: T,
  method: (connection: Connection, params: z.infer<T>) => Promise<unknown>,
): SlowMethod {
  return async (connection, params) => {
    const parsed = schema.safeParse(params ?? {});
    if (!parsed.success) throw Refusal.of(errors.invalidParams, describeIssue(parsed.error));
    if (HALF_A_CHARACTER.test(JSON.stringify(parsed.data)))
      throw Refusal.of(errors.invalidParams, 'Invalid request: there is half of a character in it');
    return await method(connection, parsed.data);
  };
}
