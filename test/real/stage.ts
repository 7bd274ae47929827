import assert from 'node:assert/strict';
import path from 'node:path';
import type { Test } from 'tap';
import { webSocketUrl } from '../../broker/runtime/socket.js';
import { installCodex } from '../codex/install.js';
import { ScriptedModel } from '../codex/model.js';
import { createHome, type CodexHome } from '../codex/server.js';
import { Client } from '../conformance/client.js';
import { Cli } from '../support/cli.js';
import { OPEN_TO_ALL } from '../support/open-access.js';
import type { Json } from '../codex/json.js';

/** What asks whether a command may run. */
export const COMMAND_APPROVAL = 'item/commandExecution/requestApproval';

const codex = await installCodex();

/** Why a test with the real Codex has to be skipped; false when it need not be. */
export const noCodex: string | false = 'missing' in codex ? codex.missing : false;

/** A model, and a Codex that asks it: what each test has of its own. */
export interface Stage {
  /** The Codex program. */
  readonly codex: string;
  readonly model: ScriptedModel;
  readonly home: CodexHome;
  /** Where its brokers keep their state. */
  readonly stateDir: string;
}

/** Goes with the test, after all that the test has started later. */
export async function setStage(t: Test, features: readonly string[] = []): Promise<Stage> {
  assert('command' in codex);
  const model = await ScriptedModel.start();
  t.teardown(async () => await model.stop());
  const home = await createHome({ modelUrl: model.url, features });
  t.teardown(async () => await home.remove());
  return { codex: codex.command, model, home, stateDir: path.join(home.root, 'state') };
}

/** A broker that clients can come to. */
export interface RunningBroker {
  readonly cli: Cli;
  /** `ws://127.0.0.1:PORT`. */
  readonly url: string;
}

/**
 * Starts a broker in front of the real Codex, with these options more, and waits until clients may come: anybody, to
 * anything, where nothing else is said of its `access`.
 */
export async function startBroker(
  t: Test,
  stage: Stage,
  {
    access = OPEN_TO_ALL,
    options = [],
    runtime = [],
  }: Partial<Record<'access' | 'options' | 'runtime', readonly string[]>> = {},
): Promise<RunningBroker> {
  const behind = runtime.length > 0 ? runtime : ['--', stage.codex, 'app-server'];
  const listen = [...access, '--listen', 'ws://127.0.0.1:0'];
  const { env, work: cwd } = stage.home;
  const cli = new Cli(['--state-dir', stage.stateDir, ...listen, ...options, ...behind], { cwd, env });
  t.teardown(async () => await cli.end());
  return { cli, url: await cli.listening('ws') };
}

/** A client on a WebSocket, `ws://…` or `unix://…`, that has shaken hands. */
export async function attach(t: Test, url: string, name: string, capabilities?: Json): Promise<Client> {
  const client = new Client(name, webSocketUrl(url));
  t.teardown(async () => await client.disconnect());
  await client.connect(capabilities);
  return client;
}
