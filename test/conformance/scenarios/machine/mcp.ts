import { member, text, type Json } from '../../../codex/json.js';
import { mcpServer } from '../../../codex/mcp.js';
import type { Scenario } from '../../scenario.js';
import { startThread } from '../steps.js';
import { agree, Backend, type Pages } from './backend.js';
import { calls, refusals, told } from './steps.js';

/** What an MCP server over HTTP says of how to log in to it. */
const pages: Pages = {
  'GET /.well-known/oauth-authorization-server/mcp': {
    issuer: 'BASE/mcp',
    authorization_endpoint: 'BASE/authorize',
    token_endpoint: 'BASE/token',
    registration_endpoint: 'BASE/register',
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
  },
  'POST /register': ({ body }) => ({
    client_id: 'client-1',
    redirect_uris: member(body, 'redirect_uris') ?? [],
    token_endpoint_auth_method: 'none',
  }),
  'POST /token': { access_token: 'token-1', token_type: 'Bearer', expires_in: 3600 },
};

/** MCP servers: what they offer, asked by a client with the thread and one without; tools, and a login in a browser. */
export const mcp: Scenario = {
  name: 'mcp',
  long: true,
  covers: [
    'mcpServerStatus/list',
    'mcpServer/resource/read',
    'mcpServer/tool/call',
    'mcpServer/oauth/login',
    'mcpServer/oauthLogin/completed',
    'mcpServer/startupStatus/updated',
  ],
  config: () => ({ tables: mcpServer('paint') }),
  freedoms: [
    {
      reason: 'The address to log in at holds random characters.',
      matches: ({ subject }) => subject === 'answer to mcpServer/oauth/login',
      lane: () => null,
    },
  ],
  prepare: async (folders) => {
    await Backend.prepare(folders, pages, (toml, url) => {
      const store = 'mcp_oauth_credentials_store = "file"';
      return `${store}\n${toml}\n[mcp_servers.web]\nurl = "${url}/mcp"\nenabled = false\n`;
    });
  },
  async run({ clients: { a, b, c }, root, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const threadId = await startThread(a, work);
    for (const client of [b, c]) await client.notification('thread/started');
    await a.notification('mcpServer/startupStatus/updated', ready);
    const palette = { server: 'paint', uri: 'paint://palette' };
    const echo = { threadId, server: 'paint', tool: 'echo', arguments: { text: 'hello' } };
    await calls(b, [
      ['mcpServerStatus/list', { threadId, detail: 'full' }],
      ['mcpServerStatus/list', { detail: 'toolsAndAuthOnly', serverName: 'paint' }],
      ['mcpServer/resource/read', palette],
    ]);
    await calls(c, [
      ['mcpServerStatus/list', { threadId, serverName: 'nobody' }],
      ['mcpServer/resource/read', { ...palette, threadId }],
      ['mcpServer/tool/call', echo],
      ['mcpServer/tool/call', { ...echo, tool: 'break' }],
    ]);
    await refusals(b, [
      ['mcpServerStatus/list', { cursor: 'no such cursor' }],
      ['mcpServer/resource/read', { ...palette, server: 'nobody' }],
      ['mcpServer/tool/call', { ...echo, server: 'nobody' }],
      ['mcpServer/tool/call', { ...echo, threadId: '00000000-0000-7000-8000-000000000000' }],
      ['mcpServer/tool/call', { server: 'paint', tool: 'echo' }],
      ['mcpServer/oauth/login', { name: 'paint' }],
      ['mcpServer/oauth/login', { name: 'nobody' }],
    ]);
    await settle();

    const login = await b.call('mcpServer/oauth/login', { name: 'web' });
    await agree(text(login, 'authorizationUrl'));
    await told([a, b, c], 'mcpServer/oauthLogin/completed');
    await settle();
    Backend.of({ root }).stop();
  },
};

function ready(params: Json): boolean {
  return member(params, 'status') === 'ready';
}
