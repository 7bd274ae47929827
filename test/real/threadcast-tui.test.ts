import assert from 'node:assert/strict';
import { watch } from 'node:fs/promises';
import path from 'node:path';
import tap from 'tap';
import { StateDir } from '../../broker/ops/state-dir.js';
import { text } from '../codex/json.js';
import { startTurn, status } from '../conformance/scenarios/steps.js';
import { threadcast } from '../support/cli.js';
import { attach, setStage } from './stage.js';
import { configureTui, noTui, prompt, startTerminal } from './tui.js';

const EXIT_MS_MAX = 10_000;

/** Ends a broker that has outlived the command that started it: nobody's child here, so its state dir tells. */
async function end(stateDir: StateDir): Promise<void> {
  const running = stateDir.running();
  if (running === null) return;
  process.kill(running.pid, 'SIGTERM');
  for await (const { filename } of watch(stateDir.path, { signal: AbortSignal.timeout(EXIT_MS_MAX) }))
    if (filename !== null && stateDir.running() === null) return;
}

void tap.test(
  'threadcast tui starts a broker where none runs, and leaves it running',
  { skip: noTui },
  async (t) => {
    const { codex, home, stateDir: folder } = await setStage(t);
    await configureTui(home);
    const stateDir = new StateDir(folder);
    t.teardown(async () => await end(stateDir));
    // Both the runtime and the TUI are found where a user's would be.
    const PATH = `${path.dirname(codex)}${path.delimiter}${process.env['PATH']}`;
    const user = { work: home.work, env: { ...home.env, PATH } };
    const command = [...threadcast, 'tui', '--state-dir', folder];

    const listen = ['--no-auth', '--listen', 'ws://127.0.0.1:0', '--listen', `unix://${stateDir.socketPath}`];
    const first = await startTerminal(t, user, [...command, ...listen]);
    const url = stateDir.running()?.listen.find((each) => each.startsWith('ws:'));
    assert(url !== undefined, 'no broker has announced itself');
    const client = await attach(t, url, 'client');
    await prompt(first, 'hello from the first');
    await first.shows('• You said hello from the first');
    const threadId = text(await client.notification('thread/started'), 'thread', 'id');
    await status([client], threadId, 'idle');

    const second = await startTerminal(t, user, [...command, '--', 'resume', threadId]);
    await second.shows('• You said hello from the first');
    t.pass('a second one joins it, and hands on its own arguments to the TUI');
    await prompt(second, 'hello from the second');
    await first.shows('• You said hello from the second');
    await status([client], threadId, 'idle');
    await prompt(second, '/quit');
    t.equal(await second.exits(), 0);

    await startTurn(client, threadId, 'hello from elsewhere');
    await first.shows('• You said hello from elsewhere');
    t.pass('one that leaves takes nothing with it');
    await status([client], threadId, 'idle');
    await prompt(first, '/quit');
    t.equal(await first.exits(), 0);
    t.match(
      await client.call('thread/read', { threadId }),
      { thread: { id: threadId } },
      'nor does the last',
    );
  },
);
