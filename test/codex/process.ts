import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** How long a process may take to end after SIGTERM before it is killed. */
const EXIT_MS_MAX = 5_000;
/** Lines of its stderr that are kept to explain a failure. */
const STDERR_LINES_MAX = 50;

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's own. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What this process has running. */
const running = new Set<ProcessGroup>();

/** A test that is cut off, by its runner's time limit for one, must not leave its programs behind. */
function killAll(): void {
  for (const group of running) group.kill();
}
process.once('exit', killAll);
process.once('SIGTERM', () => {
  killAll();
  process.kill(process.pid, 'SIGTERM');
});

/** A program in a process group of its own, so that it ends with all that it started. */
export class ProcessGroup {
  readonly #child: ChildProcess;
  readonly #stderr: string[] = [];
  readonly #exited: Promise<unknown>;
  #listener: ((line: string) => void) | null = null;

  constructor(program: Program) {
    this.#child = spawn(program.command, program.args, {
      cwd: program.cwd,
      env: { ...process.env, ...program.env },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    running.add(this);
    this.#exited = once(this.#child, 'close')
      .catch((error: unknown) => this.#heard(String(error)))
      .finally(() => running.delete(this));
    assert(this.#child.stderr);
    createInterface({ input: this.#child.stderr }).on('line', (line) => this.#heard(line));
  }

  /**
   * The first match of the pattern in a line of its stderr.
   * @throws {Error} with its last lines when it exits before that.
   */
  async says(pattern: RegExp): Promise<string> {
    const said = new Promise<string>((resolve) => {
      this.#listener = (line) => {
        const match = pattern.exec(line);
        if (match) resolve(match[0]);
      };
    });
    this.#stderr.forEach((line) => this.#listener?.(line));
    const first = await Promise.race([said, this.#exited.then(() => null)]);
    this.#listener = null;
    if (first === null)
      throw new Error(`exited without saying ${String(pattern)}:\n${this.#stderr.join('\n')}`);
    return first;
  }

  /** Ends the whole group. SIGKILL for what keeps nothing that matters; SIGTERM is followed by it after a while. */
  async end(signal: 'SIGTERM' | 'SIGKILL', exitMsMax = EXIT_MS_MAX): Promise<void> {
    this.#signal(signal);
    const timer = setTimeout(() => this.kill(), exitMsMax);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Kills the whole group and does not wait. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  #heard(line: string): void {
    this.#stderr.push(line);
    if (this.#stderr.length > STDERR_LINES_MAX) this.#stderr.shift();
    this.#listener?.(line);
  }
}
