import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Test } from 'tap';
import { threadcast, type Cli } from '../support/cli.js';
import { answered, demoBroker, newThreads } from './attached.js';
import { Client as BrokerClient } from './client.js';

/** The tools of `threadcast mcp`, by the last part that tells them apart. */
export const LIST = 'list_attached_threads';
export const SEND = 'send_to_attached_thread';
export const READ = 'read_attached_thread';

/** What a tool has answered. */
export interface Answer {
  readonly text: string;
  readonly isError: boolean;
}

/** A client of `threadcast mcp`, which it has started. */
export class McpClient {
  readonly client: Client;

  private constructor(client: Client) {
    this.client = client;
  }

  static async start(t: Test, stateDir: string, options: readonly string[] = []): Promise<McpClient> {
    const client = new Client({ name: 'test', version: '1.0' });
    const [command, ...before] = threadcast;
    const args = [...before, 'mcp', '--state-dir', stateDir, ...options];
    const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
    await client.connect(new StdioClientTransport({ command, args, env, stderr: 'ignore' }));
    t.teardown(async () => await client.close());
    return new McpClient(client);
  }

  /** Calls a tool in the name of a thread, as Codex does; without one as a client that names none. */
  async use(threadId: string | null, name: string, args: Record<string, unknown> = {}): Promise<Answer> {
    const meta = threadId === null ? {} : { _meta: { threadId } };
    const result = await this.client.callTool({ name, arguments: args, ...meta });
    const [content] = result.content as { text: string }[];
    return { text: content?.text ?? '', isError: result.isError === true };
  }
}

/** An answer of a tool that says that. */
export const failed = (text: RegExp): { isError: boolean; text: RegExp } => ({ isError: true, text });
export const worked = (text: RegExp): { isError: boolean; text: RegExp } => ({ isError: false, text });

/** An operator with two threads attached, and three that are attached to nobody. */
export interface Team {
  readonly broker: Cli;
  readonly stateDir: string;
  readonly url: string;
  readonly mcp: McpClient;
  readonly operator: string;
  readonly reviewer: string;
  readonly writer: string;
  readonly stranger: string;
  readonly visitor: string;
  readonly twin: string;
  /** The ids of the attachments. */
  readonly reviewing: string;
  readonly writing: string;
  readonly attach: (parent: string, child: string, labels?: object) => Promise<string>;
}

export async function team(t: Test): Promise<Team> {
  const { cli: broker, stateDir, url } = await demoBroker(t);
  const names = ['operator', 'reviewer', 'writer', 'stranger', 'visitor', 'twin'];
  const threads = await newThreads(t, url, ...names);
  const [operator = '', reviewer = '', writer = '', stranger = '', visitor = '', twin = ''] = threads;
  const attach = async (parent: string, child: string, labels = {}): Promise<string> => {
    const client = await BrokerClient.connect(t, url);
    const edge = { parentThreadId: parent, childThreadId: child, ...labels };
    const { result } = await answered(client, 'thread/attachment/create', edge);
    return (result?.['attachment'] as { attachmentId: string }).attachmentId;
  };
  const reviewing = await attach(operator, reviewer, { roleLabel: 'Reviewer', deliverReplies: true });
  const writing = await attach(operator, writer, { displayName: 'Ann "the pen"' });
  const mcp = await McpClient.start(t, stateDir);
  return {
    broker,
    stateDir,
    url,
    mcp,
    operator,
    reviewer,
    writer,
    stranger,
    visitor,
    twin,
    reviewing,
    writing,
    attach,
  };
}
