import { InvalidArgumentError, Option, type Command } from 'commander';
import { z } from 'zod';
import {
  attachment as attachmentSchema,
  attachmentStates,
  type Attachment,
  type AttachmentState,
  type Side,
} from '../../protocol/attachments.js';
import { AUDIT_ENTRIES_MAX, MESSAGE_BYTES_MAX } from '../../protocol/limits.js';
import type { StateDir } from '../ops/state-dir.js';
import { auditTrail, listAttachments, Replies, sendMessage } from './attachments-calls.js';
import { attachmentsTable, trailTable } from './attachments-tables.js';
import { runningBroker } from './broker-address.js';
import { BrokerClient } from './broker-client.js';
import { CommandError, exitCodes } from './exit.js';
import { plainText } from './one-line.js';
import { print, printed } from './output.js';

/** How many entries of the audit trail are shown where nobody says how many. */
const TRAIL_ENTRIES = 100;

interface Common {
  readonly json?: boolean;
}

/**
 * Adds `attachments` and its subcommands to a command line.
 * @param stateDir the option that each of them has
 * @param open the state dir that the options name
 */
export function addAttachments(
  program: Command,
  stateDir: () => Option,
  open: (options: object) => StateDir,
): void {
  const group = program
    .command('attachments')
    .description('which threads are attached to which, and what is sent along')
    .usage('list|create|delete|send|log [options]')
    .argument('[command]')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new CommandError('attachments: expected list, create, delete, send or log', exitCodes.usage);
    });
  const subcommand = (name: string, description: string): Command =>
    group
      .command(name)
      .description(description)
      .addOption(stateDir())
      .option('--json', 'a JSON object a line');

  subcommand('list', 'list the attachments; without --state or --all the active ones')
    .option('--parent <thread>', 'only those of this parent')
    .option('--child <thread>', 'only those of this child')
    .addOption(new Option('--state <state...>', 'only those in these states').choices(attachmentStates))
    .addOption(new Option('--all', 'those in any state').conflicts('state'))
    .action(async (options: ListOptions) => await list(open(options), options));
  subcommand('create <parent> <child>', 'attach a thread to a parent; prints the id of the attachment')
    .option('--role <label>', 'what the child is to its parent')
    .option('--name <name>', 'what the parent calls it')
    .option('--deliver-replies', 'send each answer on to the thread that asked, as a message')
    .action(
      async (parent: string, child: string, options: CreateOptions) =>
        await create(open(options), parent, child, options),
    );
  subcommand('delete <attachment...>', 'end attachments; the threads stay as they are').action(
    async (ids: string[], options: Common) => await remove(open(options), ids, options),
  );
  subcommand('send <attachment> [text...]', 'send a message to the other end; without a text stdin is read')
    .addOption(
      new Option('--from <side>', 'which end sends it').choices(['parent', 'child']).default('parent'),
    )
    .option('--wait', 'wait for the reply, and print it')
    .action(
      async (id: string, words: string[], options: SendOptions) =>
        await send(open(options), id, words, options),
    );
  subcommand('log', 'what happened to attachments and was sent along them, the newest last')
    .option('--thread <thread>', 'of all attachments of this thread')
    .addOption(new Option('--attachment <id>', 'of this attachment').conflicts('thread'))
    .addOption(
      new Option('--limit <entries>', 'the newest so many').argParser(entries).default(TRAIL_ENTRIES),
    )
    .action(async (options: LogOptions) => await log(open(options), options));
}

function entries(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= AUDIT_ENTRIES_MAX) return count;
  throw new InvalidArgumentError(`expected 1 to ${AUDIT_ENTRIES_MAX}`);
}

interface ListOptions extends Common {
  readonly parent?: string;
  readonly child?: string;
  readonly state?: readonly AttachmentState[];
  readonly all?: boolean;
}

async function list(stateDir: StateDir, { parent, child, state, all, json }: ListOptions): Promise<void> {
  const client = await BrokerClient.connect(runningBroker(stateDir));
  const states = all === true ? attachmentStates : state;
  const found = await listAttachments(client, { parentThreadId: parent, childThreadId: child, states });
  client.close();
  if (json === true) for (const one of found) print(JSON.stringify(one));
  else print(attachmentsTable(found));
  await printed();
}

interface CreateOptions extends Common {
  readonly role?: string;
  readonly name?: string;
  readonly deliverReplies?: boolean;
}

async function create(
  stateDir: StateDir,
  parentThreadId: string,
  childThreadId: string,
  { role: roleLabel, name: displayName, deliverReplies, json }: CreateOptions,
): Promise<void> {
  const client = await controller(stateDir);
  const edge = { parentThreadId, childThreadId, roleLabel, displayName, deliverReplies };
  const created = await changed(client, 'thread/attachment/create', edge);
  client.close();
  print(json === true ? JSON.stringify(created) : created.attachmentId);
}

async function remove(stateDir: StateDir, ids: readonly string[], { json }: Common): Promise<void> {
  const client = await controller(stateDir);
  for (const attachmentId of ids) {
    const deleted = await changed(client, 'thread/attachment/delete', { attachmentId });
    print(json === true ? JSON.stringify(deleted) : deleted.attachmentId);
  }
  client.close();
}

interface SendOptions extends Common {
  readonly from: Side;
  readonly wait?: boolean;
}

async function send(
  stateDir: StateDir,
  attachmentId: string,
  words: readonly string[],
  { from, wait, json }: SendOptions,
): Promise<void> {
  const text = words.length > 0 ? words.join(' ') : await stdinText();
  if (text.trim() === '') throw new CommandError('send: there is no text to send', exitCodes.usage);
  const client = await controller(stateDir);
  const replies =
    wait === true
      ? await Replies.of(runningBroker(stateDir), await senderOf(client, attachmentId, from))
      : null;
  const sent = await sendMessage(client, { attachmentId, from, text });
  client.close();
  print(json === true ? JSON.stringify(sent) : `message ${sent.messageId}\nturn ${sent.turnId}`);
  if (replies === null) return;
  const reply = await replies.to(sent.messageId);
  replies.close();
  print(json === true ? JSON.stringify(reply) : plainText(reply.text));
  await printed();
  if (reply.status !== 'completed')
    throw new CommandError(`the turn that the message started: ${reply.status}`);
}

/** The thread at that end. */
async function senderOf(client: BrokerClient, attachmentId: string, from: Side): Promise<string> {
  const edge = (await listAttachments(client, {})).find((one) => one.attachmentId === attachmentId);
  if (edge === undefined) throw new CommandError(`there is no active attachment ${attachmentId}`);
  return from === 'parent' ? edge.parentThreadId : edge.childThreadId;
}

/** All of stdin but the end of its last line. @throws {CommandError} it is longer than a message may be */
async function stdinText(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stdin: AsyncIterable<Buffer> = process.stdin;
  for await (const chunk of stdin) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MESSAGE_BYTES_MAX)
      throw new CommandError(`send: a message may have at most ${MESSAGE_BYTES_MAX} bytes`);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

interface LogOptions extends Common {
  readonly thread?: string;
  readonly attachment?: string;
  readonly limit: number;
}

async function log(stateDir: StateDir, { thread, attachment, limit, json }: LogOptions): Promise<void> {
  const of = whose(thread, attachment);
  const client = await BrokerClient.connect(runningBroker(stateDir));
  const trail = (await auditTrail(client, of, limit)).toReversed();
  client.close();
  if (json === true) for (const entry of trail) print(JSON.stringify(entry));
  else print(trailTable(trail));
  await printed();
}

function whose(
  threadId: string | undefined,
  attachmentId: string | undefined,
): { threadId: string } | { attachmentId: string } {
  if (threadId !== undefined) return { threadId };
  if (attachmentId !== undefined) return { attachmentId };
  throw new CommandError('log: --thread or --attachment is needed', exitCodes.usage);
}

async function controller(stateDir: StateDir): Promise<BrokerClient> {
  return await BrokerClient.connect(runningBroker(stateDir), undefined, undefined, { role: 'controller' });
}

const changeResult = z.object({ attachment: attachmentSchema });

/** Asks for a change of one attachment, and gives it as it is then. */
async function changed(client: BrokerClient, method: string, params: object): Promise<Attachment> {
  return changeResult.parse(await client.call(method, params)).attachment;
}
