import path from 'node:path';
import { ProcessGroup, type Program } from '../codex/process.js';
import { threadcast } from '../support/cli.js';
import { OPEN_TO_ALL } from '../support/open-access.js';
import { startCodexServer, stdioServer, type CodexHome, type RunningServer } from '../codex/server.js';

/** What a scenario can run against: a real server, or a broker in front of the same build. */
export type Target = (codex: string, home: CodexHome, options: readonly string[]) => Promise<RunningServer>;

export const real: Target = startCodexServer;

export const broker: Target = async (codex, home, options) =>
  await startBroker({ ...stdioServer(codex, home), stateDir: path.join(home.root, 'state'), options });

interface Behind extends Program {
  readonly stateDir: string;
  readonly options: readonly string[];
}

/** Starts the broker, as a process of its own, in front of that runtime. */
async function startBroker({ stateDir, options, ...runtime }: Behind): Promise<RunningServer> {
  const own = ['serve', ...OPEN_TO_ALL, '--listen', 'ws://127.0.0.1:0', '--state-dir', stateDir];
  const [command, ...args] = threadcast;
  const server = new ProcessGroup({
    ...runtime,
    command,
    args: [...args, ...own, ...options, '--', runtime.command, ...runtime.args],
  });
  // Asked politely: it has a runtime of its own to end, and coverage to write.
  const stop = async (): Promise<void> => await server.end('SIGTERM');
  try {
    return { url: await server.says(/ws:\/\/127\.0\.0\.1:\d+/), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
