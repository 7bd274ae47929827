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
    told.stdout.some((line) =>
      /^c\d+-[0-9a-f]{8} +a +owner .* websocket\/stock +\d+ s +1 +0 +0 B$/.test(line),
    ),
    told.stdout.join('\n'),
  );
  t.ok(told.stdout.some((line) => line.startsWith(id) && / 1 +0 +no +\S+ K?i?B$/.test(line)));
  const [json] = parsed((await on(stateDir, 'status', '--json')).stdout);
  t.match(json, { broker: { pid: cli.pid }, listen: [url], threads: [{ threadId: id, subscribers: 1 }] });
});

void t.test('tail prints one thread, or what everyone gets, as it came', async (t) => {
  const { cli, stateDir, tcp } = await readyBroker(t, { args: ['--log-level', 'info'] });
  const one = command(t, ['tail', 'thread-1', '--state-dir', stateDir]);
  const lobby = command(t, ['tail', '--state-dir', stateDir]);
  const client = await Client.connect(t, tcp);
  await subscribed(client, 'thread-1', 3);
  const events = ['thread-1', 'thread-2'].flatMap((threadId) => [
    `{ "method":"thread/status/changed", "params":{"threadId":"${threadId}"} }`,
    `{"method":"item/agentMessage/delta","params":{"delta":"\\u0061","threadId":"${threadId}"}}`,
  ]);
  client.ask('fake/print', { base64: Buffer.from(`${events.join('\n')}\n`).toString('base64') });
  t.equal(await one.stdout.take('a status', () => true), events[0]);
  t.equal(await one.stdout.take('an event', () => true), events[1]);
  t.equal(await lobby.stdout.take('a status', () => true), events[0]);
  t.equal(await lobby.stdout.take('another one', () => true), events[2]);

  t.same(await one.end('SIGINT'), { code: 0, signal: null });
  t.equal(one.stdout.all.length, 2);
  await cli.end();
  t.match(await lobby.exits(), { code: 1 });
  t.same(lobby.stderr.all, ['threadcast: the broker closed the connection: 4000 shutdown']);
});

/** Resolves when so many clients are there and initialized, and one is subscribed to that thread. */
async function subscribed(client: Client, threadId: string, count: number): Promise<void> {
  for (;;) {
    client.ask('broker/status');
    const { connections, threads } = (await client.next()).result as {
      connections: { clientName: string }[];
      threads: { threadId: string }[];
    };
    const initialized = connections.filter((one) => one.clientName !== '(not initialized)').length;
    if (initialized === count && threads.some((thread) => thread.threadId === threadId)) return;
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
