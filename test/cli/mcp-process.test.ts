import t, { type Test } from 'tap';
import { FRAME_BYTES_MAX } from '../../protocol/limits.js';
import { CALLS_MAX } from '../../broker/mcp/limits.js';
import { inTime } from '../support/deadline.js';
import { answered, demoBroker } from './attached.js';
import { command, tempDir } from './broker.js';
import { Client } from './client.js';
import { impostor } from './impostor.js';
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

  await suite.test('nothing is left of them when the reply is there', async (t) => {
    const { url, mcp, operator, writing } = its;
    const answer = await mcp.use(operator, SEND, { attachment: writing, message: 'long 1', wait: true });
    t.match(answer, worked(/^The turn has ended\./));
    const client = await Client.connect(t, url);
    let names: string[] = [];
    const alone = async (): Promise<void> => {
      do {
        const { result } = await answered(client, 'broker/status', {});
        names = (result?.['connections'] as { clientName: string }[]).map(({ clientName }) => clientName);
      } while (names.includes('threadcast-cli'));
    };
    await inTime(alone(), () => `the end of its connections; there are ${names.join()}`);
  });

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
    await haveTurns(t, url, writing, 1 + waiting.length);
    await broker.end();
    for (const answer of await Promise.all(waiting))
      t.match(answer, worked(/^Sent as .* The reply has not come yet\./));
  });
});

const labels = { roleLabel: null, displayName: null, deliverReplies: false };
const ends = { attachmentId: 'a', parentThreadId: 'p', childThreadId: 'c' };
const edge = { ...ends, ...labels, state: 'active', createdAt: '', updatedAt: '' };
const list = { 'thread/attachments/list': { data: [edge], nextCursor: null } };

void t.test('a reply that is there before it is known to what', async (t) => {
  const folder = tempDir(t);
  const answers: Record<string, object> = {
    ...list,
    'broker/attachment/send': { messageId: 'm', turnId: 'u' },
  };
  const way = { attachmentId: 'a', from: 'c', to: 'p', inReplyTo: 'm', turnId: 'u', hops: 2 };
  const reply = { messageId: 'r', kind: 'reply', text: 'early', status: 'interrupted' };
  const message = { ...way, ...reply, at: '', by: null };
  const news = JSON.stringify({ log: 'p', seq: 1, method: 'broker/attachment/message', params: { message } });
  await impostor(
    t,
    folder,
    (method, id) => JSON.stringify({ id, result: answers[method] ?? {} }),
    (method) => (method === 'broker/attachment/send' ? news : ''),
  );
  const mcp = await McpClient.start(t, folder);
  const answer = await mcp.use('p', SEND, { attachment: 'c', message: 'hello', wait: true });
  t.match(answer, worked(/^The turn was interrupted\. Its last message is the reply r\.\n {2}early$/));
});

void t.test('a broker that breaks off, or is none', async (t) => {
  const folder = tempDir(t);
  let answers: Record<string, string | object> = {};
  await impostor(t, folder, (method, id) => {
    const answer = answers[method] ?? {};
    return typeof answer === 'string' ? answer : JSON.stringify({ id, result: answer });
  });
  const mcp = await McpClient.start(t, folder);
  const send = { attachment: 'c', message: 'hello' };

  answers = { ...list, 'broker/attachment/send': '' };
  t.match(await mcp.use('p', SEND, send), failed(/closed\. The message may have been sent all the same/));
  const error = { message: `no \n${'x'.repeat(9_000)}`, data: { reason: 5 } };
  answers = { ...list, 'broker/attachment/send': JSON.stringify({ id: 4, error }) };
  t.match(await mcp.use('p', SEND, send), failed(/^no x{490,496}…$/), 'it has said that it was not');
  for (const rubbish of ['garbage', '[]', '{"id":{}}']) {
    answers = { 'thread/attachments/list': rubbish };
    t.match(await mcp.use('p', LIST), failed(/closed$/), rubbish);
  }
  answers = { 'thread/attachments/list': { data: 5 } };
  t.match(await mcp.use('p', LIST), failed(/^The broker answered with what cannot be read/));
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
