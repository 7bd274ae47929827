import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProcessGroup, type Program } from './process.js';

/** The folders of one Codex of its own. */
export interface Folders {
  /** Temporary; holds the two others. */
  readonly root: string;
  /** `CODEX_HOME`. */
  readonly home: string;
  /** An empty folder to work in. */
  readonly work: string;
}

export interface CodexHome extends Folders {
  /** What makes a Codex use this home. */
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** What may differ between one Codex and another. */
export interface HomeOptions {
  /** The base URL of its model server. */
  readonly modelUrl: string;
  /** Feature flags to switch on. */
  readonly features?: readonly string[];
  /** More of its `config.toml`. */
  readonly config?: (folders: Folders) => Config;
}

export interface Config {
  /** Top-level members, added to the usual ones or in place of them. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Tables, as lines of TOML. */
  readonly tables?: readonly string[];
}

/** Writes the config of a Codex that needs no account: a mock provider, a read-only sandbox, approvals on request. */
export async function createHome({ modelUrl, features = [], config }: HomeOptions): Promise<CodexHome> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'threadcast-codex-')));
  const folders = { root, home: path.join(root, 'home'), work: path.join(root, 'work') };
  await Promise.all([mkdir(folders.home), mkdir(folders.work)]);
  const toml = configToml(modelUrl, features, config?.(folders) ?? {});
  await writeFile(path.join(folders.home, 'config.toml'), toml);
  return {
    ...folders,
    // HOME as well: skills and plugins of whoever runs the tests must not show.
    env: { CODEX_HOME: folders.home, HOME: root, TERM: 'dumb' },
    remove: async () => await rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function configToml(modelUrl: string, features: readonly string[], more: Config): string {
  const settings = {
    model: 'mock-model',
    model_provider: 'mock',
    approval_policy: 'on-request',
    sandbox_mode: 'read-only',
    ...more.settings,
  };
  return [
    // These values are written alike in JSON and in TOML.
    ...Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}`),
    '[model_providers.mock]',
    'name = "mock"',
    `base_url = "${modelUrl}"`,
    'wire_api = "responses"',
    'request_max_retries = 0',
    'stream_max_retries = 0',
    '[features]',
    ...features.map((feature) => `${feature} = true`),
    ...(more.tables ?? []),
    '',
  ].join('\n');
}

/** A server that listens on a WebSocket until it is stopped. */
export interface RunningServer {
  /** `ws://127.0.0.1:PORT`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The real server: `codex app-server --listen ws://`, ready to be connected to. */
export async function startCodexServer(command: string, home: CodexHome): Promise<RunningServer> {
  const args = ['app-server', '--listen', 'ws://127.0.0.1:0'];
  const server = new ProcessGroup({ command, args, env: home.env, cwd: home.work });
  // Killed: asked politely it waits for the turns that still run.
  const stop = async (): Promise<void> => await server.end('SIGKILL');
  try {
    const url = await server.says(/ws:\/\/127\.0\.0\.1:\d+/);
    const ready = await fetch(`${url.replace('ws:', 'http:')}/readyz`);
    assert(ready.ok, `${url} is not ready: ${ready.status}`);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The same build over stdio: what a broker is told to start. */
export function stdioServer(command: string, home: CodexHome): Program {
  return { command, args: ['app-server'], env: home.env, cwd: home.work };
}
