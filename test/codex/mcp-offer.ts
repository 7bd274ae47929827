import type { Resource, ResourceTemplate, Tool } from '@modelcontextprotocol/sdk/types.js';

/** What the MCP server for tests has to offer. */

/** All but `break` only read, so that nobody is asked whether they may be called. */
const READS = { readOnlyHint: true, destructiveHint: false, openWorldHint: false };

export const tools: readonly Tool[] = [
  {
    name: 'echo',
    title: 'Echo',
    description: 'Gives back its text',
    inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
    annotations: READS,
  },
  {
    name: 'count',
    description: 'Counts, and reports each number',
    inputSchema: { type: 'object', properties: { to: { type: 'number' } }, required: ['to'] },
    annotations: READS,
  },
  {
    name: 'ask',
    description: 'Asks the user to fill in a form',
    inputSchema: { type: 'object', properties: {} },
    annotations: READS,
  },
  {
    name: 'visit',
    description: 'Asks the user to open a page',
    inputSchema: { type: 'object', properties: {} },
    annotations: READS,
  },
  {
    name: 'break',
    description: 'Fails, and might do harm',
    inputSchema: { type: 'object', properties: {} },
    annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
  },
];

export const resources: readonly Resource[] = [
  { uri: 'paint://palette', name: 'palette', title: 'Palette', mimeType: 'text/plain' },
];

export const templates: readonly ResourceTemplate[] = [
  { uriTemplate: 'paint://colours/{name}', name: 'colour', mimeType: 'text/plain' },
];
