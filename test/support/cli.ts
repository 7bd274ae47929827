import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { program } from './built.js';
import { inTime } from './deadline.js';
import { Inbox } from './inbox.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** How long it may take to end after SIGTERM before it is killed: more than the broker promises. */
const EXIT_MS_MAX = 10_000;

/** What starts `threadcast`. */
export const threadcast: readonly [string, ...string[]] = program('broker/main');

/** Where a command runs. */
export interface Surroundings {
  readonly cwd?: string;
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a command has ended. */
export interface Exit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The `threadcast` command as a process of its own, on pipes. */
export class Cli {
  /** Line by line. */
  readonly stdout = new Inbox<string>('stdout');
  readonly stderr = new Inbox<string>('stderr');
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<Exit>;

  constructor(args: readonly string[], { cwd = REPOSITORY, env = {} }: Surroundings = {}) {
    const [command, ...before] = threadcast;
    // In a process group of its own: what it leaves behind goes with it.
    this.#child = spawn(command, [...before, ...args], {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
    });
    this.#exited = once(this.#child, 'close').then(() => this.#ended());
    // One that has ended reads nothing any more; how it has ended is told by `exits`.
    this.#child.stdin.on('error', () => {});
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.stdout.push(line));
    createInterface({ input: this.#child.stderr }).on('line', (line) => this.stderr.push(line));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Where the broker says that it listens, once it does and its runtime has answered. */
  async listening(scheme: 'ws' | 'unix'): Promise<string> {
    const start = `  listening  ${scheme}:`;
    const line = await this.stderr.take(start.trim(), (each) => each.startsWith(start));
    return line.slice(line.indexOf(scheme));
  }

  writeLine(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  endStdin(): void {
    this.#child.stdin.end();
  }

  /** How it ends by itself. @throws {Error} it does not */
  async exits(): Promise<Exit> {
    return await inTime(this.#exited, () => `the end of threadcast; stderr:\n${this.stderr.all.join('\n')}`);
  }

  /** Asks it to end, as a shell would, and sees to it that it does. */
  async end(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<Exit> {
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#kill(), EXIT_MS_MAX);
    const exit = await this.#exited;
    clearTimeout(timer);
    return exit;
  }

  #kill(): void {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
  }

  #ended(): Exit {
    const { exitCode: code, signalCode: signal } = this.#child;
    for (const inbox of [this.stdout, this.stderr]) inbox.end(`has ended (${signal ?? code})`);
    return { code, signal };
  }
}

/** What a command that ends by itself has said. */
export interface Outcome extends Exit {
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** Runs a command to its end. */
export async function run(args: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  const cli = new Cli(args, surroundings);
  cli.endStdin();
  const exit = await cli.exits();
  return { ...exit, stdout: cli.stdout.all, stderr: cli.stderr.all };
}
