import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Test } from 'tap';
import { Inbox } from '../support/inbox.js';

const LONG = process.env['THREADCAST_TEST_LONG'] === '1';
const KILLS = LONG ? 30 : 5;
const AT_ONCE = 4;
const WORKER = fileURLToPath(new URL('claim-worker.ts', import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Processes that try to have a claim. */
class Race {
  readonly file: string;
  readonly said = new Inbox<{ readonly pid: number; readonly line: string }>('the processes');
  readonly #port: number;
  readonly #running = new Map<number, Promise<unknown>>();

  constructor(t: Test, port: number) {
    const folder = mkdtempSync(join(tmpdir(), 'threadcast-race-'));
    this.file = join(folder, 'broker.json');
    this.#port = port;
    t.teardown(async () => {
      await Promise.all([...this.#running.keys()].map((pid) => this.kill(pid)));
      rmSync(folder, { recursive: true });
    });
  }

  start(): void {
    const child = spawn(process.execPath, [...process.execArgv, WORKER, this.file, String(this.#port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { pid = 0 } = child;
    this.#running.set(pid, once(child, 'close'));
    createInterface({ input: child.stdout }).on('line', (line) => this.said.push({ pid, line }));
  }

  /** The next one that has it; one that has had it and was killed has it no more. */
  async holder(): Promise<{ readonly pid: number }> {
    return await this.said.take('a holder', ({ pid, line }) => line === 'held' && this.#running.has(pid));
  }

  async kill(pid: number): Promise<void> {
    process.kill(pid, 'SIGKILL');
    await this.#running.get(pid);
    this.#running.delete(pid);
  }

  /** The one that has run longest, of those that are not `pid`. */
  oldestBut(pid: number): number {
    return [...this.#running.keys()].find((one) => one !== pid) ?? 0;
  }
}

t.test(
  'of many that want what a killed one had, one gets it, though others are killed on the way',
  async (t) => {
    const race = new Race(t, await freePort());
    for (let count = 0; count < AT_ONCE; count += 1) race.start();
    for (let count = 0; count < KILLS; count += 1) {
      const { pid } = await race.holder();
      t.equal((JSON.parse(readFileSync(race.file, 'utf8')) as { pid: number }).pid, pid);
      // All are there to take it.
      race.start();
      race.start();
      for (const what of ['one', 'another'])
        await race.said.take(`${what} that tries`, ({ line }) => line === 'tries');
      const other = race.oldestBut(pid);
      await Promise.all([race.kill(pid), race.kill(other)]);
    }
    t.notOk(
      race.said.all.some(({ line }) => line === 'not alone'),
      'no two at a time',
    );
  },
);
