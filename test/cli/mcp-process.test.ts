import t, { type Test } from 'tap';
import { FRAME_BYTES_MAX } from '../../protocol/limits.js';
import { CALLS_MAX } from '../../broker/mcp/limits.js';
import { answered, demoBroker } from './attached.js';
import { command, tempDir } from './broker.js';
import { Client } from './client.js';
import { failed, LIST, McpClient, SEND, team, worked } from './mcp-client.js';

void t.test('a broker that comes, goes, and comes back', async (t) => {
  const stateDir = tempDir(t);
  const mcp = await McpClient.start(t, stateDir);
  const nobody = failed(new RegExp(`^no broker runs on ${stateDir}; start one with: threadcast$`));
  t.match(await mcp.use('thread', LIST), nobody);
  const first = await demoBroker(t, stateDir);
  t.match(await mcp.use('thread', LIST), { isError: false });
  await first.cli.end();
  t.match(await mcp.use('thread', LIST), nobody);
  await demoBroker(t, stateDir);
  t.match(await mcp.use('thread', LIST), { isError: false });
});

void t.test('calls that wait for replies', async (suite) => {
  const its = await team(suite);

  await suite.test('the end of stdin ends them, and the server', async (t) => {
    const { stateDir, url, operator, reviewing } = its;
    const cli = command(t, ['mcp', '--state-dir', stateDir, '--thread', operator]);
    const params = { name: SEND, arguments: { attachment: reviewing, message: 'run it', wait: true } };
    cli.writeLine(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
    await haveTurns(t, url, reviewing, 1);
    cli.endStdin();
    t.same(await cli.exits(), { code: 0, signal: null });
  });

  await suite.test('so many calls at a time; a broker that ends takes no message back', async (t) => {
    const { broker, url, mcp, operator, writing } = its;
    const waiting = Array.from({ length: CALLS_MAX }, () =>
      mcp.use(operator, SEND, { attachment: writing, message: 'run it', wait: true }),
    );
    t.match(await mcp.use(operator, LIST), failed(/^More than 16 calls at the same time/));
    await haveTurns(t, url, writing, waiting.length);
    await broker.end();
    for (const answer of await Promise.all(waiting))
      t.match(answer, worked(/^Sent as .* The reply has not come yet\./));
  });
});

/** Resolves when so many messages along an attachment have their turns. */
async function haveTurns(t: Test, url: string, attachmentId: string, count: number): Promise<void> {
  const client = await Client.connect(t, url);
  for (;;) {
    const { result } = await answered(client, 'broker/attachment/messages/list', { attachmentId });
    const entries = result?.['data'] as { kind: string; turnId: string | null }[];
    if (entries.filter(({ kind, turnId }) => kind === 'message' && turnId !== null).length === count) return;
  }
}

void t.test('what is no message harms nobody', async (t) => {
  const cli = command(t, ['mcp', '--state-dir', tempDir(t)]);
  const rubbish = [
    'garbage',
    '',
    '{}',
    '[]',
    '[1]',
    'null',
    '{"jsonrpc":"2.0"}',
    '{"jsonrpc":"2.0","id":{},"method":1}',
  ];
  for (const line of rubbish) cli.writeLine(line);
  cli.writeLine('{"jsonrpc":"2.0","id":1,"result":{}}');
  cli.writeLine('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"none"}}');
  cli.writeLine('{"jsonrpc":"2.0","method":"notifications/none","params":5}');
  cli.writeLine(`{"jsonrpc":"2.0","id":2,"method":"ping","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
  cli.writeLine('x'.repeat(FRAME_BYTES_MAX + 1));
  cli.writeLine('{"jsonrpc":"2.0","id":3,"method":"tools/none"}');
  cli.writeLine('{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"none"}}');
  cli.writeLine('{"jsonrpc":"2.0","id":5,"method":"ping"}');
  await cli.stdout.take('the answer to the last', (line) => line.includes('"id":5'));
  t.ok(
    cli.stderr.all.some((line) =>
      line.endsWith(`a message of ${FRAME_BYTES_MAX + 1} bytes is too long and was dropped`),
    ),
  );
  cli.endStdin();
  t.same(await cli.exits(), { code: 0, signal: null });
  for (const line of cli.stdout.all) t.match(JSON.parse(line), { jsonrpc: '2.0', id: Number });
});
