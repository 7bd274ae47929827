import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Test } from 'tap';
import {
  attachment,
  attachmentMessage,
  attachmentsPage,
  auditPage,
  sendResult,
} from '../../protocol/attachments.js';
import type {
  Attachment,
  AttachmentMessage,
  AuditEntry,
  SendResult,
  Side,
} from '../../protocol/attachments.js';
import type { Wire } from '../../protocol/wires.js';
import { member, text, type Json, type JsonObject } from '../codex/json.js';
import type { ModelTurn } from '../codex/model-turn.js';
import { of, typed } from '../conformance/scenarios/steps.js';
import { Refused, WireClient } from '../delivery/wire-client.js';
import { Inbox } from '../support/inbox.js';
import type { RunningBroker, Stage } from './stage.js';

/** A client, and what it was told. */
export class Witness {
  readonly heard: Inbox<JsonObject>;
  readonly client: WireClient;

  private constructor(client: WireClient, heard: Inbox<JsonObject>) {
    this.client = client;
    this.heard = heard;
  }

  static async connect(t: Test, url: string, name: string, wire: Wire = 'json'): Promise<Witness> {
    const heard = new Inbox<JsonObject>(name);
    const client = await WireClient.connect(t, url, { name, wire, hear: (message) => heard.push(message) });
    return new Witness(client, heard);
  }

  /** The next such notification or request that matches, the whole frame. */
  async told(method: string, matches: (params: Json) => boolean): Promise<JsonObject> {
    return await this.heard.take(method, (one) => one['method'] === method && matches(one['params'] ?? null));
  }

  /** The params of the next such one about that thread. */
  async of(threadId: string, method: string): Promise<Json> {
    return (await this.told(method, of(threadId)))['params'] ?? null;
  }

  /** The item of that type in that turn, complete. */
  async item(turnId: string, type: string): Promise<Json> {
    const is = (params: Json): boolean =>
      member(params, 'turnId') === turnId && member(params, 'item', 'type') === type;
    const { params } = await this.told('item/completed', is);
    return member(params, 'item') ?? null;
  }

  /** That turn as it has ended. */
  async ended(turnId: string): Promise<Json> {
    const { params } = await this.told('turn/completed', (one) => member(one, 'turn', 'id') === turnId);
    return member(params, 'turn') ?? null;
  }

  /** Asks for what is to be refused. Resolves with the error. */
  async refused(method: string, params: JsonObject): Promise<Json> {
    try {
      await this.client.call(method, params);
    } catch (error) {
      if (error instanceof Refused) return error.error;
      throw error;
    }
    throw new Error(`${method} was not refused`);
  }

  /** How many notifications have come, of all kinds. */
  async count(): Promise<number> {
    // What was sent before has come by then.
    await this.client.call('thread/loaded/list');
    return this.heard.all.filter((one) => 'method' in one).length;
  }
}

/** A thread of its own folder, in which something has been said; that client is subscribed. */
export async function newThread(stage: Stage, owner: Witness, folder: string): Promise<string> {
  const cwd = path.join(stage.home.work, folder);
  await mkdir(cwd);
  const threadId = text(await owner.client.call('thread/start', { cwd }), 'thread', 'id');
  await owner.client.call('turn/start', { threadId, input: typed(`hello ${folder}`) });
  await owner.of(threadId, 'turn/completed');
  return threadId;
}

export async function create(by: Witness, ends: JsonObject): Promise<Attachment> {
  return attachment.parse(member(await by.client.call('thread/attachment/create', ends), 'attachment'));
}

export async function list(by: Witness, states?: readonly string[]): Promise<readonly Attachment[]> {
  const answer = await by.client.call('thread/attachments/list', states === undefined ? {} : { states });
  return attachmentsPage.parse(answer).data;
}

/** The audit trail of a thread or of an attachment, oldest first. */
export async function auditOf(by: Witness, of: JsonObject): Promise<readonly AuditEntry[]> {
  return auditPage.parse(await by.client.call('broker/attachment/messages/list', of)).data.toReversed();
}

/** Sends what a person might type along an edge. */
export async function send(
  by: Witness,
  attachmentId: string,
  words: string,
  { from = 'parent', ...more }: { from?: Side; clientUserMessageId?: string } = {},
): Promise<SendResult> {
  const params = { attachmentId, from, input: typed(words), ...more };
  return sendResult.parse(await by.client.call('broker/attachment/send', params));
}

/** The reply to that message as it comes to a subscriber, with the log and the place there. */
export async function reply(
  to: Witness,
  { messageId }: SendResult,
): Promise<JsonObject & { message: AttachmentMessage }> {
  const is = (params: Json): boolean => member(params, 'message', 'inReplyTo') === messageId;
  const frame = await to.told('broker/attachment/message', is);
  return { ...frame, message: attachmentMessage.parse(member(frame['params'], 'message')) };
}

/** What a model is asked, without the label of a message. */
function unlabelled({ request }: ModelTurn): string {
  return request.text.replace(/^\[[^\n]*\]\n\n/, '');
}

/** A model that does what it is sent: `run COMMAND` runs it outside the sandbox, all else is repeated. */
export function obeyMessages(turn: ModelTurn): void {
  const words = unlabelled(turn);
  if (turn.request.output !== null) turn.say('It ', 'is done.');
  else if (words.startsWith('run ')) turn.run(words.slice('run '.length));
  else turn.say('You ', 'said ', words);
}

/** Holds the next turn of the model that is asked that, labelled or not. */
export async function holdModel({ model }: Stage, words: string): Promise<ModelTurn> {
  return await model.hold(({ text: asked, output }) => asked.endsWith(words) && output === null);
}

/** Ends the process of a broker without a word. */
export async function kill({ cli }: RunningBroker): Promise<void> {
  if (cli.pid !== undefined) process.kill(cli.pid, 'SIGKILL');
  await cli.exits();
}
