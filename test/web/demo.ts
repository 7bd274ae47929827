import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { command, says, tempDir } from '../cli/broker.js';
import type { Cli } from '../support/cli.js';
import { program } from '../support/built.js';

/** A broker that asks for its token, with the page. */
export interface PageBroker {
  readonly cli: Cli;
  readonly stateDir: string;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly token: string;
  /** The link that leads in. */
  readonly link: string;
}

export interface PageBrokerOptions {
  /** In front of `--`. */
  readonly args?: readonly string[];
  /** Behind `--`; the demo runtime, as fast as it can, unless given. */
  readonly runtime?: readonly string[];
  /** That of one which was there before. */
  readonly stateDir?: string;
  readonly port?: number;
}

/** A port that nobody has. What was bound to port 0 cannot be bound again while its last connections linger. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export async function pageBroker(t: Test, options: PageBrokerOptions = {}): Promise<PageBroker> {
  const { args = [], stateDir = tempDir(t), port = 0 } = options;
  const demo = [...program('broker/demo/main'), '--state-dir', join(stateDir, 'demo'), '--pace', '0'];
  const listen = [
    '--listen',
    `ws://127.0.0.1:${port}`,
    '--listen',
    `unix://${join(stateDir, 'threadcast.sock')}`,
  ];
  const cli = command(t, ['--state-dir', stateDir, ...listen, ...args, '--', ...(options.runtime ?? demo)]);
  const tcp = await cli.listening('ws');
  await says(cli, /attach/);
  const origin = tcp.replace(/^ws/, 'http').replace(/\/$/, '');
  const token = readFileSync(join(stateDir, 'token'), 'utf8').trim();
  return { cli, stateDir, origin, token, link: `${origin}/#token=${token}` };
}
