import './zzdev.js';
import t from 'tap';
import type { Test } from 'tap';
import { run } from '../support/cli.js';
import type { Cli, Outcome } from '../support/cli.js';
import { ANY_PORT, command, readyBroker, says, socketPath, tempDir } from './broker.js';
import { Client } from './client.js';
import type { Message } from './client.js';

/** A broker with the demo runtime, which has threads to show, as fast as it can. */
async function demoBroker(t: Test): Promise<{ cli: Cli; stateDir: string; url: string }> {
  const stateDir = tempDir(t);
  const url = `unix://${socketPath(stateDir)}`;
  const args = ['--state-dir', stateDir, '--listen', url, '--demo', '--demo-args', '--pace 0'];
  const cli = command(t, args);
  await says(cli, /attach/);
  return { cli, stateDir, url };
}

const on = (stateDir: string, ...args: readonly string[]): Promise<Outcome> =>
  run([...args, '--state-dir', stateDir]);

const parsed = (lines: readonly string[]): Message[] => lines.map((line) => JSON.parse(line) as Message);

void t.test('without a broker each says how to start one', async (t) => {
  const stateDir = tempDir(t);
  for (const name of ['threads', 'status', 'tail', 'connect']) {
    t.match(await on(stateDir, name), {
      code: 1,
      stdout: [],
      stderr: [`threadcast: no broker runs on ${stateDir}; start one with: threadcast`],
    });
  }
  const { code, stderr } = await run(['connect', `unix://${stateDir}/none`]);
  t.match({ code, stderr }, { code: 1, stderr: [/^threadcast: cannot reach unix:.*\/none: .*ENOENT/] });
});

void t.test('threads and status', async (t) => {
  const { cli, stateDir, url } = await demoBroker(t);
  const listed = await on(stateDir, 'threads');
  t.match(listed, { code: 0, stderr: [] });
  t.match(listed.stdout[0], /^THREAD +STATUS +UPDATED +TITLE$/);
  const rows = await on(stateDir, 'threads', '--json');
  t.equal(rows.stdout.length, listed.stdout.length - 1);
  t.ok(rows.stdout.length > 2, 'the demo has threads');
  const { id } = JSON.parse(rows.stdout[0] ?? '') as { id: string };
  t.ok(listed.stdout[1]?.startsWith(`${id} `));

  const client = await Client.connect(t, url);
  client.ask('thread/resume', { threadId: id });
  await client.next();
  const told = await on(stateDir, 'status');
  t.match(told, { code: 0, stderr: [] });
  t.match(told.stdout[0], new RegExp(`^threadcast .* \\(pid ${cli.pid}\\), up \\d+ s$`));
  t.match(told.stdout[2], `  listening  ${url}`);
  t.ok(
    told.stdout.some((line) => /^c\d+ +a +websocket +1 +0$/.test(line)),
    told.stdout.join('\n'),
  );
  t.ok(told.stdout.some((line) => line.startsWith(id) && / 1 +0$/.test(line)));
  const [json] = parsed((await on(stateDir, 'status', '--json')).stdout);
  t.match(json, { broker: { pid: cli.pid }, listen: [url], threads: [{ threadId: id, subscribers: 1 }] });
});

void t.test('tail prints one thread, or what everyone gets', async (t) => {
  const { cli, stateDir, url } = await demoBroker(t);
  const client = await Client.connect(t, url);
  client.ask('thread/start', {});
  const started = await until(client, (message) => message.id === 1);
  const { id: threadId } = started.result?.['thread'] as { id: string };
  const one = command(t, ['tail', threadId, '--state-dir', stateDir]);
  const lobby = command(t, ['tail', '--state-dir', stateDir]);
  await attached(client, 3);
  client.ask('turn/start', { threadId, input: [{ type: 'text', text: 'hello' }] });
  const isDone = (line: string): boolean => line.includes('"turn/completed"');
  await one.stdout.take('the end of the turn', isDone);
  for (const message of parsed(one.stdout.all)) t.equal(message.params?.['threadId'], threadId);
  await lobby.stdout.take('a status', (line) => line.includes('"thread/status/changed"'));

  t.same(await one.end('SIGINT'), { code: 0, signal: null });
  await cli.end();
  t.match(await lobby.exits(), { code: 1 });
  t.same(lobby.stderr.all, ['threadcast: the broker closed the connection: 4000 shutdown']);
  t.notOk(lobby.stdout.all.some(isDone));
});

/** Reads on until there is one that matches. */
async function until(client: Client, matches: (message: Message) => boolean): Promise<Message> {
  for (;;) {
    const message = await client.next();
    if (matches(message)) return message;
  }
}

/** Resolves when so many clients are initialized, each subscribed to all it asked for. */
async function attached(client: Client, count: number): Promise<void> {
  for (;;) {
    const id = client.ask('broker/status');
    const { result } = await until(client, (message) => message.id === id);
    const names = (result?.['connections'] as { clientName: string; threads: string[] }[]).filter(Boolean);
    if (names.length === count && names.filter((one) => one.threads.length > 0).length === 2) return;
  }
}

void t.test('connect is a client on stdin and stdout', async (t) => {
  const { cli, stateDir, tcp } = await readyBroker(t);
  const wires = [command(t, ['connect', '--state-dir', stateDir]), command(t, ['connect', tcp])];
  for (const wire of wires) {
    wire.writeLine('{"id":"x","method":"initialize","params":{"clientInfo":{"name":"e","version":"1"}}}');
    t.match(JSON.parse(await wire.stdout.take('an answer', () => true)), { id: 'x', result: {} });
  }
  const [first, second] = wires;
  first?.endStdin();
  t.same(await first?.exits(), { code: 0, signal: null });
  await cli.end();
  t.match(await second?.exits(), { code: 1 });
  t.same(second?.stderr.all, ['threadcast: the broker closed the connection: 4000 shutdown']);
});

void t.test('a command that is refused says what the runtime said', async (t) => {
  const { stateDir } = await readyBroker(t, { args: ANY_PORT });
  const { code, stderr } = await on(stateDir, 'tail', 'no-such-thread');
  t.match({ code, stderr }, { code: 1, stderr: ['threadcast: no such thread'] });
});
