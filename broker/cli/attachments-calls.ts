import {
  attachmentMessage,
  attachmentsPage,
  auditPage,
  sendResult,
  type Attachment,
  type AttachmentMessage,
  type AttachmentState,
  type AuditEntry,
  type SendResult,
  type Side,
} from '../../protocol/attachments.js';
import {
  ATTACHMENTS_MAX,
  ATTACHMENTS_PAGE_MAX,
  DETACHED_MAX,
  MESSAGES_IN_FLIGHT_MAX,
} from '../../protocol/limits.js';
import { isObject } from '../../protocol/messages.js';
import { brokerNotifications } from '../../protocol/notifications.js';
import { parseObject } from '../framing/json-bytes.js';
import type { BrokerAddress } from './broker-address.js';
import { BrokerClient } from './broker-client.js';
import { CommandError } from './exit.js';

/** Which attachments; without states the active ones. */
export interface AttachmentFilters {
  readonly parentThreadId?: string | undefined;
  readonly childThreadId?: string | undefined;
  readonly states?: readonly AttachmentState[] | undefined;
}

/** All of them, oldest first. @throws {CommandError} */
export async function listAttachments(
  client: BrokerClient,
  filters: AttachmentFilters,
): Promise<Attachment[]> {
  return await allPages(ATTACHMENTS_MAX + DETACHED_MAX, async (cursor, limit) =>
    attachmentsPage.parse(await client.call('thread/attachments/list', { ...filters, cursor, limit })),
  );
}

/** The newest entries of an audit trail, newest first, at most so many. @throws {CommandError} */
export async function auditTrail(
  client: BrokerClient,
  of: { readonly threadId: string } | { readonly attachmentId: string },
  entriesMax: number,
): Promise<AuditEntry[]> {
  return await allPages(entriesMax, async (cursor, limit) =>
    auditPage.parse(await client.call('broker/attachment/messages/list', { ...of, cursor, limit })),
  );
}

interface Page<Entry> {
  readonly data: readonly Entry[];
  readonly nextCursor: string | null;
}

async function allPages<Entry>(
  entriesMax: number,
  page: (cursor: string | null, limit: number) => Promise<Page<Entry>>,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let cursor: string | null = null; entries.length < entriesMax;) {
    const { data, nextCursor }: Page<Entry> = await page(
      cursor,
      Math.min(ATTACHMENTS_PAGE_MAX, entriesMax - entries.length),
    );
    entries.push(...data);
    // A page without entries leads nowhere, whatever its cursor says.
    if (nextCursor === null || data.length === 0) break;
    cursor = nextCursor;
  }
  return entries;
}

/** What is to be sent along an attachment, and from which side. */
export interface Outgoing {
  readonly attachmentId: string;
  readonly from: Side;
  readonly text: string;
}

/** Sends it. `client` has to be a controller. @throws {CommandError} */
export async function sendMessage(
  client: BrokerClient,
  { attachmentId, from, text }: Outgoing,
): Promise<SendResult> {
  const input = [{ type: 'text', text, text_elements: [] }];
  return sendResult.parse(await client.call('broker/attachment/send', { attachmentId, from, input }));
}

/** The replies that a thread is told of, from now on. */
export class Replies {
  readonly #client: BrokerClient;
  /** What came before anybody asked for it: a turn may end before it is known which message started it. */
  readonly #early = new Map<string, AttachmentMessage>();
  readonly #waiting = new Map<string, (reply: AttachmentMessage) => void>();

  private constructor(client: BrokerClient) {
    this.#client = client;
  }

  /** Listens to the thread that the messages are sent from, as one that only looks on. @throws {CommandError} */
  static async of(broker: BrokerAddress, threadId: string, signal?: AbortSignal): Promise<Replies> {
    let replies: Replies | null = null;
    const client = await BrokerClient.connect(
      broker,
      (method, text) => {
        if (method === brokerNotifications.attachmentMessage && replies !== null) replies.#heard(text);
      },
      undefined,
      { positions: true, ...(signal === undefined ? {} : { signal }) },
    );
    replies = new Replies(client);
    try {
      await client.call('broker/thread/join', { threadId });
    } catch (error) {
      client.close();
      throw error;
    }
    return replies;
  }

  /** The reply to a message that was sent after `of`. @throws {CommandError} the connection ends before it comes */
  async to(messageId: string): Promise<AttachmentMessage> {
    const early = this.#early.get(messageId);
    if (early !== undefined) return early;
    return await Promise.race([
      new Promise<AttachmentMessage>((resolve) => this.#waiting.set(messageId, resolve)),
      this.#client.closed.then(({ code, reason }) => {
        throw new CommandError(
          `the connection was closed before the reply came: ${code} ${reason}`.trimEnd(),
        );
      }),
    ]);
  }

  close(): void {
    this.#client.close();
  }

  #heard(text: string): void {
    const params = parseObject(Buffer.from(text))?.['params'];
    const message = isObject(params) ? attachmentMessage.safeParse(params['message']).data : undefined;
    if (message?.kind !== 'reply' || message.inReplyTo === null) return;
    const take = this.#waiting.get(message.inReplyTo);
    if (take !== undefined) take(message);
    else if (this.#early.size < MESSAGES_IN_FLIGHT_MAX) this.#early.set(message.inReplyTo, message);
  }
}
