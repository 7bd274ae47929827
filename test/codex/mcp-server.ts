import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  CallToolRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  type CallToolResult,
  type ElicitRequestFormParams,
  type ElicitRequestURLParams,
  type ProgressToken,
} from '@modelcontextprotocol/sdk/types.js';
import { resources, templates, tools } from './mcp-offer.js';

/**
 * An MCP server over stdio for tests, a program of its own (`mcpServer` in `mcp.ts` makes Codex start it). Tools:
 * `echo` gives back its text, `count` reports progress to `to`, `ask` asks the user to fill in a form, `visit` asks
 * them to open a page, `break` fails.
 */

/** The form that `ask` wants to have filled in. */
const FORM: ElicitRequestFormParams = {
  mode: 'form',
  message: 'Which colour?',
  requestedSchema: {
    type: 'object',
    properties: {
      colour: { type: 'string', title: 'Colour', enum: ['red', 'green'] },
      shade: { type: 'number', title: 'Shade', minimum: 0, maximum: 9 },
    },
    required: ['colour'],
  },
};

/** The page that `visit` wants to have opened. */
const PAGE: ElicitRequestURLParams = {
  mode: 'url',
  message: 'Please sign the guest book',
  url: 'https://guest-book.example/sign?visit=1',
  elicitationId: 'visit-1',
};

const server = new Server(
  { name: 'paint-box', version: '1.0.0', title: 'Paint box' },
  { capabilities: { tools: {}, resources: {} }, instructions: 'Mixes colours.' },
);

server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...tools] }));
server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [...resources] }));
server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [...templates] }));
server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => ({
  contents: [{ uri, mimeType: 'text/plain', text: `What is at ${uri}` }],
}));
server.setRequestHandler(CallToolRequestSchema, async ({ params }): Promise<CallToolResult> => {
  const { name, arguments: args = {}, _meta: meta } = params;
  switch (name) {
    case 'echo':
      return said(`You said ${String(args['text'])}`);
    case 'count':
      return await count(Number(args['to']), meta?.progressToken);
    case 'ask':
      return said(JSON.stringify(await server.elicitInput(FORM)));
    case 'visit':
      return said(JSON.stringify(await server.elicitInput(PAGE)));
    default:
      return { ...said(`${name} is broken`), isError: true };
  }
});

await server.connect(new StdioServerTransport());

async function count(to: number, progressToken: ProgressToken | undefined): Promise<CallToolResult> {
  if (progressToken !== undefined) {
    for (let progress = 1; progress <= to; progress += 1) {
      const params = { progressToken, progress, total: to, message: `${progress} of ${to}` };
      await server.notification({ method: 'notifications/progress', params });
    }
  }
  return said(`Counted to ${to}`);
}

function said(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] };
}
