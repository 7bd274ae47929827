import { readFileSync, writeFileSync } from 'node:fs';
import type { Test } from 'tap';
import { ANY_PORT, command, says, tempDir } from '../cli/broker.js';
import type { Cli } from '../support/cli.js';

/** Larger counts, as `npm run test:long` wants them. */
export const LONG = process.env['THREADCAST_TEST_LONG'] === '1';

/** How the demo runtime floods: every turn is one stream of these deltas. */
export interface Flood {
  readonly turnEvents: number;
  readonly deltaBytes: number;
  /** Events a second; as fast as it can where none is given. */
  readonly pace?: number;
}

/** What makes `threadcast` run the demo runtime in its load mode. */
export function flooding({ turnEvents, deltaBytes, pace = 0 }: Flood): readonly string[] {
  return ['--demo', '--demo-args', `--pace ${pace} --turn-events ${turnEvents} --delta-bytes ${deltaBytes}`];
}

export interface FloodedBroker {
  readonly cli: Cli;
  readonly url: string;
  readonly memory: Memory;
}

/** A broker in a process of its own, ready for clients, with these options more. */
export async function startBroker(
  t: Test,
  flood: Flood,
  { options = [], env = {} }: { options?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<FloodedBroker> {
  const args = ['--state-dir', tempDir(t), ...ANY_PORT, ...options, ...flooding(flood)];
  const cli = command(t, args, { env });
  const url = await cli.listening('ws');
  await says(cli, /attach/);
  return { cli, url, memory: new Memory(cli.pid) };
}

/** The resident memory of a process, as the kernel counts it. */
export class Memory {
  readonly #folder: string;
  #before = 0;

  constructor(pid: number | undefined) {
    this.#folder = `/proc/${pid}`;
  }

  /** From here on what it grows by is measured. */
  begin(): void {
    // Makes the kernel count the peak anew.
    writeFileSync(`${this.#folder}/clear_refs`, '5');
    this.#before = this.#bytes('VmRSS');
  }

  /** By how much it has grown at its peak since `begin`. */
  grownBytes(): number {
    return this.#bytes('VmHWM') - this.#before;
  }

  #bytes(field: 'VmRSS' | 'VmHWM'): number {
    const status = readFileSync(`${this.#folder}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
  }
}

/** For the words of a test: whole megabytes. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MB`;
}
