import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { Cli } from '../support/cli.js';
import type { Surroundings } from '../support/cli.js';

/** Behind `--`: a runtime that does what its clients ask for. */
export const FAKE_RUNTIME: readonly [string, string] = [
  process.execPath,
  fileURLToPath(new URL('../runtime/fakes/scripted.mjs', import.meta.url)),
];
/** The same, which runs once: a second time its folder is there already. */
export function onceOnly(folder: string): readonly string[] {
  return ['/bin/sh', '-c', `mkdir "$0" && exec "$@" || exit 9`, join(folder, 'ran'), ...FAKE_RUNTIME];
}

/** Where nobody is asked for a token. */
export const ANY_PORT = ['--no-auth', '--listen', 'ws://127.0.0.1:0'];

/** A folder of the test's own, its path short enough for a unix socket. */
export function tempDir(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'threadcast-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A `threadcast` command that ends with the test. */
export function command(t: Test, args: readonly string[], surroundings?: Surroundings): Cli {
  const cli = new Cli(args, surroundings);
  t.teardown(() => cli.end());
  return cli;
}

/** Resolves with the first line on stderr that the pattern matches: its first group. */
export async function says(cli: Cli, pattern: RegExp): Promise<string> {
  const line = await cli.stderr.take(pattern.source, (each) => pattern.test(each));
  return pattern.exec(line)?.[1] ?? line;
}

export interface BrokerOptions {
  /** In front of `--`. */
  readonly args?: readonly string[];
  /** Behind `--`. */
  readonly runtime?: readonly string[];
  readonly stateDir?: string;
}

/** A broker on a free port and its state dir's socket, with a fake runtime behind it, ready for clients. */
export interface ReadyBroker {
  readonly cli: Cli;
  readonly stateDir: string;
  readonly tcp: string;
  readonly unix: string;
}

export function startBroker(
  t: Test,
  { args = [], runtime = FAKE_RUNTIME, stateDir = tempDir(t) }: BrokerOptions = {},
): Cli {
  const listen = [...ANY_PORT, '--listen', `unix://${socketPath(stateDir)}`];
  return command(t, ['--state-dir', stateDir, ...listen, ...args, '--', ...runtime]);
}

export async function readyBroker(t: Test, options: BrokerOptions = {}): Promise<ReadyBroker> {
  const stateDir = options.stateDir ?? tempDir(t);
  const cli = startBroker(t, { ...options, stateDir });
  const [tcp, unix] = [await cli.listening('ws'), await cli.listening('unix')];
  await says(cli, /attach/);
  return { cli, stateDir, tcp, unix };
}

/** Where the broker of a state dir listens by default. */
export function socketPath(stateDir: string): string {
  return join(stateDir, 'threadcast.sock');
}
