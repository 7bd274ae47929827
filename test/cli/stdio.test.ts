import t from 'tap';
import { FRAME_BYTES_MAX } from '../../protocol/limits.js';
import type { Cli } from '../support/cli.js';
import { ask } from './ask.js';
import { command, FAKE_RUNTIME, readyBroker, says, tempDir } from './broker.js';
import { Client, INITIALIZE } from './client.js';
import type { Message } from './client.js';

async function answer(cli: Cli, id: Message['id']): Promise<Message> {
  const line = await cli.stdout.take(`the answer to ${String(id)}`, (each) => idOf(each) === id);
  return JSON.parse(line) as Message;
}

function idOf(line: string): Message['id'] {
  return (JSON.parse(line) as Message).id;
}

const tell = (cli: Cli, message: object): void => cli.writeLine(JSON.stringify(message));

void t.test('stdout carries protocol only, whatever is logged and whatever comes', async (t) => {
  const { cli } = await readyBroker(t, { args: ['--stdio', '--log-level', 'trace'] });
  tell(cli, INITIALIZE);
  t.match(await answer(cli, 'hello'), { result: { userAgent: /\(a; 1\)$/ } });
  cli.writeLine('no JSON at all');
  t.match(await answer(cli, null), { error: { code: -32700, data: { reason: 'notJson' } } });
  cli.writeLine('');
  tell(cli, { id: 7, method: 'fake/print', params: { base64: Buffer.from('garbage\n').toString('base64') } });
  t.same(await answer(cli, 7), { id: 7, result: {} });
  tell(cli, { id: 8, method: 'fake/exit', params: { code: 5, stderr: 'its last words\n' } });
  t.match(await answer(cli, 8), { error: { data: { reason: 'runtimeExited' } } });
  await says(cli, /"the runtime is back"/);
  cli.endStdin();
  t.match(await cli.exits(), { code: 0 });
  for (const line of cli.stdout.all) t.type(JSON.parse(line), 'object', line);
  t.ok(cli.stderr.all.some((line) => line.includes('its last words')));
});

void t.test('a line that is too long is answered, and the next one too', async (t) => {
  const { cli } = await readyBroker(t, { args: ['--stdio'] });
  cli.writeLine('x'.repeat(FRAME_BYTES_MAX + 1));
  tell(cli, INITIALIZE);
  t.match(await answer(cli, null), { error: { data: { reason: 'tooLarge' } } });
  t.match(await answer(cli, 'hello'), { result: {} });
});

void t.test('the end of stdin stops the broker, after what was asked', async (t) => {
  const { cli, tcp } = await readyBroker(t, { args: ['--stdio'] });
  const other = await Client.connect(t, tcp);
  tell(cli, INITIALIZE);
  cli.endStdin();
  t.match(await answer(cli, 'hello'), { result: {} });
  t.same(await cli.exits(), { code: 0, signal: null });
  t.same(await other.peer.ended, { code: 4000, reason: 'shutdown' });
});

void t.test('with --keep it goes on', async (t) => {
  const { cli, tcp } = await readyBroker(t, { args: ['--stdio', '--keep', '--log-level', 'info'] });
  cli.endStdin();
  await says(cli, /"left"/);
  t.match(await ask(tcp, '/readyz'), { status: 200 });
  const client = await Client.connect(t, tcp);
  client.ask('fake/print', { base64: '' });
  t.match(await client.next(), { id: 1, result: {} });
  t.same(await cli.end(), { code: 0, signal: null });
});

void t.test('where a broker runs it is joined', async (t) => {
  const { stateDir, tcp } = await readyBroker(t);
  const cli = command(t, ['--state-dir', stateDir, '--stdio', '--', ...FAKE_RUNTIME]);
  tell(cli, INITIALIZE);
  t.match(await answer(cli, 'hello'), { result: { userAgent: /\(a; 1\)$/ } });
  const other = await Client.connect(t, tcp);
  other.ask('broker/status');
  t.match(await other.next(), { result: { connections: [{ clientName: 'a' }, { clientName: 'a' }] } });
  cli.endStdin();
  t.same(await cli.exits(), { code: 0, signal: null });
  t.same(cli.stderr.all, []);
  t.match(await ask(tcp, '/readyz'), { status: 200 });
});

void t.test('it can stand where app-server stood: nothing but stdin and stdout', async (t) => {
  const cli = command(t, [
    '--state-dir',
    tempDir(t),
    '--listen',
    'ws://127.0.0.1:0',
    '--stdio',
    '--',
    ...FAKE_RUNTIME,
  ]);
  // Asked before it is ready, as an editor does.
  tell(cli, INITIALIZE);
  tell(cli, { method: 'initialized' });
  tell(cli, { id: 1, method: 'thread/start', params: {} });
  t.match(await answer(cli, 'hello'), { result: {} });
  t.match(await answer(cli, 1), { result: { thread: { id: 'thread-1' } } });
});
