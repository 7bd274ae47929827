import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A runtime that says so many events with the time of each: `stamping-runtime.ts`. */
export const STAMPING_RUNTIME = [
  process.execPath,
  '--import',
  'tsx',
  new URL('stamping-runtime.ts', import.meta.url).pathname,
];

/** A built broker in a process of its own, on a state dir of its own. */
export interface BrokerProcess {
  /** Where it listens: TCP, and a unix socket. */
  readonly tcp: string;
  readonly unix: string;
  /** The file of that socket. */
  readonly socketPath: string;
  /** From its start to the line that says where it listens. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** Starts `dist/broker/main.js`; `runtime` stands behind `--`, none is the demo runtime. */
export async function startBroker(runtime: readonly string[]): Promise<BrokerProcess> {
  const stateDir = mkdtempSync(join(tmpdir(), 'threadcast-bench-'));
  const socketPath = join(stateDir, 's.sock');
  const unix = `unix://${socketPath}`;
  const options = ['--no-auth', '--state-dir', stateDir, '--listen', 'ws://127.0.0.1:0', '--listen', unix];
  const behind = runtime.length === 0 ? ['--demo'] : ['--', ...runtime];
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['dist/broker/main.js', ...options, ...behind], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const tcp = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const url = /ws:\/\/127\.0\.0\.1:[1-9]\d*/.exec(said)?.[0];
      if (url !== undefined) resolve(url);
    });
    child.once('close', () => reject(new Error(said)));
  });
  const readyMs = performance.now() - startedAt;
  return {
    tcp,
    unix,
    socketPath,
    readyMs,
    async stop() {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill();
      await closed;
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
