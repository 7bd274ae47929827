import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { inTime } from './deadline.js';

const COLUMNS = 120;
const ROWS = 40;
/**
 * Says on the screen how the program has ended: tmux itself does not always learn of it. Something stays behind it, as
 * tmux does not always tell what the last process on a terminal has written.
 */
const TELLING_ITS_END = '"$0" "$@"; echo "[ended with $?]"; exec cat';

const execute = promisify(execFile);

/** What runs on the terminal, and where. */
export interface TerminalProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's own. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Why a test with a terminal has to be skipped; false when it need not be. */
export async function noTmux(): Promise<string | false> {
  return await execute('tmux', ['-V']).then(
    () => false,
    () => 'there is no tmux on the PATH',
  );
}

interface Command {
  readonly take: (output: string) => void;
  readonly fail: (error: Error) => void;
}

/**
 * A program on a terminal of its own: a private tmux server, spoken to in control mode. It tells when the screen
 * has changed, so that nothing here has to poll; keys are typed with `send-keys`, the screen is read with
 * `capture-pane`.
 */
export class Terminal {
  readonly #tmux: ChildProcessWithoutNullStreams;
  readonly #folder: string;
  readonly #ended: Promise<unknown>;
  /** Its session is there: a command that tmux reads before has no screen to be about, and fails. */
  readonly #begun: Promise<void>;
  #onBegun: () => void = () => {};
  /** The commands that tmux has not answered, in their order. */
  readonly #commands: Command[] = [];
  /** The lines of the answer that is being read; null between answers. */
  #answer: string[] | null = null;
  #onChange: () => void = () => {};

  private constructor(folder: string, program: TerminalProgram) {
    this.#folder = folder;
    this.#begun = new Promise((resolve) => (this.#onBegun = resolve));
    this.#tmux = spawn('tmux', tmuxArgs(folder, program), {
      cwd: program.cwd,
      env: { ...process.env, ...program.env },
    });
    this.#ended = once(this.#tmux, 'close').then(() => this.#gone());
    // One that has ended reads nothing any more; whoever waits for an answer is told.
    this.#tmux.stdin.on('error', () => {});
    createInterface({ input: this.#tmux.stdout }).on('line', (line) => this.#heard(line));
  }

  static async start(program: TerminalProgram): Promise<Terminal> {
    return new Terminal(await mkdtemp(path.join(tmpdir(), 'threadcast-tmux-')), program);
  }

  /** The text on the screen, without the blanks at the end of its lines. */
  async screen(): Promise<string> {
    return await this.#run('capture-pane -p');
  }

  /** The screen once it shows that. @throws {Error} with the last screen */
  async shows(text: string | RegExp): Promise<string> {
    return await this.#until(`${String(text)} on the screen`, (screen) => found(screen, text));
  }

  /** The screen once it does not show that any more. @throws {Error} with the last screen */
  async hides(text: string | RegExp): Promise<string> {
    return await this.#until(`${String(text)} to go from the screen`, (screen) => !found(screen, text));
  }

  /** Types the characters. */
  async type(text: string): Promise<void> {
    await this.#run(`send-keys -l ${quoted(text)}`);
  }

  /** Presses one key by its name for tmux: `Enter`, `Escape`, `C-c`. */
  async press(key: string): Promise<void> {
    await this.#run(`send-keys ${key}`);
  }

  /** The exit code of the program, once it has ended by itself. */
  async exits(): Promise<number> {
    const screen = await this.shows(/^\[ended with \d+\]$/m);
    return Number(/^\[ended with (\d+)\]$/m.exec(screen)?.[1]);
  }

  /** Ends the program and the terminal. */
  async end(): Promise<void> {
    // It fails where there is nothing to end.
    await execute('tmux', ['-S', socketIn(this.#folder), 'kill-server']).catch(() => {});
    await inTime(this.#ended, () => 'the end of tmux');
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #until(what: string, holds: (screen: string) => boolean): Promise<string> {
    let last = '';
    const look = async (): Promise<string> => {
      for (;;) {
        // Before the look: what changes while it is under way counts.
        const changed = new Promise<void>((resolve) => (this.#onChange = resolve));
        last = await this.screen();
        if (holds(last)) return last;
        await changed;
      }
    };
    return await inTime(look(), () => `${what}, which shows:\n${last.trimEnd()}`);
  }

  async #run(command: string): Promise<string> {
    await Promise.race([this.#begun, this.#ended]);
    return await new Promise((take, fail) => {
      this.#commands.push({ take, fail });
      this.#tmux.stdin.write(`${command}\n`);
    });
  }

  /** Control mode: an answer stands between `%begin … 1` and `%end` or `%error`, anything else is news. */
  #heard(line: string): void {
    if (this.#answer !== null) {
      if (/^%(end|error) \d+ \d+ 1$/.test(line))
        this.#answered(line.startsWith('%end'), this.#answer.join('\n'));
      else this.#answer.push(line);
    } else if (/^%begin \d+ \d+ 1$/.test(line)) this.#answer = [];
    else if (line.startsWith('%session-changed')) this.#onBegun();
    else if (line.startsWith('%output')) this.#onChange();
  }

  #answered(well: boolean, output: string): void {
    this.#answer = null;
    const command = this.#commands.shift();
    if (well) command?.take(output);
    else command?.fail(new Error(`tmux: ${output}`));
  }

  #gone(): void {
    for (const command of this.#commands.splice(0)) command.fail(new Error('tmux has ended'));
  }
}

/** `remain-on-exit`: what a program says when it ends can still be read. */
function tmuxArgs(folder: string, { command, args, env, cwd }: TerminalProgram): readonly string[] {
  const environment = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const size = ['-x', String(COLUMNS), '-y', String(ROWS)];
  const commands = [
    ['start-server'],
    ['set-option', '-g', 'remain-on-exit', 'on'],
    ['new-session', ...size, '-c', cwd, ...environment, '--', 'sh', '-c', TELLING_ITS_END, command, ...args],
  ];
  const server = ['-S', socketIn(folder), '-f', '/dev/null', '-u', '-C'];
  return [...server, ...commands.flatMap((each) => [...each, ';'])];
}

function socketIn(folder: string): string {
  return path.join(folder, 'tmux');
}

function found(screen: string, text: string | RegExp): boolean {
  return typeof text === 'string' ? screen.includes(text) : text.test(screen);
}

/** For tmux's own parser: in single quotes nothing is special. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
