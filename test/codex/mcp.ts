import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('mcp-server.ts', import.meta.url));
// By name and not from this process's own arguments: those of a test runner are no business of the program.
const TSX = import.meta.resolve('tsx');

/** What starts the MCP server for tests. */
export const mcpCommand = { command: process.execPath, args: ['--import', TSX, PROGRAM] } as const;

/** The tables of Codex's config that give it that server, under that name. `more`: lines of its table. */
export function mcpServer(name: string, more: readonly string[] = []): readonly string[] {
  // Strings and lists of strings are written alike in JSON and in TOML.
  return [
    `[mcp_servers.${name}]`,
    `command = ${JSON.stringify(mcpCommand.command)}`,
    `args = ${JSON.stringify(mcpCommand.args)}`,
    'startup_timeout_sec = 60',
    ...more,
  ];
}
