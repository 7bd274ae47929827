import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { run } from '../support/cli.js';
import type { Outcome } from '../support/cli.js';
import { webSocketPeer } from '../transports/peer.js';
import { ask } from './ask.js';
import { ANY_PORT, FAKE_RUNTIME, readyBroker, socketPath, tempDir } from './broker.js';

/** A `codex` on the PATH: as the TUI it prints its arguments and exits with 7, as a server it is `server`. */
function fakeCodex(t: Test, server: string): Record<string, string> {
  const folder = tempDir(t);
  const script = `#!/bin/sh\nif [ "$1" = --remote ]; then echo "$*"; exit 7; fi\n${server}\n`;
  writeFileSync(join(folder, 'codex'), script, { mode: 0o755 });
  return { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
}

const scripted = `exec '${FAKE_RUNTIME.join("' '")}'`;

function tui(stateDir: string, env: Record<string, string>, ...args: readonly string[]): Promise<Outcome> {
  const listen = [...ANY_PORT, '--listen', `unix://${socketPath(stateDir)}`];
  return run(['tui', '--state-dir', stateDir, ...listen, ...args], { env });
}

/** Ends the broker that a `tui` has left running, and waits until it says so. */
async function endBroker(stateDir: string): Promise<void> {
  const peer = await webSocketPeer(`unix://${socketPath(stateDir)}`);
  const { pid } = JSON.parse(readFileSync(join(stateDir, 'broker.json'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGTERM');
  await peer.ended;
}

t.test('where a broker runs the TUI is put on it', async (t) => {
  const { stateDir, unix } = await readyBroker(t);
  const { code, stdout, stderr } = await tui(stateDir, fakeCodex(t, 'exit 1'), '--', 'resume', '--last');
  t.same({ code, stdout, stderr }, { code: 7, stdout: [`--remote ${unix} resume --last`], stderr: [] });
});

t.test('where none runs one is started, and stays for others', async (t) => {
  const stateDir = tempDir(t);
  const url = `unix://${socketPath(stateDir)}`;
  const { code, stdout, stderr } = await tui(stateDir, fakeCodex(t, scripted), '--client-name', 'by-the-tui');
  t.teardown(() => endBroker(stateDir));
  t.same({ code, stdout }, { code: 7, stdout: [`--remote ${url}`] });
  t.match(stderr, [/^threadcast: started a broker \(pid \d+\); it stays until it is told to stop$/]);
  t.match(await ask(url, '/readyz'), { status: 200 });
  const again = await tui(stateDir, fakeCodex(t, 'exit 1'));
  t.match(again, { code: 7, stderr: [] });
  t.match(readFileSync(join(stateDir, 'broker.log'), 'utf8'), /runtime {4}codex app-server/);
});

t.test('a broker that cannot be started says why, once', async (t) => {
  const { code, stderr } = await tui(tempDir(t), fakeCodex(t, 'echo "no config" >&2; exit 1'));
  t.equal(code, 1);
  t.match(stderr.join('\n'), /codex app-server exited with code 1; it last said:\n {2}no config/);
  t.equal(stderr.filter((line) => line.startsWith('threadcast: threadcast:')).length, 0);
});

t.test('a wrong option of the broker is a wrong option of the TUI', async (t) => {
  const { code, stderr } = await tui(tempDir(t), fakeCodex(t, scripted), '--log-level', 'x');
  t.equal(code, 2);
  t.match(stderr, [/^threadcast: --log-level: /]);
});

t.test('without a TUI there is a reason', async (t) => {
  const { stateDir } = await readyBroker(t);
  const { code, stderr } = await tui(stateDir, { PATH: '/no/such' });
  t.match({ code, stderr }, { code: 1, stderr: [/^threadcast: codex is not on the PATH/] });
});
