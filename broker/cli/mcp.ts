import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { mcpServer } from '../mcp/server.js';
import { boundedLines } from '../mcp/stdin-lines.js';
import type { StateDir } from '../ops/state-dir.js';
import { runningBroker } from './broker-address.js';
import { messageOf } from './exit.js';
import { cell } from './one-line.js';
import { say } from './output.js';

/**
 * An MCP server on stdin and stdout, with the tools for an agent whose thread has others attached. It acts for that
 * thread alone, or for the one that the client names with each call. It ends with stdin; a broker need not run yet.
 */
export async function mcp(stateDir: StateDir, threadId: string | undefined): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve).once('error', () => resolve());
    // Whoever read us is gone: so is the reason to run.
    process.stdout.once('error', () => resolve());
  });
  const lines = boundedLines(process.stdin, process.stdout, (bytes) =>
    say(`threadcast: a message of ${bytes} bytes is too long and was dropped`),
  );
  const server = mcpServer({ threadId, broker: () => runningBroker(stateDir) });
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is no EventTarget
  server.server.onerror = (error) => say(`threadcast: ${cell(messageOf(error))}`);
  await server.connect(new StdioServerTransport(lines, process.stdout));
  await ended;
}
