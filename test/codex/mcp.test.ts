import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import tap, { type Test } from 'tap';
import { mcpCommand, mcpServer } from './mcp.js';

async function connect(t: Test): Promise<Client> {
  const client = new Client(
    { name: 'test', version: '1.0' },
    { capabilities: { elicitation: { form: {}, url: {} } } },
  );
  client.setRequestHandler(ElicitRequestSchema, ({ params }) =>
    params.mode === 'url' ? { action: 'decline' } : { action: 'accept', content: { colour: 'red' } },
  );
  const { command, args } = mcpCommand;
  await client.connect(new StdioClientTransport({ command, args: [...args] }));
  t.teardown(async () => await client.close());
  return client;
}

void tap.test('it is given to Codex in its config', (t) => {
  const [head, ...lines] = mcpServer('paint', ['enabled = false']);
  t.equal(head, '[mcp_servers.paint]');
  t.match(lines, [/^command = "/, /^args = \["--import",/, /^startup_timeout_sec = /, 'enabled = false']);
  t.end();
});

void tap.test('its tools say, count, ask and fail', async (t) => {
  const client = await connect(t);
  const text = async (name: string, args = {}): Promise<unknown> => {
    const result = await client.callTool({ name, arguments: args });
    return (result.content as { text: string }[])[0]?.text;
  };
  t.equal((await client.listTools()).tools.length, 5);
  t.equal(await text('echo', { text: 'hello' }), 'You said hello');
  t.equal(await text('count', { to: 3 }), 'Counted to 3');
  t.equal(await text('ask'), '{"action":"accept","content":{"colour":"red"}}');
  t.equal(await text('visit'), '{"action":"decline"}');
  t.match(await client.callTool({ name: 'break' }), { isError: true });
});

void tap.test('its resources are there to be read', async (t) => {
  const client = await connect(t);
  t.equal((await client.listResources()).resources.length, 1);
  t.equal((await client.listResourceTemplates()).resourceTemplates.length, 1);
  t.match(await client.readResource({ uri: 'paint://palette' }), {
    contents: [{ text: 'What is at paint://palette' }],
  });
});
