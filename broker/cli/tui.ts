import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOnPath } from '../config.js';
import type { StateDir } from '../ops/state-dir.js';
import { startedBroker, TOKEN_VARIABLE } from './broker-address.js';
import { CommandError } from './exit.js';
import { say } from './output.js';
import { READY_MESSAGE } from './serve.js';

const LOG_CHARS_SHOWN_MAX = 2_000;

/**
 * The Codex TUI on this state dir's broker, which is started first where none runs, with `serveArgs`, and stays
 * when the TUI ends: others may be attached. Resolves with the TUI's exit code.
 * @throws {CommandError}
 */
export async function tui(
  stateDir: StateDir,
  tuiArgs: readonly string[],
  serveArgs: readonly string[],
): Promise<number> {
  if (!isOnPath('codex'))
    throw new CommandError('codex is not on the PATH; install it with: npm i -g @openai/codex');
  if (stateDir.running() === null) await startBroker(stateDir, serveArgs);
  const { url, token } = await startedBroker(stateDir);
  const shows = token === null ? [] : ['--remote-auth-token-env', TOKEN_VARIABLE];
  const child = spawn('codex', ['--remote', url, ...shows, ...tuiArgs], {
    stdio: 'inherit',
    env: token === null ? process.env : { ...process.env, [TOKEN_VARIABLE]: token },
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new CommandError(`cannot start the Codex TUI: ${error.message}`)));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Starts a broker that outlives this command, its stderr in a file, and waits until clients may come. */
async function startBroker(stateDir: StateDir, serveArgs: readonly string[]): Promise<void> {
  const logFile = join(stateDir.path, 'broker.log');
  const log = openSync(logFile, 'w', 0o600);
  const main = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : '../main.js', import.meta.url),
  );
  const args = [...process.execArgv, main, 'serve', '--state-dir', stateDir.path, ...serveArgs];
  const broker = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', log, 'ipc'], detached: true });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    broker.once('message', (message) => {
      if (message === READY_MESSAGE) resolve();
    });
    broker.once('error', reject);
    broker.once('exit', () =>
      reject(new CommandError(readFileSync(logFile, 'utf8').slice(-LOG_CHARS_SHOWN_MAX).trimEnd())),
    );
  });
  broker.disconnect();
  broker.unref();
  say(`threadcast: started a broker (pid ${broker.pid ?? 0}); it stays until it is told to stop`);
}
