import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import type { Test } from 'tap';
import { WebSocket } from 'ws';
import { connect } from '../../client/index.js';
import type { Client, ConnectOptions, SocketLike } from '../../client/index.js';
import { nodeSocket } from '../../client/node.js';
import { command, tempDir } from '../cli/broker.js';
import { inTime } from '../support/deadline.js';
import { Inbox } from '../support/inbox.js';

/** An example as its readers would run it. */
function example(t: Test, name: string, token: string, ...args: readonly string[]) {
  const child = spawn(
    process.execPath,
    ['--import=./test/support/typescript.mjs', `examples/${name}.ts`, ...args],
    {
      env: { ...process.env, THREADCAST_TOKEN: token },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const [stdout, stderr] = [new Inbox<string>(name), new Inbox<string>(`${name}, on stderr`)];
  createInterface({ input: child.stdout }).on('line', (line) => stdout.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => stderr.push(line));
  const ended = once(child, 'close');
  t.teardown(async () => {
    child.kill();
    await ended;
  });
  return {
    stdout,
    stderr,
    says: async (pattern: RegExp) => await stdout.take(pattern.source, (line) => pattern.test(line)),
    exits: async () => (await inTime(ended, () => `the end of ${name}`))[0] as number | null,
  };
}

/** Resolves once it holds, now or after a change. */
async function until(of: { subscribe(run: () => void): () => void }, holds: () => boolean): Promise<void> {
  const held = new Promise<void>((resolve) => {
    const look = (): void => {
      if (!holds()) return;
      stop();
      resolve();
    };
    const stop = of.subscribe(look);
    look();
  });
  await inTime(held, () => holds.toString());
}

t.test('the examples, with a real broker and the demo runtime', async (t) => {
  const stateDir = tempDir(t);
  const broker = command(t, [
    '--state-dir',
    stateDir,
    '--listen',
    'ws://127.0.0.1:0',
    '--demo',
    '--demo-args',
    '--pace 0',
  ]);
  const url = (await broker.listening('ws')).trim();
  await broker.stderr.take('attach', (line) => line.includes('attach'));
  const token = readFileSync(join(stateDir, 'token'), 'utf8').trim();
  const client = (options: Partial<ConnectOptions> = {}): Client => {
    const made = connect({
      url,
      token,
      clientInfo: { name: 'test', version: '1' },
      socket: nodeSocket,
      ...options,
    });
    t.teardown(() => made.close());
    return made;
  };

  await t.test('one that approves, one that follows, one that tells who waits', async (t) => {
    const me = client();
    const presence = example(t, 'presence', token, url);
    await presence.says(/^here: .*presence \(bot\)/);
    const thread = await me.startThread();
    await thread.submit('run');
    await until(thread, () => thread.state.requests.some(({ status }) => status === 'open'));
    await presence.says(new RegExp(`^waits: .*${thread.threadId}`));
    const follow = example(t, 'follow', token, url, thread.threadId);
    const approve = example(t, 'approve', token, url, thread.threadId);
    await approve.says(/npm test.*: accepted/);
    await until(thread, () => thread.state.turns.at(-1)?.status === 'completed');
    t.match(thread.state.requests, [
      { status: 'resolved', outcome: 'answered', by: { clientName: 'approve' } },
    ]);
    const said = thread.state.turns
      .at(-1)
      ?.items.flatMap(({ item }) => ('text' in item ? [String(item.text)] : []));
    const [lastLine = ''] = said?.at(-1)?.split('\n').slice(-1) ?? [];
    t.not(lastLine, '');
    await follow.stdout.take(lastLine, (line) => line === lastLine);
  });

  await t.test('one that asks, and prints the answer', async (t) => {
    const ask = example(t, 'ask', token, url, 'think');
    t.equal(await ask.exits(), 0);
    t.not(ask.stdout.all.join(''), '');
    t.same(ask.stderr.all, []);
  });

  await t.test(
    'a wrong token is told as such, where the upgrade says so and where only HTTP does',
    async (t) => {
      const silent = (to: string, offered: readonly string[]): SocketLike =>
        new WebSocket(to, [...offered]) as unknown as SocketLike;
      for (const socket of [nodeSocket, silent]) {
        const { connection } = client({ token: 'x'.repeat(43), socket });
        await until(connection, () => connection.state.status === 'closed');
        t.match(connection.state.lastCut, { code: 4401, reason: 'unauthorized' });
      }
      const { connection } = client({ socket: silent });
      await until(connection, () => connection.state.status === 'live');
    },
  );

  await t.test('without a token over the unix socket', async () => {
    const { connection } = client({ token: null, url: `unix:${join(stateDir, 'threadcast.sock')}` });
    await until(connection, () => connection.state.status === 'live');
  });
});
