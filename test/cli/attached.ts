import type { Test } from 'tap';
import type { Cli } from '../support/cli.js';
import { command, says, socketPath, tempDir } from './broker.js';
import { Client, type Message } from './client.js';

/** A broker with the demo runtime, as fast as it can, on the socket of its state dir. */
export async function demoBroker(
  t: Test,
  stateDir = tempDir(t),
): Promise<{ cli: Cli; stateDir: string; url: string }> {
  const url = `unix://${socketPath(stateDir)}`;
  const args = ['--state-dir', stateDir, '--listen', url, '--demo', '--demo-args', '--pace 0'];
  const cli = command(t, args);
  await says(cli, /attach/);
  return { cli, stateDir, url };
}

/** Asks, and leaves out what comes besides. */
export async function answered(client: Client, method: string, params: object): Promise<Message> {
  const id = client.ask(method, params);
  for (;;) {
    const message = await client.next();
    if (message.id === id) return message;
  }
}

/** New threads with these names, which nothing has been said in. */
export async function newThreads(t: Test, url: string, ...names: readonly string[]): Promise<string[]> {
  const client = await Client.connect(t, url);
  const ids: string[] = [];
  for (const name of names) {
    const { result } = await answered(client, 'thread/start', { cwd: '/' });
    const { id } = result?.['thread'] as { id: string };
    await answered(client, 'thread/name/set', { threadId: id, name });
    ids.push(id);
  }
  return ids;
}
